"""Where a discharge given by a point enters: the nearest triangle that has water at the time."""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native.compiling import njit

__all__ = ["SHALLOWEST", "nearest_first", "nearest_wet"]

SHALLOWEST = 0.1
"""Least depth, m, of a triangle that takes a discharge: thinner water would hold it undiluted."""


def nearest_first(x: np.ndarray, y: np.ndarray, point: tuple[float, float]) -> np.ndarray:
    """Return the triangles from the nearest to the farthest; ties in the order of the mesh.

    Parameters
    ----------
    x, y : (n_face,) float64
        Centroids, m.
    point : tuple of float
        m, in the same projection.

    Returns
    -------
    (n_face,) int64
    """
    distance_squared = (x - point[0]) ** 2 + (y - point[1]) ** 2
    return np.argsort(distance_squared, kind="stable")


@njit(cache=True)
def nearest_wet(order, depth):
    """Return the first triangle of `order` deeper than :data:`SHALLOWEST`, or -1.

    Parameters
    ----------
    order : (n_face,) int64, from :func:`nearest_first`
    depth : (n_face,) float64, m
    """
    for i in order:
        if depth[i] >= SHALLOWEST:
            return i
    return -1
