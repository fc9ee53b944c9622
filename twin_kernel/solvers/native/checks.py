"""What the native solver refuses before anything is written."""

from __future__ import annotations

from datetime import UTC

import numpy as np
import xarray as xr

from twin_kernel.errors import ForcingError, InputError
from twin_kernel.solvers.native.options import Options, read_options
from twin_kernel.solvers.native.selection import (
    check_places,
    check_processes,
    options_of,
    tracers_of,
)
from twin_kernel.solvers.protocol import Setup
from twin_kernel.variables import VARIABLES

__all__ = ["check_setup"]

_HEAVY = {"salinity", "temperature", "sediment"}
_KINDS = {"water_level", "discharge"}
_RANGES = {"initial_level": (-100.0, 5000.0), "latitude": (-90.0, 90.0)}  # m, degrees north


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
    _check_boundaries(setup)
    _check_concentrations(setup)
    _check_weather(setup)
    _check_waves(setup)
    _check_fields(setup)
    check_places(_with_swell(setup), setup.mesh, setup.latitude, setup.initial_salinity)
    return options


def _check_density(setup: Setup, options: Options) -> None:
    """Refuse a density gradient of water that carries nothing: it would be nought, unsaid."""
    if options.density_gradient is True and not _HEAVY & set(setup.processes):
        raise InputError("Nothing in the water changes its density",
                         received="density_gradient=True with processes "
                                  + (", ".join(sorted(setup.processes)) or "none"),
                         allowed="one or more of " + ", ".join(sorted(_HEAVY)),
                         next_step="add processes={'salinity': {}} to the case")


def _check_when(setup: Setup, duration: float) -> None:
    """Refuse dye and works that would all lie outside the period: nothing would be done, unsaid."""
    if "dye" in setup.processes:
        for one in options_of("dye", setup.processes["dye"]).releases:
            if one.start >= duration:
                raise InputError("A release of dye begins after the end of the run",
                                 received=f"start={one.start:g} s",
                                 allowed=f"under {duration:g} s",
                                 next_step="count the seconds from the start of the case")
    if "sediment" in setup.processes:
        for one in options_of("sediment", setup.processes["sediment"]).operations:
            first, last = (np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "ns")
                           for at in (one.start, one.stop))
            if last <= setup.start or first >= setup.stop:
                raise InputError(f"A {one.kind} of '{one.sediment}' lies outside the period",
                                 received=f"{one.start} to {one.stop}",
                                 allowed=f"some of {setup.start}Z to {setup.stop}Z",
                                 next_step="correct its start and stop, or leave it out")


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
    _check_times(setup, setup.forcing, "forcing")
    bad = [str(b) for b in setup.forcing["boundary"].values
           if not np.isfinite(setup.forcing["value"].sel(boundary=b)).all()]
    if bad:
        raise ForcingError("The forcing has gaps", received=f"NaN at {', '.join(bad)}",
                           allowed="finite values", next_step="fill or shorten the series")
    for name, kind in zip(setup.forcing["boundary"].values, setup.forcing["kind"].values,
                          strict=True):
        least = float(setup.forcing["value"].sel(boundary=name).min())
        if kind == "discharge" and least < 0.0:
            raise ForcingError(f"The discharge of the open boundary '{name}' is negative",
                               received=f"{least:g} m3/s", allowed="0 m3/s or more, entering",
                               next_step="correct its sign; give the level where water leaves")


def _check_boundaries(setup: Setup) -> None:
    """Refuse an open boundary that its own level never reaches: a tide that enters nowhere."""
    for name, ends in setup.mesh.open_boundaries.items():
        one = setup.forcing.sel(boundary=name)
        highest, lowest = float(one["value"].max()), float(setup.mesh.node_bed[ends].min())
        if str(one["kind"].values) == "water_level" and lowest >= highest:
            raise InputError(f"The open boundary '{name}' is always dry",
                             received=f"lowest bed {lowest:g} m, highest level {highest:.3g} m",
                             allowed="a bed below the level somewhere along it",
                             next_step="if the mesh gives depths, positive down, change their "
                                       "sign; or correct the bed or sea_level_offset")


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
    _check_times(setup, setup.weather, "weather")
    bad = [name for name, values in setup.weather.data_vars.items()
           if not np.isfinite(values.values).all()]
    if bad:
        raise ForcingError("The weather has gaps", received=f"NaN in {', '.join(map(str, bad))}",
                           allowed="finite values", next_step="fill or shorten the series")


def _with_swell(setup: Setup) -> dict[str, dict]:
    """Return the processes, with the swell of the weather among the options of the waves.

    So waves that meet their swell only later are asked for its entrance before they begin.
    """
    waves, weather = setup.processes.get("waves"), setup.weather
    if waves is None or weather is None or "swell_height" not in weather:
        return setup.processes
    comes = float(weather["swell_height"].max()) > 0.0
    return {**setup.processes, "waves": {**waves, "swell_height": 1.0 if comes else 0.0}}


def _check_waves(setup: Setup) -> None:
    """Refuse waves that nothing raises: they would be nought, unsaid."""
    waves = _with_swell(setup).get("waves")
    if waves is None or waves.get("swell_height", 0.0):
        return
    if setup.weather is None or "wind_x" not in setup.weather:
        raise InputError("Nothing raises the waves", received="waves without wind and swell",
                         allowed="weather with wind, or a swell_height above 0 m",
                         next_step="add weather='climatology' to the case, or "
                                   "processes={'waves': {'swell_height': 1.5}}")


def _check_times(setup: Setup, series: xr.Dataset, what: str) -> None:
    """Refuse instants that do not follow one another, or do not cover the period.

    Interpolation would take any of those that are there.
    """
    times = series["time"].values
    # Also false of an instant that is none (NaT).
    later = times[1:] > times[:-1]
    if np.isnat(times).any() or not later.all():
        wrong = int(np.isnat(times).argmax()) if np.isnat(times).any() else int(later.argmin()) + 1
        raise ForcingError(f"The times of the {what} do not increase",
                           received=f"{times[wrong]} at row {wrong}, after {times[wrong - 1]}",
                           allowed="each instant once, in order",
                           next_step=f"sort the {what} and leave out what is double")
    if times[0] > setup.start or times[-1] < setup.stop:
        raise ForcingError(
            f"The period lies outside the {what}", received=f"{setup.start} to {setup.stop}",
            allowed=f"{times[0]} to {times[-1]}", next_step="change start and stop of the case")


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
