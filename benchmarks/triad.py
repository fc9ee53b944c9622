"""Memory bandwidth of the machine, by the triad a = b + s c of McCalpin's STREAM (1995).

Three arrays of 8 bytes a number, much larger than the caches; 24 bytes are counted per number, as
STREAM does, though the processor may also fetch what it overwrites.
"""

from __future__ import annotations

import time

import numba
import numpy as np
import pandas as pd

from benchmarks.measuring import Report, arguments

__all__ = ["bandwidth", "report"]

_BYTES = 24


@numba.njit(cache=True)
def _triad(a, b, c, s):
    for i in range(len(a)):
        a[i] = b[i] + s * c[i]


@numba.njit(cache=True, parallel=True)
def _triad_threads(a, b, c, s):
    for i in numba.prange(len(a)):
        a[i] = b[i] + s * c[i]


def bandwidth(threads: int, quick: bool = False) -> float:
    """Return the bandwidth of the machine now, bytes per second: median of repeats.

    Parameters
    ----------
    threads : int
        At most ``numba.config.NUMBA_NUM_THREADS``.
    quick : bool
        On arrays that fit in the caches: no measure of memory.
    """
    n, repeats = (100_000, 3) if quick else (20_000_000, 9)
    a, b, c = np.zeros(n), np.ones(n), np.ones(n)
    kernel = _triad if threads == 1 else _triad_threads
    before = numba.get_num_threads()
    numba.set_num_threads(threads)
    try:
        kernel(a, b, c, 2.0)
        seconds = []
        for _ in range(repeats):
            begin = time.perf_counter()
            kernel(a, b, c, 3.0)
            seconds.append(time.perf_counter() - begin)
    finally:
        numba.set_num_threads(before)
    return _BYTES * n / float(np.median(seconds))


def thread_counts() -> list[int]:
    """Return the numbers of threads to measure: 1, and 2 where there are two cores."""
    return [1, 2][: numba.config.NUMBA_NUM_THREADS]


def report(quick: bool = False) -> Report:
    """Measure and tabulate the triad."""
    rows = [{"threads": threads, "GB/s": bandwidth(threads, quick) / 1e9}
            for threads in thread_counts()]
    return Report(
        "triad", "Memory bandwidth",
        ["Triad a = b + s c on 3 × 160 MB, 24 bytes counted per number, median of 9."],
        {"Triad": pd.DataFrame(rows)})


if __name__ == "__main__":
    given = arguments(__doc__)
    report(given.quick).write(given.output)
