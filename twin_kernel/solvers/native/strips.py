"""Strips: the fixed parts of the grid that threads work on.

A strip is a run of consecutive triangles, or of consecutive edges. How many there are follows from
the size of the mesh alone, and sums are added strip by strip, in order: a result is the same to
the last bit on any number of threads. The preconditioner takes every second strip first, then the
others, so twice as many strips as threads keep them all at work.
"""

from __future__ import annotations

import numpy as np

__all__ = ["MOST_THREADS", "edge_strips", "face_strips"]

_FACES_PER_THREAD = 4000  # fewer and starting the threads costs more than their work
MOST_THREADS = 16
"""More threads than this have nothing to do."""


def face_strips(n_face: int, farthest: int = 1) -> np.ndarray:
    """Return the (n_strip + 1,) uint64 bounds of the strips of triangles.

    Unsigned, as what loops over them counts with: at each look into an array a compiled loop asks
    whether a signed index is negative, which nearly doubled the time of the linear solver.

    One strip, or a power of two of them, so long that a strip touches only the one before and the
    one behind.

    Parameters
    ----------
    n_face : int
    farthest : int
        How far apart in number the two triangles of an edge are, at most.
    """
    threads = 1
    while 2 * threads * _FACES_PER_THREAD <= n_face and threads < MOST_THREADS:
        threads *= 2
    count = 1 if threads == 1 else 2 * threads
    while count > 1 and n_face // count < farthest:
        count //= 2
    return np.linspace(0, n_face, count + 1).astype(np.uint64)


def edge_strips(faces: np.ndarray, left: np.ndarray, n_internal: int, n_level: int) -> np.ndarray:
    """Return the (n_strip + 1,) uint64 bounds of the strips of internal and level edges.

    Parameters
    ----------
    faces : (n_strip + 1,) uint64
        Bounds of the strips of triangles: edges go with their left triangle.
    left : (n_edge,) int
        Left triangle of each edge, ascending over the internal ones.
    """
    bounds = np.searchsorted(left[:n_internal], faces).astype(np.uint64)
    bounds[-1] = n_level
    return bounds
