"""What is written in ``inputs/`` for a run of the native solver, and how it is read again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from twin_kernel.errors import ForcingError, InputError
from twin_kernel.mesh.topology import Mesh
from twin_kernel.mesh.ugrid import read_ugrid, write_ugrid
from twin_kernel.solvers.native.model import Boundaries
from twin_kernel.solvers.native.options import Options, read_options
from twin_kernel.solvers.protocol import Setup, Station

__all__ = ["Inputs", "check_setup", "read_inputs", "write_inputs"]


@dataclass(frozen=True)
class Inputs:
    """A setup as read from a folder.

    Attributes
    ----------
    mesh : Mesh
    boundary_kinds : dict of str to str
    boundaries : Boundaries
    manning, initial_salinity : (n_face,) float64
        In the order of the mesh.
    initial_level, latitude, map_interval, station_interval : float
    start : numpy.datetime64
    steps : int
    stations : tuple of Station
    options : Options
    """

    mesh: Mesh
    boundary_kinds: dict[str, str]
    boundaries: Boundaries
    manning: np.ndarray
    initial_salinity: np.ndarray
    initial_level: float
    latitude: float
    map_interval: float
    station_interval: float
    start: np.datetime64
    steps: int
    stations: tuple[Station, ...]
    options: Options


def check_setup(setup: Setup) -> Options:
    """Refuse what the native solver cannot compute; return its options.

    Raises
    ------
    InputError, ForcingError
    """
    options = read_options(setup.options)
    duration = float((setup.stop - setup.start) / np.timedelta64(1, "s"))
    if duration <= 0:
        raise InputError("The period ends before it starts",
                         received=f"{setup.start} to {setup.stop}", allowed="start < stop")
    for name, seconds in {"period": duration, "map_interval": setup.map_interval,
                          "station_interval": setup.station_interval,
                          "checkpoint_interval": options.checkpoint_interval}.items():
        steps = seconds / options.time_step
        if steps < 1 or abs(steps - round(steps)) > 1e-9:
            raise InputError(
                f"The {name} is not a whole number of time steps",
                received=f"{name} {seconds:g} s with time_step {options.time_step:g} s",
                allowed="a multiple of the time step",
                next_step="change time_step in solver_options, or the interval")
    _check_forcing(setup)
    _check_fields(setup)
    return options


def _check_forcing(setup: Setup) -> None:
    given, wanted = set(setup.forcing["boundary"].values.tolist()), set(setup.mesh.open_boundaries)
    if given != wanted:
        raise ForcingError(
            "The forcing is not for the open boundaries of this mesh",
            received=", ".join(sorted(given)) or "none", allowed=", ".join(sorted(wanted)),
            next_step="name the boundaries of the mesh as in the forcing")
    first, last = setup.forcing["time"].values[[0, -1]]
    if first > setup.start or last < setup.stop:
        raise ForcingError(
            "The period lies outside the forcing", received=f"{setup.start} to {setup.stop}",
            allowed=f"{first} to {last}", next_step="change start and stop of the case")
    bad = [str(b) for b in setup.forcing["boundary"].values
           if not np.isfinite(setup.forcing["value"].sel(boundary=b)).all()]
    if bad:
        raise ForcingError("The forcing has gaps", received=f"NaN at {', '.join(bad)}",
                           allowed="finite values", next_step="fill or shorten the series")


def _check_fields(setup: Setup) -> None:
    missing = set(setup.mesh.zone_names) - set(setup.manning)
    if missing:
        raise InputError("Some friction zones of the mesh have no Manning coefficient",
                         received=", ".join(sorted(setup.manning)) or "none",
                         allowed=", ".join(setup.mesh.zone_names))
    bad = {zone: n for zone, n in setup.manning.items() if not 0.0 <= n <= 0.2}
    if bad:
        raise InputError("Manning coefficient out of range", received=bad,
                         allowed="0 to 0.2 s m^(-1/3)")
    salinity = np.asarray(setup.initial_salinity)
    if salinity.shape != (setup.mesh.n_face,) or not np.all((salinity >= 0) & (salinity <= 42)):
        raise InputError("Initial salinity is refused", received=f"shape {salinity.shape}",
                         allowed=f"({setup.mesh.n_face},) values from 0 to 42")


def write_inputs(setup: Setup, folder: Path) -> None:
    """Write ``inputs/`` of a checked setup in an existing folder."""
    inputs = folder / "inputs"
    inputs.mkdir(exist_ok=True)
    write_ugrid(setup.mesh, inputs / "mesh.nc")
    setup.forcing.to_netcdf(inputs / "forcing.nc", engine="h5netcdf")
    initial = xr.Dataset({"salinity": ("mesh2d_nFaces", np.asarray(setup.initial_salinity))})
    initial.to_netcdf(inputs / "initial.nc", engine="h5netcdf")
    scalars = {
        "start": str(setup.start), "stop": str(setup.stop), "manning": setup.manning,
        "initial_level": setup.initial_level, "latitude": setup.latitude,
        "map_interval": setup.map_interval, "station_interval": setup.station_interval,
        "stations": [asdict(station) for station in setup.stations], "options": setup.options,
    }
    (inputs / "solver.json").write_text(json.dumps(scalars, indent=1, ensure_ascii=False))


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
            values=np.ascontiguousarray(forcing["value"].transpose("boundary", "time").values,
                                        dtype=float),
            salinity=np.ascontiguousarray(forcing["salinity"].values, dtype=float))
    with xr.open_dataset(inputs / "initial.nc", engine="h5netcdf") as initial:
        salinity = initial["salinity"].values.astype(float)
    zones = np.array([scalars["manning"][zone] for zone in mesh.zone_names])
    return Inputs(
        mesh=mesh, boundary_kinds=dict(zip(names, kinds, strict=True)), boundaries=boundaries,
        manning=zones[mesh.face_zone], initial_salinity=salinity,
        initial_level=scalars["initial_level"], latitude=scalars["latitude"],
        map_interval=scalars["map_interval"], station_interval=scalars["station_interval"],
        start=start, steps=round(float((stop - start) / np.timedelta64(1, "s"))
                                 / options.time_step),
        stations=tuple(Station(**station) for station in scalars["stations"]), options=options)
