r"""From true north, which weather is given by, to the axes of a mesh, which solvers compute in.

On a conformal projection the direction of true azimuth :math:`a` has, from the grid's y axis,
the azimuth :math:`a + \varphi`, where :math:`\varphi` is the azimuth of true north on the grid
(minus the meridian convergence; Snyder, Map Projections: A Working Manual, USGS Professional
Paper 1395, 1987, page 21). In the Gironde, 4° west of the central meridian of Lambert-93, true
north leans 2.1 to 3.2° east of the y axis: left out, a wind is wrong by 4.6 % of its length.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from twin_kernel.mesh.projections import transformer
from twin_kernel.mesh.topology import Mesh

__all__ = ["direction_on_grid", "to_grid_north", "true_north_azimuth"]

_STEP = 1e-4
"""Degrees of latitude, 11 m: rounding is 1e-9 of it, and the curve of a meridian less."""


def true_north_azimuth(crs: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the azimuth of true north from the y axis of a projection.

    Parameters
    ----------
    crs : str
        Projected, as in ``"EPSG:2154"``.
    x, y : (n,) array
        Places, m.

    Returns
    -------
    (n,) array
        Degrees, clockwise.
    """
    longitude, latitude = transformer(crs, "EPSG:4326").transform(x, y)
    ahead = transformer("EPSG:4326", crs).transform(longitude, latitude + _STEP)
    return np.degrees(np.arctan2(ahead[0] - x, ahead[1] - y))


def direction_on_grid(direction: float, mesh: Mesh) -> float:
    """Return a direction given clockwise from true north, from the y axis of a mesh; degrees."""
    return (direction + _mean_azimuth(mesh)) % 360.0


def _mean_azimuth(mesh: Mesh) -> float:
    return float(true_north_azimuth(mesh.crs, mesh.node_x, mesh.node_y).mean())


def to_grid_north(weather: xr.Dataset, mesh: Mesh) -> xr.Dataset:
    """Return a weather with its wind and swell turned to the axes of a mesh.

    The weather is uniform, so the mean angle over the nodes serves; each is within 0.6° of it in
    the Gironde.

    Parameters
    ----------
    weather : xarray.Dataset
        ``wind_x`` towards east, ``wind_y`` towards true north, ``swell_from_direction`` from true
        north; those that are there are turned.
    mesh : Mesh

    Returns
    -------
    xarray.Dataset
        With the attribute ``grid_north``, which says by how much.
    """
    degrees = _mean_azimuth(mesh)
    turned = weather.copy()
    if "wind_x" in weather:
        sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
        east, north = weather["wind_x"], weather["wind_y"]
        turned["wind_x"] = (east * cosine + north * sine).assign_attrs(east.attrs)
        turned["wind_y"] = (north * cosine - east * sine).assign_attrs(north.attrs)
    if "swell_from_direction" in weather:
        given = weather["swell_from_direction"]
        turned["swell_from_direction"] = ((given + degrees) % 360.0).assign_attrs(given.attrs)
    return turned.assign_attrs(
        grid_north=f"directions turned by {degrees:+.2f} degrees from true north to the axes of "
                   f"{mesh.crs}")
