"""What a worker does: runs the solver's program in the folder of the run, watches it, measures it.

Imported by workers, so it imports next to nothing. The solver is watched by a thread that the
interpreter waits for: a worker that has lost its scheduler, because the run service was killed,
lives on until its solver has ended, and the next service finds the run alive in its folder.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin_kernel.runs.folder import OUTPUTS, file_hash, missing_outputs
from twin_kernel.runs.lease import (
    BEAT_SECONDS,
    folder_lock,
    holds,
    read_outcome,
    show_life,
    write_outcome,
)
from twin_kernel.runs.resources import Meter

__all__ = ["FENCED", "INTERRUPTED", "LOG", "NO_TIME", "STOP", "Attempt", "execute"]

LOG = "log"
STOP = "stop"
"""A file of this name in the run's folder asks whoever computes there to stop; unlike a signal it
reaches a worker on another node."""
INTERRUPTED = 130
FENCED = -1001
"""Another attempt has the run."""
NO_TIME = -1002
"""The job of the worker ends too soon to begin."""
_JOB_NAMES = ("SLURM_JOB_ID", "PBS_JOBID", "JOB_ID", "LSB_JOBID", "OAR_JOB_ID")
_KILL_SECONDS = 25.0  # Slurm's KillWait is 30 s
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Attempt:
    """One attempt at a run.

    Attributes
    ----------
    folder : str
    token : str
        Of the lease.
    number : int
        1 for the first.
    command : tuple of str
    cores : int
    job_seconds : float or None
        How long after its start a worker's job must have its solver stopped; None: for ever.
    """

    folder: str
    token: str
    number: int
    command: tuple[str, ...]
    cores: int
    job_seconds: float | None = None


def execute(attempt: Attempt) -> dict[str, Any]:
    """Compute a run as far as it goes; its end is in the folder's outcome, too.

    Returns
    -------
    dict
        ``code`` (return code of the solver, or one of this module), and where the solver ran what
        it took.
    """
    found: list[dict[str, Any] | BaseException] = []

    def watched() -> None:
        try:
            found.append(_compute(attempt))
        except BaseException as error:  # told to the scheduler by the thread that asked
            found.append(error)

    thread = threading.Thread(target=watched, name="solver", daemon=False)
    thread.start()
    thread.join()
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


def _compute(attempt: Attempt) -> dict[str, Any]:
    place = Path(attempt.folder)
    remaining = _seconds_left(attempt.job_seconds)
    with folder_lock(place) as lock:
        if not holds(place, attempt.token):
            return {"code": FENCED}
        already = read_outcome(place, attempt.token)
        if already:
            return already
        if remaining is not None and remaining < 2.0:
            return _conclude(place, attempt, {"code": NO_TIME})
        if (place / STOP).exists():
            return _conclude(place, attempt, {"code": INTERRUPTED})
        if not missing_outputs(place):  # its worker was lost after the solver had finished
            return _conclude(place, attempt, {"code": 0})
        _clear_half_named(place)
        told = _run_solver(place, attempt, lock.fileno(), remaining)
        if told["code"] == FENCED:
            return told
        if told["code"] != 0:
            _clear_half_written(place)
        return _conclude(place, attempt, told)


def _conclude(place: Path, attempt: Attempt, told: dict[str, Any]) -> dict[str, Any]:
    """Write the outcome, with what the outputs hold where the run is whole."""
    if told["code"] == 0:
        told["missing"] = missing_outputs(place)
        told["outputs"] = {name: {"sha256": file_hash(place / name),
                                  "bytes": (place / name).stat().st_size}
                           for name in OUTPUTS if (place / name).is_file()}
    told = {"attempt": attempt.number, "node": _node(), "job": _job(), **told}
    write_outcome(place, attempt.token, **told)
    return told


def _run_solver(place: Path, attempt: Attempt, lock: int,
                remaining: float | None) -> dict[str, Any]:
    """Run the solver's program to its end, or until it must stop."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        environment[variable] = str(attempt.cores)
    begin = time.monotonic()
    with (place / LOG).open("ab") as log:
        # The solver shares the lock: should the worker be killed, the run stays taken until the
        # solver has written its checkpoint and ended.
        process = subprocess.Popen(
            list(attempt.command), stdout=log, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, env=environment, pass_fds=(lock,), cwd=place,
            preexec_fn=_ends_with(os.getpid()))
        meter = Meter(process.pid, place, attempt.number)
        code, why = _Watch(process, place, attempt, meter, remaining).until_end()
    wall = time.monotonic() - begin
    return {"code": code, "why": why, "wall_seconds": wall,
            "core_seconds": wall * attempt.cores, **meter.totals()}


class _Watch:
    """Watches a solver: shows its life, passes on what asks it to stop, and ends it if fenced.

    Signals go by number: the process is waited for by the meter alone, so the number stays its own.
    """

    def __init__(self, process: subprocess.Popen, place: Path, attempt: Attempt, meter: Meter,
                 remaining: float | None) -> None:
        self.process, self.place, self.attempt, self.meter = process, place, attempt, meter
        self.limit = None if remaining is None else time.monotonic() + remaining
        self.beat, self.why, self.asked = 0, "", None

    def until_end(self) -> tuple[int, str]:
        """Return the solver's code, and why it was asked to stop, if it was."""
        while True:
            self._show()
            due = time.monotonic() + BEAT_SECONDS
            while time.monotonic() < due:
                code = self.meter.ended(max(0.01, min(0.1, due - time.monotonic())))
                if code is not None:
                    self.process.returncode = code  # the meter has waited for it
                    return (FENCED, "") if self.why == "fenced" else (code, self.why)
                self._obey()

    def _show(self) -> None:
        self.beat += 1
        try:
            if not holds(self.place, self.attempt.token):
                self.why = "fenced"
                os.kill(self.process.pid, signal.SIGKILL)
                return
            show_life(self.place, self.attempt.token, self.beat, pid=self.process.pid,
                      node=_node(), job=_job(), number=self.attempt.number,
                      **self.meter.sample())
        except OSError:  # a full disk must not end the run; the service sees no life, and waits
            return

    def _obey(self) -> None:
        if self.asked is None:
            late = self.limit is not None and time.monotonic() > self.limit
            if late or (self.place / STOP).exists():
                self.why = "walltime" if late else "asked"
                self.asked = time.monotonic()
                os.kill(self.process.pid, signal.SIGTERM)
        elif self.why == "walltime" and time.monotonic() - self.asked > _KILL_SECONDS:
            os.kill(self.process.pid, signal.SIGKILL)  # the scheduler would, with the worker


def _seconds_left(job_seconds: float | None) -> float | None:
    """Return how long a solver may still compute in this job, by a clock that nobody sets."""
    if job_seconds is None:
        return None
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return job_seconds - age


def _node() -> str:
    return os.environ.get("SLURMD_NODENAME") or platform.node()


def _job() -> str:
    return next((os.environ[name] for name in _JOB_NAMES if name in os.environ), str(os.getpid()))


def _ends_with(worker: int) -> Callable[[], None] | None:
    """Return what makes a child end with its worker, so that no solver is left orphaned."""
    if _LIBC is None:
        return None

    def ask_kernel() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != worker:  # it died before the kernel was asked
            os._exit(INTERRUPTED)

    return ask_kernel


def _clear_half_named(place: Path) -> None:
    """Start over where a solver was lost while it gave its outputs their names.

    Some have theirs, so the partial files that the checkpoint goes with are gone: a resume
    would write the end of the run into an empty file.
    """
    named = [place / name for name in OUTPUTS if (place / name).is_file()]
    if not named:
        return
    for path in [*(place / "checkpoints").glob("*"), *named, *place.glob("*.nc.part"),
                 *place.glob("summary.json.part")]:
        path.unlink(missing_ok=True)


def _clear_half_written(place: Path) -> None:
    """Remove what an attempt that did not finish has half written and no other can go on from.

    Beside a checkpoint the partial outputs stay: they hold the results before it.
    """
    checkpoints = place / "checkpoints"
    left = [*checkpoints.glob("*.part"), *place.glob("summary.json.part")]
    if not set(checkpoints.glob("*")) - set(left):
        left += place.glob("*.nc.part")
    for path in left:
        path.unlink(missing_ok=True)
