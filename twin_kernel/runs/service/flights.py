"""Runs that are handed out: their leases, signs of life and ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twin_kernel.runs.lease import read_life, read_outcome
from twin_kernel.runs.service.clusters import Shape

__all__ = ["Flight", "checkpoint_mark"]


@dataclass
class Flight:
    """One attempt that somebody may be computing.

    Attributes
    ----------
    run : str
    token : str
        Of its lease.
    folder : Path
    shape : Shape
    future : Future or None
        Of Dask; None for a run found alive by a service that did not hand it out.
    beat : int
        Last sign of life seen, 0 before the first.
    seen : float
        When it was seen, by this machine's steady clock, s.
    mark : object
        What the checkpoints were like when the attempt began.
    begun, stopping : float
        When it was handed out, and asked to stop, s.
    told : bool
        Whether the ledger knows that it computes.
    """

    run: str
    token: str
    folder: Path
    shape: Shape
    future: Any = None
    beat: int = 0
    seen: float = field(default_factory=time.monotonic)
    begun: float = field(default_factory=time.monotonic)
    mark: object = None
    stopping: float | None = None
    told: bool = False

    @property
    def never_began(self) -> bool:
        """Tell whether the service before handed it out and no worker took it: no loss of its."""
        return self.future is None and self.beat == 0

    def look(self) -> dict[str, Any]:
        """Read the last sign of life; return it where it is a new one."""
        life = read_life(self.folder, self.token)
        if life.get("beat", 0) == self.beat:
            return {}
        self.beat, self.seen = life["beat"], time.monotonic()
        return life

    def ended(self) -> tuple[dict[str, Any], str] | None:
        """Return how the attempt ended, or with an empty outcome why it was lost; None if neither.

        The folder is the truth: a worker whose scheduler is gone writes there all the same.
        """
        outcome = read_outcome(self.folder, self.token)
        if outcome:
            return outcome, ""
        if self.future is None or not self.future.done():
            return None
        if self.future.status == "finished":
            return read_outcome(self.folder, self.token) or self.future.result(timeout=5), ""
        if self.alive_elsewhere():
            return None
        return {}, _why(self.future.exception)

    def alive_elsewhere(self) -> bool:
        """Tell whether a worker that the scheduler gave up still shows life."""
        if self.beat == 0:
            return False
        self.look()
        return time.monotonic() - self.seen < 5.0


def _why(exception: Callable[..., Any]) -> str:
    try:
        error = exception(timeout=5)
    except Exception as told:  # the future was cancelled, or its scheduler is gone
        error = told
    name = type(error).__name__
    return "its worker was lost" if name == "KilledWorker" else f"{name}: {error}"


def checkpoint_mark(folder: Path) -> tuple:
    """Return what tells one state of the checkpoints from another."""
    found = []
    for path in sorted((folder / "checkpoints").glob("*")):
        try:
            status = path.stat()
        except OSError:  # replaced at this instant
            continue
        found.append((path.name, status.st_size, status.st_mtime_ns))
    return tuple(found)
