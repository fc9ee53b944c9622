"""What a process of the river (waves, mud, heat, oxygen, …) is to the time loop.

The flow moves water and everything dissolved or suspended in it; a process then changes, triangle
by triangle, what is there. Processes act one after another at the end of each time step (first
order splitting), in the order of `ORDER`, and talk through two dictionaries only:

- `tracers`, concentrations that the flow transports: amount = concentration × volume;
- `memory`, fields that stay where they are, such as the mud on the bed or the wave height.

Every name in them is a name of :data:`twin_kernel.variables.VARIABLES`, or private to the process
and then begins with the process's name and a dot. Both are written to checkpoints as they are, so
a process must keep nothing else from one step to the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

__all__ = ["ORDER", "Amount", "Process", "Site", "Water"]

ORDER = ("waves", "sediment", "temperature", "water_quality", "dye")
"""The order in which processes act in a step: stress before mud, heat and mud before oxygen."""


@dataclass(frozen=True)
class Site:
    """What never changes in a run.

    Attributes
    ----------
    x, y : (n_face,) float64
        Centroids of the triangles in the projection of the mesh, m.
    area : (n_face,) float64
        m2.
    zone : (n_face,) int64
        Number of each triangle's zone in `zone_names`.
    zone_names : tuple of str
    edge_left, edge_right : (n_internal,) int32
        Triangles on both sides of each internal edge.
    boundary_names : tuple of str
        Open boundaries.
    latitude : float
        Degrees north.
    boundary_faces : dict of str to (n,) int
        Triangles that lie on each open boundary.
    salinity : (n_face,) float64, optional
        At the start, whether or not a process of it follows.
    """

    x: np.ndarray
    y: np.ndarray
    area: np.ndarray
    zone: np.ndarray
    zone_names: tuple[str, ...]
    edge_left: np.ndarray
    edge_right: np.ndarray
    boundary_names: tuple[str, ...]
    latitude: float
    boundary_faces: dict[str, np.ndarray] = field(default_factory=dict)
    salinity: np.ndarray | None = None


@dataclass(frozen=True)
class Water:
    """The water at the end of a step; processes read it and never write it.

    Attributes
    ----------
    time : float
        Seconds since the start of the run.
    dt : float
        Time that the process has to advance by, s.
    instant : numpy.datetime64
        The same time, UTC, for the sun and the seasons.
    volume : (n_face,) float64
        m3.
    depth : (n_face,) float64
        Volume over area of the triangle, m; 0 where dry.
    level, bed : (n_face,) float64
        Water level and mean bed level, m above the vertical datum.
    velocity_x, velocity_y, speed : (n_face,) float64
        Depth-mean velocity, m/s.
    manning_squared : (n_face,) float64
        n2, s2 m^(-2/3).
    weather : dict of str to float
        Surface forcing at this time, uniform over the river: ``wind_x``, ``wind_y`` (m/s at 10 m),
        ``air_pressure`` (Pa), ``air_temperature`` (degC), ``relative_humidity`` (0 to 1),
        ``cloud_cover`` (0 to 1), ``shortwave`` (W/m2, at the surface); only those given.
    """

    time: float
    dt: float
    instant: np.datetime64
    volume: np.ndarray
    depth: np.ndarray
    level: np.ndarray
    bed: np.ndarray
    velocity_x: np.ndarray
    velocity_y: np.ndarray
    speed: np.ndarray
    manning_squared: np.ndarray
    weather: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Amount:
    """How much of a conserved substance there is, for the budget printed at the end of a run.

    Attributes
    ----------
    units : str
        Such as "kg".
    present : float
        In water and bed together, in `units`.
    produced : float
        Since the start, by sources other than open boundaries (negative for sinks), in `units`.
    tracers : dict of str to float
        Tracers that carry it through open boundaries, with `units` per amount of tracer.
    """

    units: str
    present: float
    produced: float
    tracers: dict[str, float]


class Process(Protocol):
    """A process; its constructor takes a :class:`Site` and its own validated options.

    Attributes
    ----------
    name : str
        One of `ORDER`.
    tracers : tuple of str
        Tracers that it adds to those transported.
    shown : tuple of str
        Fields of `memory` that are written to maps, by their names in ``VARIABLES``.
    stations : tuple of str
        Tracers and fields of `memory` that are also written at stations.
    """

    name: str
    tracers: tuple[str, ...]
    shown: tuple[str, ...]
    stations: tuple[str, ...]

    def start(self, water: Water, tracers: dict[str, np.ndarray],
              memory: dict[str, np.ndarray]) -> None:
        """Fill its tracers, (n_face,) each and zero on entry, and add its arrays to `memory`."""

    def advance(self, water: Water, tracers: dict[str, np.ndarray],
                memory: dict[str, np.ndarray]) -> None:
        """Advance its tracers and its memory by ``water.dt``, in place."""

    def amounts(self, water: Water, tracers: dict[str, np.ndarray],
                memory: dict[str, np.ndarray]) -> dict[str, Amount]:
        """Return what it conserves, by the name under which the budget is printed."""
