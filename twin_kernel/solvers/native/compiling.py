"""Compiles kernels, and keeps the machine code where no other version of the solver finds it.

Numba takes a cached kernel for fresh as long as the file it is written in stays the same, whatever
becomes of the kernels it calls: after an upgrade, old code would run on. So each version of the
solver's source has a folder of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

# Threads that wait spin this often, some 100 us, then sleep. Between two kernels of a step lie
# fewer: with 300, where waking takes 50 us, two threads take 2.5 times as long as one, with 3,000
# they take 0.67. But with one more process than cores those that spin keep the cores from those
# they wait for: 2 times as long as with 300 for 3,000, 3.6 for 10,000, a hundred times for the
# library's 300,000. The run service hands out no core twice. A machine that runs other things may
# say less. Read when the threads' library is loaded, which Numba does later.
os.environ.setdefault("GOMP_SPINCOUNT", "3000")

import numba
from numba import prange

from twin_kernel.solvers.native.source import PACKAGE, source_hash

__all__ = ["compiled_before", "njit", "prange", "threads_used"]


@cache
def _folder() -> str:
    """Return where this version's machine code goes: beside the source, else with the user's."""
    beside = PACKAGE / "__pycache__"
    base = beside if os.access(beside if beside.exists() else PACKAGE, os.W_OK) else Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "estuary-twin"
    return str(base / f"kernels-{source_hash()}")


def compiled_before() -> bool:
    """Tell whether this version of the solver left machine code to start with."""
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or _folder())
    return next(folder.glob("*/*.nbi"), None) is not None


def njit(function: Callable | None = None, **options: object) -> Callable:
    """Decorate as `numba.njit` does, with ``cache=True`` in a folder of this version.

    Divided by zero gives infinity or NaN, which the look for blow-ups finds: a test at each
    division for Python's error took 4 % of a step.
    """
    if function is None:
        return lambda decorated: njit(decorated, **options)
    given = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = given or _folder()
    try:
        return numba.njit(**{"error_model": "numpy", **options})(function)
    finally:
        numba.config.CACHE_DIR = given


@contextmanager
def threads_used(count: int) -> Iterator[None]:
    """Let parallel kernels use up to `count` threads, of those that the process may have."""
    before = numba.get_num_threads()
    numba.set_num_threads(min(count, numba.config.NUMBA_NUM_THREADS))
    try:
        yield
    finally:
        numba.set_num_threads(before)
