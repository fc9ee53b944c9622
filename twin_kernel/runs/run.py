"""The handle of a run: its state, its progress, and what can be asked of it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from twin_kernel.errors import InputError, RunError
from twin_kernel.runs.case import Case
from twin_kernel.runs.execute import LOG
from twin_kernel.runs.ledger import Ledger, Record, State, now, open_ledger
from twin_kernel.runs.service.starting import ensure_service
from twin_kernel.solvers.registry import get_solver
from twin_kernel.variables import VARIABLES

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["Run", "find_run", "list_runs"]

_STOP_SECONDS = 120.0  # the solver has a minute for its checkpoint


class Run:
    """One run. It is computed by processes of its own: this handle may be lost without harm.

    Parameters
    ----------
    record : Record
    ledger : Ledger
    already_computed : bool
        Whether `launch` found it complete instead of computing it.
    """

    def __init__(self, record: Record, ledger: Ledger, already_computed: bool = False) -> None:
        self.id, self._folder = record.id, ledger.folder(record)
        self.case_hash, self.already_computed = record.case_hash, already_computed
        self.case = Case.model_validate_json(record.case_json)
        self._ledger = ledger

    def __repr__(self) -> str:
        return f"<Run {self.id}: {self.state}, {self.progress:.0%}, {self._folder}>"

    def _repr_html_(self) -> str:
        from twin_kernel.runs.describing import described_in_html

        return described_in_html(self)

    @property
    def record(self) -> Record:
        """The run as the ledger has it now."""
        return self._ledger.get(self.id)

    @property
    def state(self) -> State:
        """Where the run stands."""
        return State(self.record.state)

    @property
    def progress(self) -> float:
        """Fraction simulated, 0 to 1, from the end of the log."""
        solver = get_solver(self.case.solver)
        for line in reversed(self.log_tail(30)):
            fraction = solver.progress(line)
            if fraction is not None:
                return fraction
        return 0.0

    @property
    def folder(self) -> Path:
        """Where its files are; those of a hub are brought here once the run has ended."""
        self._ledger.bring_results(self.id)
        return self._folder

    def preparing(self) -> str:
        """Return what the solver says that it does before it computes; "" once it computes."""
        if self.progress > 0.0:
            return ""
        told = [line.removeprefix("preparing:").strip() for line in self.log_tail(30)
                if line.startswith("preparing:")]
        return told[-1] if told else ""

    def needs(self) -> list[str]:
        """Return the runs that this one waits for before it begins."""
        return self._ledger.needs(self.id)

    def going(self) -> bool:
        """Tell whether it is still to end; where nobody serves runs, start who does."""
        if not self.state.active:
            return False
        ensure_service()
        return True

    def log_tail(self, lines: int = 20) -> list[str]:
        """Return the last lines of the solver's log."""
        self._ledger.bring(self.id, [LOG])
        path = self._folder / LOG
        if not path.is_file():
            return []
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 200 * lines))
            return file.read().decode(errors="replace").splitlines()[-lines:]

    def wait(self, progress: bool = True) -> Run:
        """Wait for the end with a progress bar; interrupting the wait leaves the run going.

        At the end it prints how well each budget of the solver closes.

        Raises
        ------
        RunError
            Where the run failed, or was cancelled or paused.
        """
        if self.already_computed:
            return self
        from tqdm.auto import tqdm

        with tqdm(total=100, disable=not progress, desc=f"run {self.id}",
                  bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}") as bar:
            while self.going():
                self._show(bar)
                time.sleep(self._ledger.poll_seconds)
            bar.update((100 if self.state is State.COMPLETE else bar.n) - bar.n)
        record = self.record
        if record.state != State.COMPLETE:
            resumable = State(record.state).resumable
            raise RunError(
                f"The run was {record.state}" if resumable else "The run failed",
                received=f"{self.id}: {record.reason.rstrip('.')}",
                next_step=f"twin run resume {self.id}, or launch the same case, to go on"
                if resumable else f"twin run show {self.id}, then change the case")
        if progress and (told := _told_at_the_end(self._folder)):
            print(told)
        return self

    def _show(self, bar: tqdm) -> None:
        if bar.disable:  # it has no words then
            return
        doing = self.preparing()
        if (told := f"run {self.id}" + (f", {doing}" if doing else "")) != bar.desc:
            bar.set_description_str(told)
        bar.update(round(100 * self.progress, 1) - bar.n)

    def cancel(self) -> None:
        """Stop the run; it keeps its checkpoint, and goes on when asked for again.

        Raises
        ------
        RunError
            Where it is not active.
        """
        self._wish("cancel", State.CANCELLED)

    def pause(self) -> None:
        """Stop the run for a while, giving its cores to others; `resume` goes on.

        Raises
        ------
        RunError
            Where it is not active.
        """
        self._wish("pause", State.PAUSED)

    def resume(self) -> Run:
        """Go on from the last checkpoint of a run that was paused or cancelled.

        Raises
        ------
        RunError
            Where it is neither, or another run of its case is active.
        """
        return self._ask_again({State.PAUSED, State.CANCELLED}, "paused or cancelled")

    def retry(self) -> Run:
        """Try a failed run again, from its last checkpoint where it has one.

        Raises
        ------
        RunError
            Where it did not fail, or another run of its case is active.
        """
        return self._ask_again({State.FAILED}, "failed")

    def _ask_again(self, before: set[State], said: str) -> Run:
        if not self._ledger.move(self.id, before, State.REQUESTED, wish="", token=None, losses=0,
                                 reason="", finished=None):
            state = self.state
            why = ", and another run of its case is active" if state in before else ""
            raise RunError("This run cannot be asked for again",
                           received=f"{self.id} is {state}{why}",
                           allowed=f"a run that is {said}, none of its case being active",
                           next_step=f"twin run show {self.id}")
        ensure_service()
        return self

    def ask_to_cancel(self) -> None:
        """As `cancel`, without waiting until the solver has written its checkpoint."""
        self._ask_to_stop("cancel", State.CANCELLED)

    def ask_to_pause(self) -> None:
        """As `pause`, without waiting until the solver has written its checkpoint."""
        self._ask_to_stop("pause", State.PAUSED)

    def _ask_to_stop(self, wish: str, after: State) -> bool:
        """Ask the run service to stop the run; tell whether it has stopped already."""
        if self._ledger.move(self.id, {State.REQUESTED}, after, held="", finished=now(),
                             reason=f"{after} while it waited for its place"):
            return True
        record = self.record
        if not State(record.state).active:
            raise RunError("Only an active run can be stopped", received=f"{self.id} is "
                           f"{record.state}", allowed="requested or running",
                           next_step="twin runs lists them")
        self._ledger.wish(self.id, wish)
        return False

    def _wish(self, wish: str, after: State) -> None:
        """Ask the run service to stop the run, and wait until it has."""
        if self._ask_to_stop(wish, after):
            return
        limit = time.monotonic() + _STOP_SECONDS
        while self.state.active:
            ensure_service()
            if time.monotonic() > limit:
                raise RunError("The run does not stop yet", received=self.id,
                               next_step=f"twin run show {self.id}, a little later")
            time.sleep(self._ledger.poll_seconds)
        if self.state is not after:
            raise RunError("The run ended before it could be stopped",
                           received=f"{self.id} is {self.state}",
                           next_step=f"twin run show {self.id}")


def find_run(run_id: str) -> Run:
    """Return a run of this installation by its id or the beginning of it.

    Raises
    ------
    RunError
    """
    ledger = open_ledger()
    return Run(ledger.get(run_id), ledger)


def list_runs(state: str | None = None, limit: int | None = 50,
              **filters: str | None) -> list[Record]:
    """Return the runs of this installation, newest first.

    Parameters
    ----------
    state : str or None
    limit : int or None
    **filters
        Fields of a run and the values they must have: ``owner``, ``project``, ``profile``,
        ``ensemble``, ``solver``, ``case_hash``; ``since``, an ISO 8601 instant.
    """
    since = filters.pop("since", None)
    if since is not None:
        try:
            instant = datetime.fromisoformat(since)
        except ValueError:
            raise InputError("The day since which runs are wanted is not a date", received=since,
                             allowed="an ISO 8601 day or instant, UTC where it has no offset",
                             next_step="twin runs --since 2026-11-01") from None
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
        since = instant.astimezone(UTC).isoformat(timespec="microseconds")
    return open_ledger().list(state=state, limit=limit, since=since, **filters)


def _told_at_the_end(folder: Path) -> str:
    """Say the relative error of each budget of a run, and what was taken that nobody gave."""
    path = folder / "summary.json"
    summary = json.loads(path.read_text()) if path.is_file() else {}
    errors = ", ".join(f"{name} {one['relative_error']:.0e}"
                       for name, one in summary.get("budgets", {}).items())
    units = {name: one.units if one.units != "1" else "" for name, one in VARIABLES.items()}
    taken = ", ".join(f"{name} {value:g} {units[name]}".strip()
                      for name, value in summary.get("assumed", {}).items())
    return "\n".join(filter(None, (
        errors and f"budgets, relative error: {errors} (twin.open_results(run.folder).summary)",
        taken and f"taken, since neither weather nor processes of the case say: {taken}")))
