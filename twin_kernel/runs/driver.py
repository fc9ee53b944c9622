"""The process that drives one run: ``python -m twin_kernel.runs.driver RUN``.

It is detached from whoever launched the run, owns its dask-jobqueue cluster, and writes in the
ledger how the run ended. SIGTERM makes it stop the solver, which leaves a checkpoint.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import psutil

from twin_kernel.errors import TwinError
from twin_kernel.runs.case import Case
from twin_kernel.runs.cluster import get_profile, make_cluster
from twin_kernel.runs.execute import LOG, PID, execute
from twin_kernel.runs.folder import write_json
from twin_kernel.runs.ledger import Ledger, Record, State, now, open_ledger
from twin_kernel.runs.provenance import run_provenance
from twin_kernel.solvers.registry import get_solver

__all__ = ["main"]

_INTERRUPTED_CODES = (130, -signal.SIGTERM, -signal.SIGINT)
_POLL = 0.2  # s


class _Stop:
    """Remembers that a signal asked to stop."""

    asked = False

    def __call__(self, number, frame) -> None:
        self.asked = True


def main(arguments: list[str] | None = None) -> int:
    """Drive the run named by the only argument; return 0 where it is complete."""
    run_id = (sys.argv[1:] if arguments is None else arguments)[0]
    ledger = open_ledger()
    record = ledger.get(run_id)
    me = psutil.Process()
    begun = ledger.move(run_id, {State.REQUESTED}, State.RUNNING, started=now(), finished=None,
                        reason="", driver_pid=me.pid, driver_started=me.create_time(),
                        attempts=record.attempts + 1)
    if not begun:
        return 1
    try:
        outcome = _drive(record)
    except TwinError as error:
        outcome = {"code": 1, "reason": str(error)}
    except Exception as error:
        outcome = {"code": 1, "reason": f"{type(error).__name__}: {error}"}
    return _conclude(ledger, record, outcome)


def _drive(record: Record) -> dict:
    """Run the solver on a worker of the cluster; return how it ended."""
    from distributed import Client

    folder = Path(record.folder)
    solver = get_solver(Case.model_validate_json(record.case_json).solver)
    jobs = folder / "jobs"
    jobs.mkdir(exist_ok=True)
    with make_cluster(get_profile(record.profile), record.cores, jobs) as cluster:
        # After dask-jobqueue's import, which takes SIGINT for itself.
        stop = _Stop()
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        cluster.adapt(minimum_jobs=1, maximum_jobs=1)
        with Client(cluster) as client:
            future = client.submit(execute, str(folder), list(solver.command(folder, record.cores)),
                                   record.cores, pure=False, retries=0)
            told = False
            while not future.done():
                if stop.asked and not told:
                    told = _stop_solver(folder, future)
                    if future.cancelled():
                        return {"code": 130}
                time.sleep(_POLL)
            return future.result()


def _stop_solver(folder: Path, future) -> bool:
    """Send SIGTERM to the solver, or take back the task where it has not begun."""
    try:
        os.kill(int((folder / PID).read_text()), signal.SIGTERM)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        future.cancel()
    return True


def _conclude(ledger: Ledger, record: Record, outcome: dict) -> int:
    """Check what the run left, and write its end in folder and ledger."""
    folder = Path(record.folder)
    ended = {"finished": now(), "wall_seconds": outcome.get("wall_seconds"),
             "peak_memory": outcome.get("peak_memory")}
    code = outcome["code"]
    if code == 0:
        write_json(run_provenance(ledger.get(record.id), outcome), folder / "provenance.json")
        ledger.move(record.id, {State.RUNNING}, State.COMPLETE, **ended)
        return 0
    if code in _INTERRUPTED_CODES:
        ledger.move(record.id, {State.RUNNING}, State.INTERRUPTED,
                    reason="stopped by a signal; launch the same case to resume it", **ended)
        return code
    ledger.move(record.id, {State.RUNNING}, State.FAILED,
                reason=outcome.get("reason") or _last_error(folder, code), **ended)
    return 1


def _last_error(folder: Path, code: int) -> str:
    lines = (folder / LOG).read_text(errors="replace").splitlines() if (
        folder / LOG).is_file() else []
    told = [line for line in lines if line.startswith("error: ")]
    last = (told or lines or ["the solver said nothing"])[-1].removeprefix("error: ")
    return f"{last} (return code {code})"


if __name__ == "__main__":
    sys.exit(main())
