"""The process that drives one run: ``python -m twin_kernel.runs.driver RUN``.

It is detached from whoever launched the run, owns its dask-jobqueue cluster, and writes in the
ledger how the run ended. SIGTERM makes it stop the solver, which leaves a checkpoint.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path

import psutil

from twin_kernel.errors import TwinError
from twin_kernel.runs.cluster import get_profile, make_cluster
from twin_kernel.runs.execute import INTERRUPTED, LOG, PID, STOP, execute
from twin_kernel.runs.folder import COMMAND, missing_outputs, write_json
from twin_kernel.runs.ledger import Ledger, Record, State, now, open_ledger

__all__ = ["main"]

_POLL = 0.1  # s
_KILLED = {-signal.SIGKILL: "killed (signal 9): out of memory, or by somebody",
           -signal.SIGHUP: "stopped by a signal"}
_INTERRUPTED = {INTERRUPTED: "stopped by a signal", -signal.SIGTERM: "stopped by a signal",
                -signal.SIGINT: "stopped by a signal", **_KILLED}


class _Stop:
    """Remembers that a signal asked to stop."""

    asked = False

    def __call__(self, number, frame) -> None:
        self.asked = True

    def listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self)


def main(arguments: list[str] | None = None) -> int:
    """Drive the run named by the only argument; return 0 where it is complete."""
    stop = _Stop()
    stop.listen()
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
        outcome = _drive(record, stop)
        return _conclude(ledger, record, outcome)
    except TwinError as error:
        reason = str(error)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    ledger.move(record.id, {State.RUNNING}, State.FAILED, reason=reason, finished=now())
    return 1


def _drive(record: Record, stop: _Stop) -> dict:
    """Run the solver on a worker of the cluster; return how it ended."""
    folder = Path(record.folder)
    for left_over in (PID, STOP):
        (folder / left_over).unlink(missing_ok=True)
    command = json.loads((folder / COMMAND).read_text(encoding="utf-8"))["command"]
    jobs = folder / "jobs"
    jobs.mkdir(exist_ok=True)
    with make_cluster(get_profile(record.profile), record.cores, jobs) as cluster:
        from distributed import Client

        stop.listen()  # again: the import of dask-jobqueue took SIGINT for itself
        cluster.scale(jobs=1)
        cluster.adapt(minimum_jobs=1, maximum_jobs=1)  # replaces a worker that is lost
        with Client(cluster) as client:
            future = client.submit(execute, str(folder), command, record.cores, pure=False)
            while not future.done():
                if stop.asked:
                    (folder / STOP).touch()
                    if not (folder / PID).exists():  # perhaps still in a queue: take it back
                        future.cancel()
                        return {"code": INTERRUPTED}
                time.sleep(_POLL)
            return future.result()


def _conclude(ledger: Ledger, record: Record, outcome: dict) -> int:
    """Check what the run left, and write its end in folder and ledger."""
    folder, code = Path(record.folder), outcome["code"]
    ended = {"finished": now(), "wall_seconds": outcome.get("wall_seconds"),
             "peak_memory": outcome.get("peak_memory")}
    if code in _INTERRUPTED:
        ledger.move(record.id, {State.RUNNING}, State.INTERRUPTED,
                    reason=f"{_INTERRUPTED[code]}; launch the same case to resume it", **ended)
        return INTERRUPTED
    missing = missing_outputs(folder)
    if code != 0 or missing:
        reason = _last_error(folder, code) if code != 0 else (
            f"the solver ended without writing {', '.join(missing)}")
        ledger.move(record.id, {State.RUNNING}, State.FAILED, reason=reason, **ended)
        return 1
    from twin_kernel.runs.provenance import run_provenance  # reads NetCDF: not before the solver

    write_json(run_provenance(ledger.get(record.id), outcome), folder / "provenance.json")
    ledger.move(record.id, {State.RUNNING}, State.COMPLETE, **ended)
    return 0


def _last_error(folder: Path, code: int) -> str:
    lines = (folder / LOG).read_text(errors="replace").splitlines() if (
        folder / LOG).is_file() else []
    told = [line for line in lines if line.startswith("error: ")]
    last = (told or lines or ["the solver said nothing"])[-1].removeprefix("error: ")
    return f"{last} (return code {code})"


if __name__ == "__main__":
    sys.exit(main())
