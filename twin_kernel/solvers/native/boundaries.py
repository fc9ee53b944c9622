"""What is given at any time: water at the open boundaries, sources inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

__all__ = ["Boundaries", "Sources"]


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
        (evaporation) takes what there is and no more.
    """

    body_force: Callable[[float], np.ndarray] | None = None
    rain: Callable[[float], np.ndarray] | None = None
