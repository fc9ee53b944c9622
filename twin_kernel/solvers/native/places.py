"""Where a discharge given by a point enters: the nearest triangle that has water at the time."""

from __future__ import annotations

import numpy as np

from twin_kernel.errors import InputError
from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.process import Site

__all__ = ["SHALLOWEST", "nearest_first", "nearest_wet"]

SHALLOWEST = 0.1
"""Least depth, m, of a triangle that takes a discharge: thinner water would hold it undiluted."""

_FARTHEST = 2.0  # sides of the nearest triangle that a place on the bank may lie off it
_AT_LEAST = 500.0  # m that it may in any case: an outfall is told by the address of its plant


def nearest_first(site: Site, point: tuple[float, float], what: str) -> np.ndarray:
    """Return the triangles from the nearest to the farthest; ties in the order of the mesh.

    Parameters
    ----------
    site : Site
    point : tuple of float
        m, in the projection of the mesh.
    what : str
        What is to enter there, for the refusal.

    Returns
    -------
    (n_face,) int64

    Raises
    ------
    InputError
        Where the point is not in the water nor beside it.
    """
    x, y = point
    squared = (site.x - x) ** 2 + (site.y - y) ** 2
    order = np.argsort(squared, kind="stable")
    nearest = order[0]
    reach = max(_AT_LEAST, _FARTHEST * np.sqrt(site.area[nearest]))
    if not squared[nearest] <= reach**2:
        degrees = abs(x) <= 180.0 and abs(y) <= 90.0
        raise InputError(
            f"The place of {what} is not in the water", received=f"x={x:g}, y={y:g}"
            + (", which look like degrees" if degrees else ""),
            allowed=f"x {site.x.min():.0f} to {site.x.max():.0f}, y {site.y.min():.0f} to "
                    f"{site.y.max():.0f} m in the projection of the mesh, on a triangle or up to "
                    f"{_AT_LEAST:g} m beside one",
            next_step="pyproj.Transformer.from_crs('EPSG:4326', mesh.crs, always_xy=True)"
                      ".transform(longitude, latitude)" if degrees else
                      f"the nearest water is at x={site.x[nearest]:.0f}, y={site.y[nearest]:.0f}")
    return order


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
