"""The tide along the channel: range and constituents, from the maps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twin_kernel.catalog import tide_gauges
from twin_kernel.errors import InputError
from twin_kernel.indicators.harmonics import analyse_together, record_days, separable
from twin_kernel.indicators.skill import observed_level, settled
from twin_kernel.results import Results, profile, station_km
from twin_kernel.results.labels import check_language, word
from twin_kernel.results.lines import mark_stations

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["constituent_profile", "plot_tidal_range", "spring_neap", "tidal_range_profile",
           "tidal_ranges"]

_TIDE = np.timedelta64(12 * 3600 + 25 * 60, "s")  # a tide of M2, to the minute
_COARSEST = np.timedelta64(90, "m")


def tidal_ranges(level: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the range of each successive tide: highest minus lowest level in 12 h 25 min.

    Parameters
    ----------
    level : (n_time, ...) float64
        m.
    times : (n_time,) datetime64
        At most 90 minutes apart. The true extremes lie between the instants: with an interval Δ
        the range of a tide of period T is too small by at most 1 − cos(πΔ/T) of it, that is 3 %
        for hourly and 0.1 % for 10-minute values.

    Returns
    -------
    (n_tide, ...) float64
        m; the part of a tide at the end is left out.

    Raises
    ------
    InputError
        Less than one tide, or instants too far apart.
    """
    times = np.asarray(times, dtype="datetime64[ns]")
    count = int((times[-1] - times[0]) / _TIDE) if len(times) else 0
    if count < 1 or np.diff(times).max() > _COARSEST:
        raise InputError("The series does not show the range of a tide",
                         received=f"{len(times)} instants over {record_days(times):.2f} days"
                         if len(times) else "no instant",
                         allowed="at least 12 h 25 min, at most 90 minutes between instants",
                         next_step="launch a case with a longer period or a shorter map_interval")
    edges = np.searchsorted(times, times[0] + np.arange(count + 1) * _TIDE)
    # Both ends belong to a tide, so that an extreme at its border is not lost.
    return np.array([np.ptp(level[a:b + 1], axis=0) for a, b in pairwise(edges)])


def tidal_range_profile(results: Results, branch: str = "garonne", *,
                        period: tuple[Any, Any] | None = None) -> pd.DataFrame:
    """Return the tidal range along the channel.

    Parameters
    ----------
    results : Results
    branch : str
        "estuary", "garonne" or "dordogne", each from the mouth.
    period : (start, stop), optional
        UTC; all but the first day by default.

    Returns
    -------
    pandas.DataFrame
        Index ``km`` from the mouth; ``mean``, ``largest`` and ``smallest`` range of the period's
        tides, m, in the deepest triangle of each 2 km; reaches whose channel dries at low water
        are left out, as they hold no whole tide. See `tidal_ranges` for the effect of the
        interval between maps.

    Raises
    ------
    InputError
        Unknown branch, period outside the maps, less than one tide, or maps too far apart.
    """
    level = _level_along(results, branch, period)
    ranges = tidal_ranges(level.values, level["time"].values)
    return pd.DataFrame({"mean": ranges.mean(axis=0), "largest": ranges.max(axis=0),
                         "smallest": ranges.min(axis=0)},
                        index=pd.Index(level["km"].values, name="km"))


def _level_along(results: Results, branch: str, period: tuple[Any, Any] | None) -> xr.DataArray:
    """Return the level in the channel, (time, km), of the reaches that never dry."""
    frames = settled(results, period, maps=True)
    return profile(results, "water_level", path=branch, frames=frames).dropna("km")


def constituent_profile(results: Results, branch: str = "garonne", *,
                        constituents: Sequence[str] = ("M2", "M4"),
                        period: tuple[Any, Any] | None = None) -> pd.DataFrame:
    """Return amplitude and phase of constituents along the channel.

    N2 and K2 leak into M2 and S2 in 15 days (see `harmonic_analysis`): compare with a gauge
    through `tide_skill`, whose "observed" leaks alike.

    Parameters
    ----------
    results, branch, period
        As in `tidal_range_profile`.
    constituents : sequence of str

    Returns
    -------
    pandas.DataFrame
        Index ``km``; columns (constituent, "amplitude") in m and (constituent, "phase"), Greenwich
        lag in degrees.

    Raises
    ------
    InputError
        As `tidal_range_profile`, or a record too short for the constituents.
    """
    level = _level_along(results, branch, period)
    times = level["time"].values
    latitude = _latitude(results)
    others = [name for name in separable(record_days(times)) if name not in constituents]
    kept = separable(record_days(times), [*constituents, *others])
    # A constituent asked for that does not separate is refused by the analysis, with the length.
    names = [*constituents, *(name for name in kept if name not in constituents)]
    found = analyse_together(level.values, times, latitude, names)
    columns = {}
    for name, amplitude in zip(constituents, found, strict=False):
        columns[name, "amplitude"] = np.abs(amplitude)
        columns[name, "phase"] = np.mod(-np.degrees(np.angle(amplitude)), 360.0)
    return pd.DataFrame(columns, index=pd.Index(level["km"].values, name="km"))


def spring_neap(results: Results, station: str = "Port-Bloc") -> pd.DataFrame:
    """Return the range of each tide at a station, and which is the spring and the neap tide.

    Parameters
    ----------
    results : Results
    station : str

    Returns
    -------
    pandas.DataFrame
        Index ``time`` (UTC, middle of the tide); ``range`` (m) and ``kind``: "spring" for the
        tide of largest range, "neap" for that of smallest, "" otherwise.

    Raises
    ------
    InputError
        Unknown station, or less than one tide.
    """
    from twin_kernel.results.selecting import station_names

    station_names(results, station)
    frames = settled(results)
    times = results.stations["time"].values[frames]
    level = results.stations["water_level"].sel(station=station).values[frames]
    ranges = tidal_ranges(level, times)
    middle = times[0] + (np.arange(len(ranges)) * 2 + 1) * (_TIDE // 2)
    kind = np.full(len(ranges), "", dtype=object)
    kind[ranges.argmin()], kind[ranges.argmax()] = "neap", "spring"
    return pd.DataFrame({"range": ranges, "kind": kind},
                        index=pd.DatetimeIndex(middle, name="time"))


def plot_tidal_range(results: Results, branch: str = "garonne", *,
                     period: tuple[Any, Any] | None = None, language: str = "en",
                     axes: Axes | None = None) -> Axes:
    """Draw how the tidal range grows along the channel, with the gauges.

    Dots are the mean range at the gauges, predicted from their constants over the same instants.

    Parameters
    ----------
    results, branch, period
        As in `tidal_range_profile`.
    language : {"en", "fr"}
    axes : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        As `tidal_range_profile`, or an unknown language.
    """
    import matplotlib.pyplot as plt

    check_language(language)
    table = tidal_range_profile(results, branch, period=period)
    axes = axes or plt.subplots(figsize=(9, 4.2), layout="constrained")[1]
    axes.fill_between(table.index, table["smallest"], table["largest"], color="#7fb2d0", alpha=0.35,
                      linewidth=0,
                      label=f"{word('smallest', language)} – {word('largest', language)}")
    axes.plot(table.index, table["mean"], color="#1f6f8b",
              label=f"{word('mean', language)}, {word('computed', language)}")
    gauges = _gauge_ranges(results, branch, period)
    if len(gauges):
        axes.plot(gauges.index, gauges, "o", color="#c1432e",
                  label=f"{word('mean', language)}, {word('gauge', language)}")
    axes.set(xlabel=f"{word('distance', language)}, {word(branch, language)}", ylim=(0, None),
             ylabel=word("range", language), xlim=(0, table.index.max()))
    axes.set_title(word("range_title", language), loc="left", pad=54)
    mark_stations(axes, results, branch)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    return axes


def _gauge_ranges(results: Results, branch: str, period) -> pd.Series:
    """Return the mean range predicted at the gauges of a path over the maps' instants, by km."""
    times = results.times[settled(results, period, maps=True)]
    places = station_km(results, branch)
    found = {}
    for name, km in places[places.index.isin(tide_gauges().index)].items():
        found[float(km)] = float(tidal_ranges(observed_level(str(name), times), times).mean())
    return pd.Series(found, dtype=float)


def _latitude(results: Results) -> float:
    if results.node_degrees is None:
        raise InputError("The mesh has no latitude", received=str(results.folder),
                         allowed="a mesh in a known projection",
                         next_step="state the projection when the mesh is read")
    return float(np.mean(results.node_degrees[1]))
