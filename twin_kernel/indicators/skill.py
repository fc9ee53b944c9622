"""How far the computed tide is from the gauges.

"Observed" is the prediction from a gauge's published constants over the instants of the computed
series, analysed by the same call: what a fortnight cannot separate (N2, K2) leaks alike in both.
Mean levels are not compared: the zeros of the gauges are not tied to one another.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from twin_kernel.catalog import gauge_constants, tide_constants, tide_gauges
from twin_kernel.errors import InputError
from twin_kernel.forcing import predict_tide
from twin_kernel.forcing.tide import speed
from twin_kernel.indicators.harmonics import (
    harmonic_analysis,
    phase_difference,
    record_days,
    separable,
)
from twin_kernel.results import Results
from twin_kernel.results.selecting import frames_between, station_names

__all__ = ["level_skill", "observed_level", "settled", "tide_skill"]

SPIN_UP = np.timedelta64(1, "D")
"""Left out at the start where no period is given: the river forgets that it started from rest."""


def observed_level(gauge: str, times: np.ndarray) -> np.ndarray:
    """Return the tide predicted from a gauge's published constants.

    Parameters
    ----------
    gauge : str
        A gauge of the catalogue.
    times : (n,) datetime64
        UTC.

    Returns
    -------
    (n,) float64
        m about the mean level.

    Raises
    ------
    CatalogError
        Unknown gauge.
    """
    return predict_tide(gauge_constants(gauge), times, float(tide_gauges().at[gauge, "latitude"]))


def tide_skill(results: Results, gauges: Sequence[str] | None = None, *,
               constituents: Sequence[str] = ("M2", "S2", "M4"),
               period: tuple[Any, Any] | None = None) -> pd.DataFrame:
    """Compare computed and observed constituents at the gauges.

    Both series are analysed over the same instants with the same constituents, so that N2 and K2,
    which 15 days do not separate from M2 and S2, leak equally in both. The published constants,
    from years of observations, are beside them; they differ from "observed" by that leak.

    Parameters
    ----------
    results : Results
    gauges : sequence of str, optional
        Stations of the run that are gauges of the catalogue; all by default.
    constituents : sequence of str
        One that the record is too short to separate has NaN in its row, and a warning.
    period : (start, stop), optional
        UTC; by default all but the first day, or all where there is no more than two.

    Returns
    -------
    pandas.DataFrame
        Index ``gauge, constituent`` in the order of the run. ``computed_amplitude``,
        ``observed_amplitude``, ``published_amplitude`` (m), ``amplitude_error`` (%, of the
        observed), ``computed_phase``, ``observed_phase``, ``published_phase`` (Greenwich lag,
        degrees), ``phase_error`` (degrees, positive where the computed tide is late),
        ``phase_error_minutes``, ``vector_error`` (m, modulus of the complex difference).

    Raises
    ------
    InputError
        Unknown gauge, no gauge in the run, or a period outside it.
    """
    names = _gauges(results, gauges)
    frames = settled(results, period)
    times = results.stations["time"].values[frames]
    days = record_days(times)
    found = separable(days)
    analysed = separable(days, [*constituents, *(name for name in found
                                                 if name not in constituents)])
    untold = [name for name in constituents if name not in analysed]
    if untold:
        warnings.warn(f"{days:.1f} days do not tell {', '.join(untold)} from the others: empty in "
                      "this table. Fifteen days and the spin-up tell M2, S2 and M4", stacklevel=2)
    published = tide_constants().set_index(["gauge", "constituent"])
    latitudes = tide_gauges()["latitude"]
    rows = []
    for name in names:
        series = results.stations["water_level"].sel(station=name).values[frames]
        observed = observed_level(name, times)
        tables = [harmonic_analysis(one, times, float(latitudes[name]), analysed)
                  if analysed else None for one in (series, observed)]
        rows += [_row(name, constituent, *tables, published) for constituent in constituents]
    return pd.DataFrame(rows).set_index(["gauge", "constituent"])


def level_skill(results: Results, gauges: Sequence[str] | None = None, *,
                period: tuple[Any, Any] | None = None) -> pd.DataFrame:
    """Compare computed and predicted levels about their means, instant by instant.

    Parameters
    ----------
    results, gauges, period
        As in `tide_skill`.

    Returns
    -------
    pandas.DataFrame
        Index ``gauge``; ``rms_error`` (m), ``correlation``, ``computed_range`` and
        ``observed_range`` (m, highest minus lowest level).

    Raises
    ------
    InputError
        As `tide_skill`.
    """
    names, frames = _gauges(results, gauges), settled(results, period)
    times = results.stations["time"].values[frames]
    rows = []
    for name in names:
        computed = results.stations["water_level"].sel(station=name).values[frames]
        observed = observed_level(name, times)
        error = (computed - computed.mean()) - (observed - observed.mean())
        rows.append({"gauge": name, "rms_error": float(np.sqrt(np.mean(error**2))),
                     "correlation": float(np.corrcoef(computed, observed)[0, 1]),
                     "computed_range": float(np.ptp(computed)),
                     "observed_range": float(np.ptp(observed))})
    return pd.DataFrame(rows).set_index("gauge")


def settled(results: Results, period: tuple[Any, Any] | None = None, *,
            maps: bool = False) -> slice:
    """Return the frames of a period, or all after the spin-up of one day.

    Parameters
    ----------
    results : Results
    period : (start, stop), optional
        UTC.
    maps : bool
        Frames of the maps; of the stations otherwise.
    """
    times = results.times if maps else results.stations["time"].values
    if period is None and times[-1] - times[0] > 2 * SPIN_UP:
        return slice(int(np.searchsorted(times, times[0] + SPIN_UP)), len(times))
    return frames_between(times, period)


def _gauges(results: Results, wanted: Sequence[str] | None) -> list[str]:
    known = tide_gauges().index
    names = station_names(results, wanted)
    gauges = [name for name in names if name in known]
    if not gauges or (wanted is not None and len(gauges) < len(names)):
        raise InputError("Not a gauge of the catalogue",
                         received=", ".join(name for name in names if name not in known),
                         allowed=", ".join(known),
                         next_step="name stations of the case after gauges of the catalogue")
    return gauges


def _row(gauge: str, constituent: str, computed: pd.DataFrame | None,
         observed: pd.DataFrame | None, published: pd.DataFrame) -> dict[str, Any]:
    def values(table, key) -> tuple[float, float]:
        if table is None or key not in table.index:
            return np.nan, np.nan
        return float(table.at[key, "amplitude"]), float(table.at[key, "phase"])

    (a, g), (b, h) = values(computed, constituent), values(observed, constituent)
    c, k = values(published, (gauge, constituent))
    late = float(phase_difference(g, h))
    vector = abs(a * np.exp(-1j * np.radians(g)) - b * np.exp(-1j * np.radians(h)))
    return {"gauge": gauge, "constituent": constituent, "computed_amplitude": a,
            "observed_amplitude": b, "published_amplitude": c,
            "amplitude_error": 100.0 * (a / b - 1.0), "computed_phase": g, "observed_phase": h,
            "published_phase": k, "phase_error": late,
            "phase_error_minutes": late / speed(constituent) * 60.0, "vector_error": float(vector)}
