"""Who may compute a run: the lease in its folder, the sign of life, and how an attempt ended.

The run service writes a new token in the lease each time it hands a run out. Whoever computes
under an older token finds another one at its next sign of life and stops at once, so that a node
thought dead, which is not, never computes beside its replacement. All three are files, because
nodes share the folder of runs but not the ledger.
"""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from twin_kernel.errors import RunError
from twin_kernel.runs.folder import write_json

__all__ = ["BEAT_SECONDS", "folder_lock", "grant", "holds", "read_life", "read_outcome",
           "show_life", "write_outcome"]

BEAT_SECONDS = 1.0
"""Between two signs of life."""
_LEASE, _LIFE, _OUTCOME, _LOCK = "lease.json", "life.json", "outcome.json", "lock"
_LOCK_SECONDS = 90.0
_POLL = 0.2  # s


def grant(folder: Path, token: str, attempt: int) -> None:
    """Hand a run out: from now on only who shows this token may compute it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_json({"token": token, "attempt": attempt}, folder / _LEASE)


def holds(folder: Path, token: str) -> bool:
    """Tell whether a token is the one that may compute; where it cannot be read, it is not."""
    return _read(folder / _LEASE).get("token") == token


def show_life(folder: Path, token: str, beat: int, **told: Any) -> None:
    """Give a sign of life: a count, so that no two clocks are compared."""
    write_json({"token": token, "beat": beat, **told}, folder / _LIFE, durable=False)


def read_life(folder: Path, token: str) -> dict[str, Any]:
    """Return the last sign of life under a token; empty where there is none."""
    found = _read(folder / _LIFE)
    return found if found.get("token") == token else {}


def write_outcome(folder: Path, token: str, **told: Any) -> None:
    """Write how an attempt ended."""
    write_json({"token": token, **told}, folder / _OUTCOME)


def read_outcome(folder: Path, token: str) -> dict[str, Any]:
    """Return how the attempt under a token ended; empty where it has not."""
    found = _read(folder / _OUTCOME)
    return found if found.get("token") == token else {}


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


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
