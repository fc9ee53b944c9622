"""What is given at any time: water at the open boundaries, sources inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from twin_kernel.solvers.native.flow import DRY

__all__ = ["Boundaries", "Sources", "spread_discharge"]


@dataclass(frozen=True)
class Boundaries:
    """Forcing of the open boundaries at any time.

    Attributes
    ----------
    kinds : tuple of str
        "water_level" or "discharge".
    times : (n_time,) float64
        Seconds since the start of the run, increasing.
    values : (n_boundary, n_time) float64
        m above the datum, or m3/s entering.
    concentrations : dict of str to (n_boundary, n_time) float64
        Of entering water, by tracer; a tracer that is not here enters at 0.
    """

    kinds: tuple[str, ...]
    times: np.ndarray
    values: np.ndarray
    concentrations: dict[str, np.ndarray] = field(default_factory=dict)

    def at(self, time: float) -> np.ndarray:
        """Return the (n_boundary,) values at a time, linear between samples."""
        return np.array([np.interp(time, self.times, series) for series in self.values])

    def entering(self, names: tuple[str, ...], time: float) -> np.ndarray:
        """Return the (n_tracer, n_boundary) concentrations of entering water at a time."""
        out = np.zeros((len(names), len(self.kinds)))
        for row, name in zip(out, names, strict=True):
            if name in self.concentrations:
                row[:] = [np.interp(time, self.times, s) for s in self.concentrations[name]]
        return out


@dataclass(frozen=True)
class Sources:
    """Sources of momentum and water inside the river, as functions of time (s since the start).

    Attributes
    ----------
    body_force : callable or None
        Returns (n_edge,) accelerations along the normals of the edges, m/s2.
    rain : callable or None
        Returns (n_face,) water falling on the triangles, m/s; it carries no tracer. Negative
        (evaporation) takes what there is down to a sheet of 1 mm, which holds what was dissolved.
    """

    body_force: Callable[[float], np.ndarray] | None = None
    rain: Callable[[float], np.ndarray] | None = None


def spread_discharge(discharge, boundary, length, bed, level, depth):
    """Spread discharges over their edges by conveyance, length × depth^(5/3).

    The depth is that under the mean level of the boundary: under each triangle's own, what is
    higher receives more and rises further, which rapid rivers on fine meshes do not level out.

    Parameters
    ----------
    discharge : (n_boundary,) float64
        m3/s.
    boundary : (n,) int
        Boundary of each edge.
    length, bed : (n,) float64
        Of each edge, m.
    level, depth : (n,) float64
        Of the triangle behind each edge, m; its weight in the mean is its depth × length.

    Returns
    -------
    discharge : (n,) float64
        Of each edge, m3/s.
    depth : (n,) float64
        Under the mean level, m.
    """
    def per_boundary(weights):
        return np.bincount(boundary, weights=weights, minlength=len(discharge))

    wet = length * (depth + DRY)
    surface = per_boundary(wet * level) / np.maximum(per_boundary(wet), 1e-30)
    under = np.maximum(surface[boundary] - bed, 0.0)
    conveyance = length * (under + DRY) ** (5.0 / 3.0)
    return discharge[boundary] * conveyance / per_boundary(conveyance)[boundary], under
