"""What is written in ``inputs/`` for a run of the native solver, and how it is read again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from twin_kernel.mesh.topology import Mesh
from twin_kernel.mesh.ugrid import read_ugrid, write_ugrid
from twin_kernel.solvers.native.boundaries import Boundaries
from twin_kernel.solvers.native.options import Options, read_options
from twin_kernel.solvers.native.weather import Weather
from twin_kernel.solvers.protocol import Setup, Station

__all__ = ["Inputs", "read_inputs", "write_inputs"]


@dataclass(frozen=True)
class Inputs:
    """A setup as read from a folder.

    Attributes
    ----------
    mesh : Mesh
    boundary_kinds : dict of str to str
    boundaries : Boundaries
    weather : Weather or None
    manning, initial_salinity : (n_face,) float64
        In the order of the mesh.
    processes : dict of str to dict
        Processes and their options, "salinity" among them where salt is carried.
    initial_level, latitude, map_interval, station_interval : float
    start : numpy.datetime64
    steps : int
    stations : tuple of Station
    options : Options
    """

    mesh: Mesh
    boundary_kinds: dict[str, str]
    boundaries: Boundaries
    weather: Weather | None
    manning: np.ndarray
    initial_salinity: np.ndarray
    processes: dict[str, dict]
    initial_level: float
    latitude: float
    map_interval: float
    station_interval: float
    start: np.datetime64
    steps: int
    stations: tuple[Station, ...]
    options: Options


def write_inputs(setup: Setup, folder: Path) -> None:
    """Write ``inputs/`` of a checked setup in an existing folder."""
    inputs = folder / "inputs"
    inputs.mkdir(exist_ok=True)
    write_ugrid(setup.mesh, inputs / "mesh.nc")
    setup.forcing.to_netcdf(inputs / "forcing.nc", engine="h5netcdf")
    if setup.weather is not None:
        setup.weather.to_netcdf(inputs / "weather.nc", engine="h5netcdf")
    initial = xr.Dataset({"salinity": ("mesh2d_nFaces", np.asarray(setup.initial_salinity)),
                          "manning": ("mesh2d_nFaces", _manning_of_faces(setup))})
    initial.to_netcdf(inputs / "initial.nc", engine="h5netcdf")
    scalars = {
        "start": str(setup.start), "stop": str(setup.stop), "processes": setup.processes,
        "initial_level": setup.initial_level, "latitude": setup.latitude,
        "map_interval": setup.map_interval, "station_interval": setup.station_interval,
        "stations": [asdict(station) for station in setup.stations], "options": setup.options,
    }
    (inputs / "solver.json").write_text(json.dumps(scalars, indent=1, ensure_ascii=False))


def _manning_of_faces(setup: Setup) -> np.ndarray:
    if isinstance(setup.manning, np.ndarray):
        return setup.manning
    return np.array([setup.manning[z] for z in setup.mesh.zone_names])[setup.mesh.face_zone]


def _series(dataset: xr.Dataset, name: str) -> np.ndarray:
    """Return (n_boundary, n_time) values of a variable that may have no time."""
    values = dataset[name].broadcast_like(dataset["value"]).transpose("boundary", "time")
    return np.ascontiguousarray(values.values, dtype=float)


def _read_weather(path: Path, start: np.datetime64) -> Weather | None:
    if not path.is_file():
        return None
    with xr.open_dataset(path, engine="h5netcdf") as dataset:
        return Weather.of(dataset, start)


def read_inputs(folder: Path) -> Inputs:
    """Read what `write_inputs` wrote."""
    inputs = folder / "inputs"
    scalars = json.loads((inputs / "solver.json").read_text())
    mesh = read_ugrid(inputs / "mesh.nc")
    start, stop = np.datetime64(scalars["start"], "ns"), np.datetime64(scalars["stop"], "ns")
    options = read_options(scalars["options"])
    with xr.open_dataset(inputs / "forcing.nc", engine="h5netcdf") as forcing:
        names = tuple(str(name) for name in forcing["boundary"].values)
        kinds = tuple(str(kind) for kind in forcing["kind"].values)
        boundaries = Boundaries(
            kinds=kinds,
            times=(forcing["time"].values - start) / np.timedelta64(1, "s"),
            values=_series(forcing, "value"),
            concentrations={str(name): _series(forcing, name) for name in forcing.data_vars
                            if name not in ("kind", "value")})
    with xr.open_dataset(inputs / "initial.nc", engine="h5netcdf") as initial:
        salinity = initial["salinity"].values.astype(float)
        manning = initial["manning"].values.astype(float)
    return Inputs(
        mesh=mesh, boundary_kinds=dict(zip(names, kinds, strict=True)), boundaries=boundaries,
        weather=_read_weather(inputs / "weather.nc", start),
        manning=manning, initial_salinity=salinity, processes=scalars["processes"],
        initial_level=scalars["initial_level"], latitude=scalars["latitude"],
        map_interval=scalars["map_interval"], station_interval=scalars["station_interval"],
        start=start, steps=round(float((stop - start) / np.timedelta64(1, "s"))
                                 / options.time_step),
        stations=tuple(Station(**station) for station in scalars["stations"]), options=options)
