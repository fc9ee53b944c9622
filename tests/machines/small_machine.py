"""A part of this machine as small as a Binder container: so much memory, one core, one home."""

from __future__ import annotations

import os
import subprocess
import threading
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from tests.machines.processes import end_all, of

_GROUPS = Path("/sys/fs/cgroup")


class SmallMachine:
    """Starts commands under a limit of memory and on one core, and tells what they took.

    Where this process may make a memory cgroup (version 1 or 2), the kernel itself kills what
    exceeds the limit. Elsewhere memory is only measured: the sum of what is resident, shared pages
    counted once for each process, every 0.2 s.

    Parameters
    ----------
    data : Path
        Data folder of the twin; every process that works for it is counted, whoever its parent.
    memory : int
        Bytes.
    """

    def __init__(self, data: Path, memory: int) -> None:
        self.data, self.memory, self.peak = data, memory, 0
        self._core = min(os.sched_getaffinity(0))
        self._group = _make_group(memory)
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    @property
    def enforced(self) -> bool:
        """Whether the kernel holds the limit."""
        return self._group is not None

    @property
    def killed(self) -> int:
        """Processes that the kernel killed for their memory."""
        if self._group is None:
            return 0
        for name in ("memory.events", "memory.oom_control"):
            with suppress(FileNotFoundError):
                told = dict(line.split() for line in (self._group / name).read_text().splitlines())
                return int(told["oom_kill"])
        raise AssertionError(f"{self._group} does not count what it kills")

    def __enter__(self) -> SmallMachine:
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watcher.join()
        gone = of(self.data)
        end_all(self.data)
        psutil.wait_procs(gone, timeout=10)
        if self._group is not None:
            self._group.rmdir()

    def popen(self, command: Sequence[str], **options: object) -> subprocess.Popen:
        """Start a command inside; options are those of `subprocess.Popen`."""
        return subprocess.Popen(command, preexec_fn=self._enter, **options)

    def _enter(self) -> None:
        os.sched_setaffinity(0, {self._core})
        if self._group is not None:
            (self._group / "cgroup.procs").write_text("0")

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            taken = 0
            for process in of(self.data):
                with suppress(psutil.Error):
                    taken += process.memory_info().rss
            self.peak = max(self.peak, taken)


def _make_group(memory: int) -> Path | None:
    name = f"estuary-twin-{uuid.uuid4().hex[:8]}"
    for base, limit in ((_GROUPS / "memory", "memory.limit_in_bytes"), (_GROUPS, "memory.max")):
        with suppress(OSError):
            group = base / name
            group.mkdir()
            try:
                (group / limit).write_text(str(memory))
            except OSError:
                group.rmdir()
                raise
            for swap, most in (("memory.memsw.limit_in_bytes", memory), ("memory.swap.max", 0)):
                if (group / swap).exists():
                    (group / swap).write_text(str(most))
            return group
    return None
