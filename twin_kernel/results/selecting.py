"""Picks fields, instants, periods and stations; a refusal lists what there is."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from twin_kernel.errors import InputError, did_you_mean
from twin_kernel.forcing.periods import to_period, to_utc
from twin_kernel.results.opening import Results
from twin_kernel.variables import VARIABLES

__all__ = ["available_fields", "face_field", "frame_number", "frames_between", "station_names"]

SPEED = "current_speed"
"""Field that is not stored: the modulus of velocity_x and velocity_y, m/s."""


def available_fields(dataset: xr.Dataset) -> tuple[str, ...]:
    """Return the fields of the twin's table that a dataset holds or that follow from it."""
    names = [name for name in VARIABLES if name in dataset.variables]
    if {"velocity_x", "velocity_y"} <= set(names):
        names.append(SPEED)
    return tuple(names)


def check_field(dataset: xr.Dataset, name: str) -> None:
    """Refuse a field that the dataset does not hold.

    Raises
    ------
    InputError
    """
    allowed = available_fields(dataset)
    if name not in allowed:
        raise InputError("The results hold no such variable", received=repr(name),
                         allowed=", ".join(allowed),
                         next_step=did_you_mean(name, allowed, "use one of these"))


def field_of(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """Return a field, lazily; the current speed is computed from its components."""
    check_field(dataset, name)
    if name != SPEED or SPEED in dataset:
        return dataset[name]
    with xr.set_options(keep_attrs=False):
        speed = np.hypot(dataset["velocity_x"], dataset["velocity_y"])
    return speed.rename(SPEED).assign_attrs(VARIABLES[SPEED].attributes())


def face_field(results: Results, name: str, frame: int | slice | None = None) -> np.ndarray:
    """Return values on the triangles.

    Parameters
    ----------
    results : Results
    name : str
        A variable of the maps, or "current_speed".
    frame : int or slice, optional
        Which frames; all by default.

    Returns
    -------
    (n_face,) or (n_time, n_face) float64
        A field without time, such as the bed, has no time here either; one at the nodes is
        averaged over the three of each triangle.

    Raises
    ------
    InputError
        Unknown variable.
    """
    field = field_of(results.dataset, name)
    if "time" in field.dims and frame is not None:
        field = field.isel(time=frame)
    values = np.asarray(field.values, dtype=np.float64)
    if values.shape[-1] == len(results.node_xy[0]) and VARIABLES[name].location == "node":
        values = values[..., results.face_nodes].mean(axis=-1)
    return values


def frame_number(results: Results, time: Any = None) -> int:
    """Return the frame of the maps nearest to an instant.

    Parameters
    ----------
    results : Results
    time : str, datetime, numpy.datetime64, or None
        UTC; None is the last frame.

    Raises
    ------
    InputError
        Not an instant in UTC, or outside the period of the maps.
    """
    times = results.times
    if time is None:
        return len(times) - 1
    instant = to_utc(time)
    if not times[0] <= instant <= times[-1]:
        raise InputError(
            "The time is outside the period of the maps", received=_iso(instant),
            allowed=f"{_iso(times[0])} to {_iso(times[-1])}",
            next_step="choose a time within, or launch a case with a longer period")
    return int(np.abs(times - instant).argmin())


def frames_between(times: np.ndarray, period: tuple[Any, Any] | None) -> slice:
    """Return the slice of `times` within a period, both ends included.

    Raises
    ------
    InputError
        A period that does not advance, that reaches outside, or that holds no instant.
    """
    if period is None:
        return slice(0, len(times))
    start, stop = to_period(*period)
    if start < times[0] or stop > times[-1]:
        raise InputError(
            "The period reaches outside the results", received=f"{_iso(start)} to {_iso(stop)}",
            allowed=f"{_iso(times[0])} to {_iso(times[-1])}",
            next_step="shorten the period, or launch a case with a longer one")
    first, last = np.searchsorted(times, start), np.searchsorted(times, stop, side="right")
    if first == last:
        raise InputError("No instant of the results lies within the period",
                         received=f"{_iso(start)} to {_iso(stop)}",
                         allowed=f"a period longer than the interval, {times[1] - times[0]}",
                         next_step="lengthen the period")
    return slice(int(first), int(last))


def station_names(results: Results, wanted: Any = None) -> list[str]:
    """Return names of stations, all of them by default.

    Raises
    ------
    InputError
        A station the run has not.
    """
    present = [str(name) for name in results.stations["station"].values]
    if wanted is None:
        return present
    wanted = [wanted] if isinstance(wanted, str) else list(wanted)
    unknown = [name for name in wanted if name not in present]
    if unknown:
        raise InputError("The run has no such station", received=", ".join(map(repr, unknown)),
                         allowed=", ".join(present), next_step="use one of these names")
    return wanted


def _iso(instant: np.datetime64) -> str:
    return f"{np.datetime_as_string(instant, unit='s')}Z"
