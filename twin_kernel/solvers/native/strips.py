"""Strips: the fixed parts of the grid that threads work on.

A strip is a run of consecutive triangles, or of consecutive edges. How many there are follows from
the size of the mesh alone, and sums are added strip by strip, in order: a result is the same to
the last bit on any number of threads. Strips are also the blocks of the preconditioner.
"""

from __future__ import annotations

import numpy as np

__all__ = ["MOST_STRIPS", "edge_strips", "face_strips"]

_FACES_PER_STRIP = 4000  # fewer and starting the threads costs more than their work
MOST_STRIPS = 16
"""More threads than this have nothing to do."""


def face_strips(n_face: int) -> np.ndarray:
    """Return the (n_strip + 1,) int64 bounds of the strips of triangles; a power of two of them."""
    count = 1
    while 2 * count * _FACES_PER_STRIP <= n_face and count < MOST_STRIPS:
        count *= 2
    return np.linspace(0, n_face, count + 1).astype(np.int64)


def edge_strips(faces: np.ndarray, left: np.ndarray, n_internal: int, n_level: int) -> np.ndarray:
    """Return the (n_strip + 1,) int64 bounds of the strips of internal and level edges.

    Parameters
    ----------
    faces : (n_strip + 1,) int64
        Bounds of the strips of triangles: edges go with their left triangle.
    left : (n_edge,) int
        Left triangle of each edge, ascending over the internal ones.
    """
    bounds = np.searchsorted(left[:n_internal], faces).astype(np.int64)
    bounds[-1] = n_level
    return bounds
