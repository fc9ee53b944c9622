"""A wall clock for tests that can be set while processes run, without touching the machine's."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path


class Clock:
    """The time of day of the processes that are given its `environment`.

    Parameters
    ----------
    folder : Path
        Where its library is compiled and its offset lies.
    """

    def __init__(self, folder: Path) -> None:
        self._offset, library = folder / "clock", folder / "clock.so"
        self._offset.write_bytes(struct.pack("=q", 0))
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library),
                        str(Path(__file__).with_name("clock.c")), "-ldl"], check=True)
        self.environment = {"LD_PRELOAD": str(library), "TEST_CLOCK": str(self._offset)}

    @staticmethod
    def possible() -> bool:
        """Tell whether this machine has a C compiler."""
        return shutil.which("cc") is not None

    def set(self, seconds: int) -> None:
        """Put the clock so many seconds before (positive) or behind the machine's, at once."""
        with self._offset.open("r+b", buffering=0) as file:
            file.write(struct.pack("=q", seconds))
