"""What a worker does: runs the solver's program in the folder of the run, and measures it.

Imported by workers, so it imports next to nothing.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from twin_kernel.errors import RunError
from twin_kernel.runs.folder import OUTPUTS, missing_outputs

__all__ = ["INTERRUPTED", "LOG", "PID", "STOP", "execute", "folder_lock"]

LOG = "log"
PID = "solver.pid"
STOP = "stop"
"""A file of this name in the run's folder asks whoever computes there to stop; unlike a signal it
reaches a worker on another node."""
INTERRUPTED = 130
_LOCK = "lock"
_LOCK_SECONDS = 90.0
_POLL = 0.2  # s
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@contextmanager
def folder_lock(folder: Path, seconds: float = _LOCK_SECONDS) -> Iterator[IO[str]]:
    """Hold the lock of a run's folder, so that no two processes compute one run.

    The lock belongs to the open file: a child that is given the file keeps it until it ends.

    Raises
    ------
    RunError
        Where another process keeps it for longer than `seconds`.
    """
    with (folder / _LOCK).open("w") as file:
        limit = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > limit:
                    raise RunError("Another process computes this run", received=str(folder),
                                   next_step="wait for it, or stop it") from None
                time.sleep(_POLL)
        yield file


def _ends_with(worker: int) -> Callable[[], None] | None:
    """Return what makes a child end with its worker, so that no solver is left orphaned."""
    if _LIBC is None:
        return None

    def ask_kernel() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != worker:  # it died before the kernel was asked
            os._exit(INTERRUPTED)

    return ask_kernel


def execute(folder: str, command: Sequence[str], cores: int) -> dict[str, float | int]:
    """Run a command in a run's folder with its output in the log.

    Parameters
    ----------
    folder : str
    command : sequence of str
    cores : int
        Told to threaded libraries, so that they use no more.

    Returns
    -------
    dict
        ``code`` (return code) and, where the program ran, ``wall_seconds`` and ``peak_memory``
        (MB).
    """
    place, begin = Path(folder), time.monotonic()
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        environment[variable] = str(cores)
    with folder_lock(place) as lock, (place / LOG).open("ab") as log:
        if (place / STOP).exists():
            return {"code": INTERRUPTED}
        if not missing_outputs(place):  # its driver was lost after the solver had finished
            return {"code": 0}
        _clear_half_named(place)
        # The solver shares the lock: should the worker be killed, the run stays taken until
        # the solver has written its checkpoint and ended.
        process = subprocess.Popen(
            list(command), stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env=environment, pass_fds=(lock.fileno(),), preexec_fn=_ends_with(os.getpid()))
        (place / PID).write_text(str(process.pid))
        code = _watch(process, place / STOP)
        (place / PID).unlink(missing_ok=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024.0
    return {"code": code, "wall_seconds": time.monotonic() - begin, "peak_memory": peak}


def _clear_half_named(place: Path) -> None:
    """Start over where a solver was lost while it gave its outputs their names.

    Some have theirs, so the partial files that the checkpoint goes with are gone: a resume
    would write the end of the run into an empty file.
    """
    named = [place / name for name in OUTPUTS if (place / name).is_file()]
    if not named:
        return
    shutil.rmtree(place / "checkpoints", ignore_errors=True)
    (place / "checkpoints").mkdir(exist_ok=True)
    for path in [*named, *place.glob("*.part")]:
        path.unlink(missing_ok=True)


def _worker_closes() -> bool:
    """Tell whether this runs in a Dask worker that has lost its scheduler, or is told to end."""
    if "distributed" not in sys.modules:
        return False
    from distributed import Status, get_worker

    try:
        return get_worker().status not in (Status.running, Status.paused)
    except ValueError:  # not in a worker
        return False


def _watch(process: subprocess.Popen, stop: Path) -> int:
    """Wait for the solver; pass on a request to stop, once.

    A worker that closes would wait half a minute for this thread before it ends the solver.
    """
    told = False
    while True:
        try:
            return process.wait(timeout=_POLL)
        except subprocess.TimeoutExpired:
            if not told and (stop.exists() or _worker_closes()):
                process.terminate()
                told = True
