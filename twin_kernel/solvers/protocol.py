"""What a solver is to the twin: a program driven by files.

A run's folder holds ``inputs/`` (written by :meth:`Solver.prepare`), ``checkpoints/`` and the
solver's output. Every solver, built in or added by the entry-point group
``twin_kernel.solvers``, takes this door and passes ``tests/contract``.

A solver may also say, as attributes, ``parallelism`` ("threads" on one node, which is the default,
or "mpi"), ``time_step`` (s, where a case does not say it), and have a method
``expected_memory(setup)`` (bytes), so that a run too large for its job is refused beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from twin_kernel.mesh.topology import Mesh

__all__ = ["Setup", "Solver", "Station"]


@dataclass(frozen=True)
class Station:
    """A point where the solver writes a dense time series.

    Attributes
    ----------
    name : str
    x, y : float
        Coordinates in the reference system of the mesh, m.
    """

    name: str
    x: float
    y: float


@dataclass(frozen=True)
class Setup:
    """All that a solver needs to compute a case, as arrays in memory.

    Attributes
    ----------
    mesh : Mesh
    forcing : xarray.Dataset
        Dimensions ``(boundary, time)``; coordinates ``time`` (datetime64, UTC) and ``boundary``
        (str, the names of the mesh's open boundaries); variables ``kind`` (boundary) being
        "water_level" or "discharge", ``value`` (boundary, time) in m above the vertical datum or
        m3/s entering, and for each tracer a variable of its name, (boundary) or (boundary, time),
        of entering water.
    start, stop : numpy.datetime64
        Period simulated, UTC.
    manning : dict of str to float, or (n_face,) float64
        Manning coefficient of each zone of the mesh, or of each triangle, s m^(-1/3).
    initial_level : float
        Level at the start, m above the vertical datum; land above it starts dry.
    initial_salinity : (n_face,) float64
        Salinity of each triangle at the start.
    latitude : float
        Latitude of the Coriolis parameter, degrees north.
    map_interval, station_interval : float
        Time between two frames of the maps and between two values at stations, s.
    stations : tuple of Station
    options : dict
        Options of this solver only, validated by it.
    processes : dict of str to dict
        Processes besides the flow, each with its options: "salinity", "temperature", "sediment",
        "water_quality", "waves", "dye".
    weather : xarray.Dataset or None
        Dimension ``time`` (datetime64, UTC); any of ``wind_x``, ``wind_y`` (m/s at 10 m),
        ``air_pressure`` (Pa), ``air_temperature`` (degC), ``relative_humidity``, ``cloud_cover``
        (0 to 1), ``shortwave`` (W/m2).
    """

    mesh: Mesh
    forcing: xr.Dataset
    start: np.datetime64
    stop: np.datetime64
    manning: dict[str, float] | np.ndarray
    initial_level: float
    initial_salinity: np.ndarray
    latitude: float
    map_interval: float = 3600.0
    station_interval: float = 600.0
    stations: tuple[Station, ...] = ()
    options: dict = field(default_factory=dict)
    processes: dict[str, dict] = field(default_factory=lambda: {"salinity": {}})
    weather: xr.Dataset | None = None


@runtime_checkable
class Solver(Protocol):
    """A program that advances the river in time."""

    name: str
    version: str
    processes: frozenset[str]
    """Processes it has: "hydrodynamics" and any of those of `Setup.processes`."""
    maximum_cores: int | None
    """Cores one run can use; None where there is no limit of its own."""
    resumes: bool
    """Whether it continues from what it left in ``checkpoints/``."""

    def check(self, setup: Setup) -> None:
        """Raise InputError where this solver cannot compute the setup; write nothing."""

    def prepare(self, setup: Setup, folder: Path) -> None:
        """Write ``inputs/`` in an existing folder, so that `command` needs nothing else."""

    def command(self, folder: Path, cores: int) -> Sequence[str]:
        """Return the program and its arguments; its return code is 0 only on success."""

    def progress(self, line: str) -> float | None:
        """Return the fraction done, 0 to 1, told by a line of the log, or None.

        A line ``preparing: WHAT`` is shown to who waits, as long as no fraction is told.
        """

    def collect(self, folder: Path) -> xr.Dataset:
        """Open the complete output lazily, as a UGRID/CF dataset with the names of `VARIABLES`."""
