"""What a worker does: runs the solver's program in the folder of the run, and measures it."""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

from twin_kernel.errors import RunError

__all__ = ["LOG", "PID", "execute", "folder_lock"]

LOG = "log"
PID = "solver.pid"
_LOCK = "lock"
_LOCK_SECONDS = 90.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@contextmanager
def folder_lock(folder: Path, seconds: float = _LOCK_SECONDS):
    """Hold the lock of a run's folder, so that no two processes compute one run.

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
                time.sleep(0.2)
        yield


def _die_with_worker() -> None:
    """Ask the kernel to end the solver with its worker, so that none is left orphaned."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


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
        ``code`` (return code), ``wall_seconds``, ``peak_memory`` (MB).
    """
    place, begin = Path(folder), time.monotonic()
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        environment[variable] = str(cores)
    with folder_lock(place), (place / LOG).open("ab") as log:
        process = subprocess.Popen(
            list(command), stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env=environment, preexec_fn=_die_with_worker)
        (place / PID).write_text(str(process.pid))
        code = process.wait()
        (place / PID).unlink(missing_ok=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024.0
    return {"code": code, "wall_seconds": time.monotonic() - begin, "peak_memory": peak}
