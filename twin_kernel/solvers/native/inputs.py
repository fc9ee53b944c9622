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
from twin_kernel.solvers.native.boundaries import Boundaries
from twin_kernel.solvers.native.options import Options, read_options
from twin_kernel.solvers.native.selection import check_places, check_processes, tracers_of
from twin_kernel.solvers.native.weather import Weather
from twin_kernel.solvers.protocol import Setup, Station
from twin_kernel.variables import VARIABLES

__all__ = ["Inputs", "check_setup", "read_inputs", "write_inputs"]


_HEAVY = {"salinity", "temperature", "sediment"}
_KINDS = {"water_level", "discharge"}
_RANGES = {"initial_level": (-100.0, 5000.0), "latitude": (-90.0, 90.0)}  # m, degrees north


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
                         received=f"{setup.start} to {setup.stop}", allowed="start < stop",
                         next_step="give a stop that is later than start")
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
    check_processes(setup.processes)
    _check_density(setup, options)
    _check_when(setup, duration)
    _check_forcing(setup)
    _check_concentrations(setup)
    _check_weather(setup)
    _check_fields(setup)
    check_places(setup.processes, setup.mesh, setup.latitude, setup.initial_salinity)
    return options


def _check_density(setup: Setup, options: Options) -> None:
    """Refuse a density gradient of water that carries nothing: it would be nought, unsaid."""
    if options.density_gradient and not _HEAVY & set(setup.processes):
        raise InputError("Nothing in the water changes its density",
                         received="density_gradient=True with processes "
                                  + (", ".join(sorted(setup.processes)) or "none"),
                         allowed="one or more of " + ", ".join(sorted(_HEAVY)),
                         next_step="add processes={'salinity': {}} to the case")


def _check_when(setup: Setup, duration: float) -> None:
    """Refuse dye that would be released after the end of the period."""
    for one in setup.processes.get("dye", {}).get("releases", ()):
        if one.get("start", 0.0) >= duration:
            raise InputError("A release of dye begins after the end of the run",
                             received=f"start={one['start']:g} s", allowed=f"under {duration:g} s",
                             next_step="count the seconds from the start of the case")


def _check_forcing(setup: Setup) -> None:
    given, wanted = set(setup.forcing["boundary"].values.tolist()), set(setup.mesh.open_boundaries)
    if given != wanted:
        raise ForcingError(
            "The forcing is not for the open boundaries of this mesh",
            received=", ".join(sorted(given)) or "none", allowed=", ".join(sorted(wanted)),
            next_step="name the boundaries of the mesh as in the forcing")
    kinds = set(setup.forcing["kind"].values.tolist())
    if not kinds <= _KINDS:
        raise ForcingError("The forcing has boundaries of an unknown kind",
                           received=", ".join(sorted(map(str, kinds - _KINDS))),
                           allowed=", ".join(sorted(_KINDS)), next_step="correct forcing['kind']")
    _check_times(setup.forcing, "forcing")
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


def _check_concentrations(setup: Setup) -> None:
    """Refuse water that enters with an unknown or impossible concentration."""
    for name in tracers_of(setup.processes):
        if name not in setup.forcing:
            raise ForcingError(
                f"The forcing does not say with how much {name} water enters",
                received=", ".join(map(str, setup.forcing.data_vars)), allowed=f"a variable {name}",
                next_step=f"say it in the case: concentrations={{'BOUNDARY': {{'{name}': VALUE}}}}")
        low, high = VARIABLES[name].valid_range
        values = setup.forcing[name].values
        if not np.all((values >= low) & (values <= high)):
            raise ForcingError(f"The {name} of entering water is out of range",
                               received=f"{np.nanmin(values):g} to {np.nanmax(values):g}",
                               allowed=f"{low:g} to {high:g} {VARIABLES[name].units}"
                               .removesuffix(" 1"),
                               next_step=f"correct forcing['{name}']")


def _check_weather(setup: Setup) -> None:
    if setup.weather is None:
        return
    _check_times(setup.weather, "weather")
    first, last = setup.weather["time"].values[[0, -1]]
    if first > setup.start or last < setup.stop:
        raise ForcingError(
            "The period lies outside the weather", received=f"{setup.start} to {setup.stop}",
            allowed=f"{first} to {last}", next_step="change start and stop of the case")
    bad = [name for name, values in setup.weather.data_vars.items()
           if not np.isfinite(values.values).all()]
    if bad:
        raise ForcingError("The weather has gaps", received=f"NaN in {', '.join(map(str, bad))}",
                           allowed="finite values", next_step="fill or shorten the series")


def _check_times(series: xr.Dataset, what: str) -> None:
    """Refuse instants that do not follow one another: interpolation would take any of them."""
    times = series["time"].values
    # Also false of an instant that is none (NaT).
    later = times[1:] > times[:-1]
    if np.isnat(times).any() or not later.all():
        wrong = int(np.isnat(times).argmax()) if np.isnat(times).any() else int(later.argmin()) + 1
        raise ForcingError(f"The times of the {what} do not increase",
                           received=f"{times[wrong]} at row {wrong}, after {times[wrong - 1]}",
                           allowed="each instant once, in order",
                           next_step=f"sort the {what} and leave out what is double")


def _check_manning(setup: Setup) -> None:
    if isinstance(setup.manning, np.ndarray):
        if setup.manning.shape != (setup.mesh.n_face,):
            raise InputError("The field of Manning coefficients does not fit the mesh",
                             received=f"shape {setup.manning.shape}",
                             allowed=f"({setup.mesh.n_face},)", next_step="one value a triangle")
        extremes = {"lowest": float(setup.manning.min()), "highest": float(setup.manning.max())}
        given = {which: n for which, n in extremes.items() if not 0.0 <= n <= 0.2}
    else:
        missing = set(setup.mesh.zone_names) - set(setup.manning)
        if missing:
            raise InputError("Some friction zones of the mesh have no Manning coefficient",
                             received=", ".join(sorted(setup.manning)) or "none",
                             allowed=", ".join(setup.mesh.zone_names),
                             next_step=f"give one for {', '.join(sorted(missing))}")
        given = {zone: n for zone, n in setup.manning.items() if not 0.0 <= n <= 0.2}
    if given:
        raise InputError("Manning coefficient out of range", received=given,
                         allowed="0 to 0.2 s m^(-1/3)", next_step="correct it in the case")


def _check_fields(setup: Setup) -> None:
    _check_manning(setup)
    for name, (low, high) in _RANGES.items():
        value = getattr(setup, name)
        if not low <= value <= high:  # also true of NaN
            raise InputError(f"The {name} is out of range", received=value,
                             allowed=f"{low:g} to {high:g}", next_step=f"correct {name}")
    salinity = np.asarray(setup.initial_salinity)
    if salinity.shape != (setup.mesh.n_face,) or not np.all((salinity >= 0) & (salinity <= 42)):
        raise InputError("Initial salinity is refused", received=f"shape {salinity.shape}",
                         allowed=f"({setup.mesh.n_face},) values from 0 to 42",
                         next_step="give the practical salinity of each triangle")


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
