"""How a run ends, or goes on: complete, failed, stopped as wished, or asked for again."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

from twin_kernel.errors import InputError
from twin_kernel.runs.estimates import footprint_of
from twin_kernel.runs.execute import FENCED, INTERRUPTED, LOG, NO_TIME, STOP
from twin_kernel.runs.folder import OUTPUTS, disk_below, missing_outputs, write_json
from twin_kernel.runs.ledger import Ledger, Record, State, now
from twin_kernel.runs.service.flights import Flight, checkpoint_mark
from twin_kernel.settings import Settings

__all__ = ["Endings"]

_STOPPED = (INTERRUPTED, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP, NO_TIME, FENCED)
_KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL, 128 + signal.SIGTERM)
_ACTIVE = {State.REQUESTED, State.RUNNING}
_LONGEST_REST = 60.0  # s


class Endings:
    """Writes in ledger and folder how attempts ended.

    Parameters
    ----------
    ledger : Ledger
    settings : Settings
    """

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger, self._settings = ledger, settings
        self._resting: dict[str, float] = {}
        self._rests: dict[str, float] = {}

    def rest(self, run: str) -> None:
        """Let a run wait a little, longer each time, up to a minute."""
        seconds = min(_LONGEST_REST, 2.0 * self._rests.get(run, 1.0))
        self._rests[run] = seconds
        self._resting[run] = time.monotonic() + seconds

    def resting(self, run: str) -> bool:
        """Tell whether a run that was lost again and again waits a little."""
        if time.monotonic() < self._resting.get(run, 0.0):
            return True
        self._resting.pop(run, None)
        return False

    def conclude(self, flight: Flight, outcome: dict[str, Any], why: str) -> None:
        """Conclude an attempt; an empty outcome is a loss, for the reason given."""
        record = self._ledger.get(flight.run)
        if record.token != flight.token or not State(record.state).active:
            return
        code = outcome.get("code")
        spent = _spent(record, outcome)
        if code == 0 and not outcome.get("missing") and _as_told(flight.folder, outcome):
            self._complete(record, flight, outcome, spent)
        elif record.wish and (code in _STOPPED or not outcome):
            self._stop(record, flight, spent)
        elif code is None or code in _STOPPED or code in _KILLED or self._without_room(flight):
            self._again(record, flight, why or _said(code, outcome), spent)
        else:
            self._move(record, flight, State.FAILED, exit_code=code, finished=now(), wish="",
                       reason=_failure(flight.folder, code), **spent)

    def _complete(self, record: Record, flight: Flight, outcome: dict[str, Any],
                  spent: dict[str, Any]) -> None:
        from twin_kernel.runs.provenance import run_provenance  # reads NetCDF

        for name, value in {**spent, "attempts": outcome["attempt"], "node": outcome["node"],
                            "job": outcome["job"]}.items():
            setattr(record, name, value)
        write_json(run_provenance(record, outcome), flight.folder / "provenance.json")
        self._move(record, flight, State.COMPLETE, exit_code=0, finished=now(), reason="", wish="",
                   attempts=outcome["attempt"], node=outcome["node"], job=outcome["job"],
                   output_bytes=sum(one["bytes"] for one in outcome["outputs"].values()), **spent)

    def _stop(self, record: Record, flight: Flight, spent: dict[str, Any]) -> None:
        after = State.PAUSED if record.wish == "pause" else State.CANCELLED
        self._move(record, flight, after, finished=now(), wish="", token=None, losses=0,
                   reason="stopped as asked; it goes on from its checkpoint", **spent)
        (flight.folder / STOP).unlink(missing_ok=True)

    def _without_room(self, flight: Flight) -> bool:
        return disk_below(flight.folder, self._settings.disk_reserve / 10)

    def _again(self, record: Record, flight: Flight, why: str, spent: dict[str, Any]) -> None:
        """Ask for the run again; give it up where it is lost time and again without progress."""
        moved = checkpoint_mark(flight.folder) != flight.mark
        blameless = moved or self._without_room(flight)
        losses = 0 if blameless else record.losses + (not flight.never_began)
        if losses >= self._settings.maximum_losses:
            self._move(record, flight, State.FAILED, finished=now(), losses=losses, wish="",
                       reason=f"lost {losses} times without reaching a checkpoint, at last: {why}",
                       **spent)
            return
        if losses > 1:
            self.rest(record.id)
        else:
            self._rests.pop(record.id, None)
        self._move(record, flight, State.REQUESTED, token=None, losses=losses,
                   reason=f"asked for again: {why}", **spent)

    def _move(self, record: Record, flight: Flight, after: State, **values: Any) -> None:
        """Move a run on under the lease of the attempt that ended, and no other."""
        self._ledger.move(record.id, _ACTIVE, after, held=flight.token, **values)


def _spent(record: Record, outcome: dict[str, Any]) -> dict[str, Any]:
    """Return what all attempts took together."""
    if "wall_seconds" not in outcome:
        return {}
    core_seconds = (record.core_seconds or 0.0) + outcome["core_seconds"]
    try:
        cost = footprint_of(record.profile, core_seconds)
    except InputError:  # its profile was taken from the settings in the meantime
        cost = None
    return {"wall_seconds": (record.wall_seconds or 0.0) + outcome["wall_seconds"],
            "core_seconds": core_seconds,
            "peak_memory": max(record.peak_memory or 0.0, outcome["peak_memory"]),
            **({} if cost is None else {"energy": cost.energy, "carbon": cost.carbon})}


def _as_told(folder: Path, outcome: dict[str, Any]) -> bool:
    """Tell whether the outputs lie there as the worker left them."""
    told = outcome.get("outputs", {})
    return set(told) >= set(OUTPUTS) and not missing_outputs(folder) and all(
        (folder / name).stat().st_size == one["bytes"] for name, one in told.items())


def _said(code: int | None, outcome: dict[str, Any]) -> str:
    if code in _KILLED:
        return "its solver was killed: out of memory, or by somebody"
    if outcome.get("why") == "walltime" or code == NO_TIME:
        return "the walltime of its job ended"
    return "its solver was stopped by a signal"


def _failure(folder: Path, code: int) -> str:
    missing = missing_outputs(folder)
    if code == 0:
        return f"the solver ended without writing {', '.join(missing)}"
    log = folder / LOG
    lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
    told = [line for line in lines if line.startswith("error: ")]
    last = (told or lines or ["the solver said nothing"])[-1].removeprefix("error: ")
    return f"{last} (return code {code})"

