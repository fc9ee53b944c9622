"""Longitudinal profiles and time series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from twin_kernel.errors import InputError
from twin_kernel.results.channel import Reaches, reaches, station_km
from twin_kernel.results.labels import field_label, time_label, word
from twin_kernel.results.opening import Results
from twin_kernel.results.scales import WET, has_ground
from twin_kernel.results.selecting import (
    check_field,
    face_field,
    field_of,
    frame_number,
    frames_between,
    station_names,
)
from twin_kernel.variables import VARIABLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["mark_stations", "plot_profile", "plot_stations", "profile"]

_CARRIED = {  # with the water: their mean over a section is weighted by volume
    "salinity", "temperature", "dissolved_oxygen", "oxygen_saturation", "dissolved_organic_carbon",
    "particulate_organic_carbon", "ammonia", "nitrate", "marked_water", "age_concentration",
    "residence_dye", *(name for name in VARIABLES if name.startswith("dye_")),
    "mud", "mud_2", "mud_3", "sand", "sand_2", "sand_3"}


def profile(results: Results, variable: str = "salinity", *, path: str = "garonne",
            frames: slice | None = None, length: float = 2.0) -> xr.DataArray:
    """Return a field along the river.

    What the water carries (salinity, temperature, oxygen, mud, dyes, ...) is the mean over each
    reach weighted by the volume of water; any other field is that of the deepest triangle of the
    reach, which stands for the channel.

    Parameters
    ----------
    results : Results
    variable : str
    path : str
        "estuary", "garonne" or "dordogne" (each from the mouth).
    frames : slice, optional
        Frames of the maps; all by default.
    length : float
        Length of a reach, km.

    Returns
    -------
    xarray.DataArray
        (time, km) or (km,), in the unit of the field; ``km`` from the mouth; NaN where dry. The
        attribute ``section`` says how it was taken: "section_mean" or "channel".

    Raises
    ------
    InputError
        Unknown variable or path.
    """
    check_field(results.dataset, variable)
    frames = frames or slice(0, len(results.times))
    along = reaches(results, path, length)
    values = _along(results, variable, along, frames)
    coordinates = {"km": ("km", along.km, {"units": "km", "long_name": "distance from the mouth"})}
    if values.ndim == 2:
        coordinates["time"] = results.times[frames]
    return xr.DataArray(values, coords=coordinates, dims=("time", "km")[2 - values.ndim:],
                        name=variable, attrs=VARIABLES[variable].attributes()
                        | {"section": "section_mean" if variable in _CARRIED else "channel"})


def _along(results: Results, variable: str, along: Reaches, frames: slice) -> np.ndarray:
    if variable in _CARRIED:
        volume = face_field(results, "water_depth", frames) * results.face_area
        return along.mean(face_field(results, variable, frames), volume)
    field = field_of(results.dataset, variable)
    if "time" not in field.dims:
        return face_field(results, variable)[along.deepest]
    # Only the triangles of the channel are kept: all frames of all triangles need not be held.
    kept = {"time": frames, field.dims[-1]: along.deepest}
    depth = results.dataset["water_depth"].isel(kept).values
    return np.where(has_ground(variable) | (depth > WET), field.isel(kept).values, np.nan)


def plot_profile(results: Results, variable: str = "salinity", time: Any = None, *,
                 path: str = "garonne", envelope: bool = True, language: str = "en",
                 axes: Axes | None = None) -> Axes:
    """Draw a field against the distance from the mouth.

    Parameters
    ----------
    results : Results
    variable : str
        A field of the maps with time.
    time : instant or list of instants, optional
        UTC; the last map by default.
    path : str
        "estuary", "garonne" or "dordogne" (each from the mouth).
    envelope : bool
        Shade from the lowest to the highest value of the whole run.
    language : {"en", "fr"}
    axes : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        Unknown variable, path or language, a field without time, or a time outside the maps.
    """
    label = field_label(variable, language) if variable in VARIABLES else ""
    moments = list(time) if isinstance(time, list | tuple | np.ndarray) else [time]
    numbers = [frame_number(results, moment) for moment in moments]
    whole = profile(results, variable, path=path, frames=None if envelope else
                    slice(min(numbers), max(numbers) + 1))
    if "time" not in whole.dims:
        raise InputError("This field does not change in time", received=variable,
                         allowed="a field of the maps with time",
                         next_step=f"plot_map(results, {variable!r}) shows it")
    axes = axes or _new_axes()
    if envelope:
        axes.fill_between(whole["km"], whole.min("time"), whole.max("time"), color="#7fb2d0",
                          alpha=0.35, linewidth=0, label=word("envelope", language))
    for number in numbers:
        axes.plot(whole["km"], whole.sel(time=results.times[number]),
                  label=time_label(results.times[number], language))
    how = word(whole.attrs["section"], language)
    title = f"{field_label(variable, language, unit=False)}, {how}"
    axes.set(xlabel=f"{word('distance', language)}, {word(path, language)}", ylabel=label,
             xlim=(0, float(whole["km"].max())))
    if variable == "salinity":
        axes.set_ylim(bottom=0)
    axes.set_title(title, loc="left", pad=54)
    mark_stations(axes, results, path)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    return axes


def mark_stations(axes: Axes, results: Results, path: str) -> None:
    """Write the names of the stations of a path on the upper side of the axes."""
    last, x_axis = -np.inf, axes.get_xaxis_transform()
    apart = 0.045 * np.ptp(axes.get_xlim())  # Royan and Port-Bloc face one another at the mouth
    for name, km in station_km(results, path).items():
        axes.axvline(km, color="#9aa4aa", linewidth=0.6, linestyle=":", zorder=0)
        at = max(km, last + apart)
        axes.text(at, 1.015, str(name), transform=x_axis, rotation=32, fontsize=8, color="#5a666d",
                  ha="left", va="bottom")
        last = at


def plot_stations(results: Results, variable: str = "water_level", stations: Any = None, *,
                  period: tuple[Any, Any] | None = None, language: str = "en",
                  axes: Any = None) -> np.ndarray:
    """Draw time series, one panel per station on one scale, from the sea upwards.

    Parameters
    ----------
    results : Results
    variable : str
        A field of the stations, or "current_speed".
    stations : str or list of str, optional
        All by default, in the order of the run.
    period : (start, stop), optional
        UTC; the whole run by default.
    language : {"en", "fr"}
    axes : sequence of matplotlib.axes.Axes, optional
        As many as stations.

    Returns
    -------
    (n_station,) array of matplotlib.axes.Axes
        Their figure is ``axes[0].figure``.

    Raises
    ------
    InputError
        Unknown variable, station or language, a period outside the run, or too few axes.
    """
    names = station_names(results, stations)
    values = field_of(results.stations, variable)
    times = results.stations["time"].values
    frames = frames_between(times, period)
    label = field_label(variable, language)
    panels = _panels(len(names)) if axes is None else np.atleast_1d(np.asarray(axes, object))
    if len(panels) != len(names):
        raise InputError("One panel is needed for each station", received=f"{len(panels)} axes",
                         allowed=f"{len(names)} axes", next_step="leave axes out")
    table = values.isel(time=frames).sel(station=names).transpose("station", "time").values
    low, high = float(np.nanmin(table)), float(np.nanmax(table))
    margin = 0.06 * max(high - low, 1e-3)
    for panel, name, series in zip(panels, names, table, strict=True):
        panel.plot(times[frames], series, color="#1f6f8b", linewidth=1.2)
        panel.set(xlim=(times[frames][0], times[frames][-1]), ylim=(low - margin, high + margin))
        panel.text(1.008, 0.5, name.replace("-", "-\n"), transform=panel.transAxes, fontsize=9,
                   va="center", fontweight="bold", color="#10242e")
        panel.grid(alpha=0.3)
    panels[0].set_title(label, loc="left")
    _date_axis(panels[-1], language)
    return panels


def _date_axis(axes: Axes, language: str) -> None:
    import matplotlib.dates as dates

    locator = dates.AutoDateLocator(minticks=3, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    # The concise formatter writes months in the system's language; numbers are the same in both.
    formats = ["%Y", "%Y-%m", "%d/%m", "%H:%M", "%H:%M", "%S.%f"]
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(
        locator, formats=formats, zero_formats=["", "%Y", "%d/%m", "%d/%m", "%H:%M", "%H:%M"],
        offset_formats=["", "%Y", "%Y", "%d/%m/%Y", "%d/%m/%Y", "%d/%m/%Y"]))
    axes.set_xlabel(word("time", language))


def _panels(count: int) -> np.ndarray:
    import matplotlib.pyplot as plt

    _, panels = plt.subplots(count, 1, figsize=(9, 1.2 + 1.15 * count), sharex=True,
                             squeeze=False, layout="constrained")
    return panels[:, 0]


def _new_axes() -> Axes:
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(9, 4.2), layout="constrained")[1]
