"""Finding and ending the processes of one data folder."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil


def hear_interrupts() -> None:
    """Let a process hear SIGINT, before it begins: tests side by side or in the background do not.

    What ignores it when it starts passes that on to all that it starts.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def of(data: Path) -> list[psutil.Process]:
    """Return every process, other than this one, that works for a data folder."""
    found = []
    for process in psutil.process_iter(["environ"]):
        told = (process.info["environ"] or {}).get("TWIN_DATA_DIRECTORY")
        if told == str(data) and process.pid != os.getpid():
            found.append(process)
    return found


def end_all(data: Path) -> None:
    """Kill the run service, the workers and the solvers of a data folder."""
    for process in of(data):
        with suppress(psutil.Error):
            process.kill()


def service_of(data: Path) -> psutil.Process | None:
    """Return the process of the run service of a data folder; None where there is none."""
    for process in of(data):
        with suppress(psutil.Error):
            if ("twin_kernel.runs.service" in process.cmdline()
                    and process.status() != psutil.STATUS_ZOMBIE):
                return process
    return None
