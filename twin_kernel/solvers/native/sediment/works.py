"""Dredging and dumping.

A dredger takes from the triangles of its place in proportion to what lies in each, from the top
layer down, and no more than there is. A dump spreads over the water of its place in proportion to
volume: `water_share` of it suspended, the rest on the bed below, in the top layer; where its place
is dry, all falls to the bed by area. A step counts for the part of it that lies between start and
stop. Where the bed changes f times as fast as the exchange with the water says, so do the works on
it: a port that dredges what silts up goes on doing so.
"""

from __future__ import annotations

from datetime import UTC

import numpy as np
import shapely

from twin_kernel.errors import InputError
from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.flow import EMPTY
from twin_kernel.solvers.native.process import Site
from twin_kernel.solvers.native.sediment.bed import remove
from twin_kernel.solvers.native.sediment.options import Operation

__all__ = ["Work", "dredge", "dump"]


@njit(cache=True)
def dredge(bed, j, triangles, area, mass):
    """Take up to `mass`, kg, of class j out of the bed; return what was taken, kg.

    Parameters
    ----------
    bed : (n_face, n_layer, n_class) float64, kg/m2, changed in place
    triangles : (n,) int64
    area : (n_face,) float64, m2
    """
    there = 0.0
    for i in triangles:
        for k in range(bed.shape[1]):
            there += bed[i, k, j] * area[i]
    if there <= 0.0:
        return 0.0
    share = min(mass / there, 1.0)
    taken = 0.0
    for i in triangles:
        own = 0.0
        for k in range(bed.shape[1]):
            own += bed[i, k, j]
        taken += remove(bed[i], j, share * own) * area[i]
    return taken


@njit(cache=True)
def dump(concentration, bed, j, triangles, volume, area, mass, water_share, pace):
    """Spread `mass`, kg, of class j over water and bed, in place; return what is there more, kg.

    Parameters
    ----------
    concentration, volume, area : (n_face,) float64, kg/m3, m3, m2
    bed : (n_face, n_layer, n_class) float64, kg/m2
    triangles : (n,) int64
    pace : float
        How many times what falls to the bed is laid there.
    """
    water = 0.0
    ground = 0.0
    for i in triangles:
        if volume[i] > EMPTY:
            water += volume[i]
        ground += area[i]
    if water > 0.0:
        for i in triangles:
            if volume[i] <= EMPTY:
                continue
            concentration[i] += water_share * mass / water
            bed[i, 0, j] += pace * (1.0 - water_share) * mass * (volume[i] / water) / area[i]
        return mass * (water_share + pace * (1.0 - water_share))
    for i in triangles:
        bed[i, 0, j] += pace * mass / ground
    return pace * mass


def _triangles(site: Site, operation: Operation) -> np.ndarray:
    if operation.zone is not None:
        if operation.zone not in site.zone_names:
            raise InputError(
                f"The mesh has no zone to {operation.kind} in", received=operation.zone,
                allowed=", ".join(site.zone_names), next_step="correct the operation's zone")
        inside = site.zone == site.zone_names.index(operation.zone)
    else:
        polygon = shapely.Polygon(operation.polygon)
        if not polygon.is_valid:
            raise InputError(
                f"The polygon to {operation.kind} in crosses itself",
                received=operation.polygon, allowed="corners in order around it",
                next_step="correct the operation's polygon")
        inside = shapely.contains_xy(polygon, site.x, site.y)
    if not inside.any():
        raise InputError(
            f"No triangle lies where to {operation.kind}",
            received=operation.zone or operation.polygon,
            allowed=f"x {site.x.min():.0f} to {site.x.max():.0f} m, "
                    f"y {site.y.min():.0f} to {site.y.max():.0f} m",
            next_step="give a larger polygon, in the projection of the mesh")
    return np.flatnonzero(inside)


class Work:
    """An operation on the triangles of a site.

    Parameters
    ----------
    site : Site
    operation : Operation

    Raises
    ------
    InputError
        Where its zone is unknown, its polygon crosses itself or holds no triangle.
    """

    def __init__(self, site: Site, operation: Operation) -> None:
        self.operation, self._area = operation, site.area
        self._triangles = _triangles(site, operation)
        self._start, self._stop = (
            np.datetime64(one.astimezone(UTC).replace(tzinfo=None), "us")
            for one in (operation.start, operation.stop))

    def seconds(self, instant: np.datetime64, dt: float) -> float:
        """Return how long it is at work in the `dt` seconds that end at `instant`."""
        second = np.timedelta64(1, "s")
        begin = max((self._start - instant) / second, -dt)
        end = min((self._stop - instant) / second, 0.0)
        return max(0.0, float(end - begin))

    def act(self, concentration: np.ndarray, bed: np.ndarray, j: int, volume: np.ndarray,
            seconds: float, pace: float = 1.0) -> float:
        """Work for some seconds on class `j` of `bed`; return the mass produced, kg.

        `pace` is how many times faster the bed changes than the water says.
        """
        mass = self.operation.rate * seconds
        if self.operation.kind == "dredge":
            return -dredge(bed, j, self._triangles, self._area, pace * mass)
        return dump(concentration, bed, j, self._triangles, volume, self._area, mass,
                    self.operation.water_share, pace)
