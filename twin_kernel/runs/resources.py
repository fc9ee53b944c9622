"""What a solver uses while it runs: cores, memory, sampled over its whole tree of processes."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

__all__ = ["RESOURCES", "Meter"]

RESOURCES = "resources.csv"
"""Attempt, seconds since it began, cores in use, memory in MB: one line for each sample."""
_SAMPLE_SECONDS = 2.0
_MEGABYTE = 1e6


class Meter:
    """Measures a child process and all below it.

    Parameters
    ----------
    pid : int
        A child of this process that nobody else waits for.
    folder : Path
        Of the run; samples are added to its `RESOURCES`.
    attempt : int
    """

    def __init__(self, pid: int, folder: Path, attempt: int) -> None:
        self._pid, self._path, self._attempt = pid, folder / RESOURCES, attempt
        self._begin = self._sampled = time.monotonic()
        self._seconds_before = 0.0
        self._peak, self._usage = 0.0, None
        self._last: dict[str, Any] = {}

    def ended(self, seconds: float) -> int | None:
        """Wait up to some seconds for the end; return the code, or None while it runs."""
        limit = time.monotonic() + seconds
        while True:
            pid, status, usage = os.wait4(self._pid, os.WNOHANG)
            if pid:
                self._usage = usage
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() >= limit:
                return None
            time.sleep(0.01)

    def sample(self) -> dict[str, Any]:
        """Return cores in use and memory (MB) now, and write them down every two seconds."""
        instant = time.monotonic()
        if self._last and instant - self._sampled < _SAMPLE_SECONDS:
            return self._last
        seconds, memory = self._tree()
        elapsed = instant - self._sampled
        busy = (seconds - self._seconds_before) / elapsed if elapsed > 0.05 else 0.0
        self._sampled, self._seconds_before = instant, seconds
        self._peak = max(self._peak, memory)
        self._last = {"busy_cores": round(busy, 2), "memory": round(memory, 1)}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{self._attempt},{instant - self._begin:.1f},{busy:.2f},{memory:.1f}\n")
        return self._last

    def totals(self) -> dict[str, float]:
        """Return what the child used: processor seconds and the most memory it held, MB."""
        used = self._usage
        return {"cpu_seconds": used.ru_utime + used.ru_stime,
                "peak_memory": max(self._peak, used.ru_maxrss * 1024 / _MEGABYTE)}

    def _tree(self) -> tuple[float, float]:
        seconds = memory = 0.0
        with suppress(psutil.Error):
            child = psutil.Process(self._pid)
            for process in [child, *child.children(recursive=True)]:
                with suppress(psutil.Error):
                    times = process.cpu_times()
                    seconds += times.user + times.system
                    memory += process.memory_info().rss / _MEGABYTE
        return seconds, memory
