"""Compares computed tides with those of gauges.

What is called observed is the tide predicted from a gauge's published constants at the instants
of the computed series, analysed by the same call. A month does not tell N2 or K2 from M2 and S2:
analysed alike, both series carry the same leakage, and their difference is that of the model.
The published constants, free of it, stand beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twin_kernel.errors import InputError
from twin_kernel.indicators.harmonics import constituents_for, harmonic_analysis

if TYPE_CHECKING:
    from twin_kernel.results import Results

__all__ = ["level_rmse", "observed_level", "skip_spin_up", "tide_skill"]

_COLUMNS = (
    "computed_amplitude", "observed_amplitude", "amplitude_error_percent", "computed_phase",
    "observed_phase", "phase_error_degrees", "published_amplitude", "published_phase",
)


def skip_spin_up(times: np.ndarray, skip: Any = None) -> slice:
    """Return the slice of a series that is left once its beginning is skipped.

    Parameters
    ----------
    times : (n,) datetime64
        Increasing.
    skip : datetime.timedelta, numpy.timedelta64, str ("2 days"), or None
        None skips nothing.

    Raises
    ------
    InputError
        Not a duration, negative, or nothing is left.
    """
    try:
        duration = pd.Timedelta(0 if skip is None else skip)
    except (ValueError, TypeError):
        duration = pd.NaT
    longest = pd.Timedelta(times[-1] - times[0])
    if duration is pd.NaT or not timedelta(0) <= duration < longest:
        raise InputError("The spin-up to skip does not fit the results", received=repr(skip),
                         allowed=f"a duration from 0 to less than {longest}",
                         next_step='write it like "2 days"')
    return slice(int(np.searchsorted(times, times[0] + duration.to_timedelta64())), len(times))


def observed_level(gauge: str, times: np.ndarray) -> np.ndarray:
    """Return the tide predicted from a gauge's constants, (n,) float64, m about the mean level."""
    from twin_kernel.catalog import gauge_constants, tide_gauges
    from twin_kernel.forcing import predict_tide

    latitude = float(tide_gauges().loc[gauge, "latitude"])
    return predict_tide(gauge_constants(gauge), times, latitude)


def tide_skill(results: Results, skip: Any = None, gauges: Sequence[str] | None = None,
               constituents: Sequence[str] = ("M2", "S2", "M4")) -> pd.DataFrame:
    """Compare constituents computed at stations with those of the gauges there.

    Parameters
    ----------
    results : Results
    skip : datetime.timedelta or str, optional
        Spin-up to leave out, from the start of the run.
    gauges : sequence of str, optional
        All stations of the run that are gauges with constants by default.
    constituents : sequence of str
        Rows of the table. Those that the record is too short to tell apart are left out: below
        14 days only M2, M4 and K1 are analysed.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``gauge, constituent``; amplitudes in m, phases in degrees (Greenwich lag),
        errors computed minus observed, in percent of the observed amplitude and in degrees from
        -180 to 180 (positive: the computed tide is late).

    Raises
    ------
    InputError
        A gauge that is no station of the run or has no constants, or a record too short.
    """
    from twin_kernel.catalog import gauge_constants, tide_gauges

    names = _gauges(results, gauges)
    all_times = results.stations["time"].values
    kept = skip_spin_up(all_times, skip)
    times = all_times[kept]
    analysed = constituents_for(times)
    shown = _shown(constituents, analysed)
    rows = {}
    for name in names:
        latitude = float(tide_gauges().loc[name, "latitude"])
        series = results.stations["water_level"].sel(station=name).values[kept]
        computed = harmonic_analysis(series, times, latitude, analysed)
        observed = harmonic_analysis(observed_level(name, times), times, latitude, analysed)
        published = gauge_constants(name).set_index("constituent")
        for one in shown:
            rows[name, one] = _row(computed.loc[one], observed.loc[one], published, one)
    index = pd.MultiIndex.from_tuples(rows, names=["gauge", "constituent"])
    return pd.DataFrame(list(rows.values()), index=index, columns=list(_COLUMNS))


def level_rmse(results: Results, skip: Any = None,
               gauges: Sequence[str] | None = None) -> pd.Series:
    """Return the root-mean-square difference of level from the gauges' tide, m, by gauge.

    The mean of each series is taken out first: the gauges' constants say nothing of it.

    Raises
    ------
    InputError
        As `tide_skill`.
    """
    names = _gauges(results, gauges)
    all_times = results.stations["time"].values
    kept = skip_spin_up(all_times, skip)
    found = {}
    for name in names:
        computed = results.stations["water_level"].sel(station=name).values[kept]
        difference = computed - observed_level(name, all_times[kept])
        found[name] = float(np.nanstd(difference))
    return pd.Series(found, name="rmse").rename_axis("gauge")


def _row(computed: pd.Series, observed: pd.Series, published: pd.DataFrame,
         constituent: str) -> tuple[float, ...]:
    late = (computed["phase"] - observed["phase"] + 180.0) % 360.0 - 180.0
    percent = 100.0 * (computed["amplitude"] / observed["amplitude"] - 1.0)
    known = constituent in published.index
    return (computed["amplitude"], observed["amplitude"], percent, computed["phase"],
            observed["phase"], late,
            float(published.loc[constituent, "amplitude"]) if known else np.nan,
            float(published.loc[constituent, "phase"]) % 360.0 if known else np.nan)


def _gauges(results: Results, wanted: Sequence[str] | None) -> list[str]:
    from twin_kernel.catalog import tide_constants

    stations = [str(name) for name in results.stations["station"].values]
    with_constants = set(tide_constants()["gauge"])
    usable = [name for name in stations if name in with_constants]
    wanted = [wanted] if isinstance(wanted, str) else wanted
    refused = [name for name in wanted or () if name not in usable]
    if refused or not usable:
        raise InputError("No such gauge among the stations of the run",
                         received=", ".join(refused or stations),
                         allowed=", ".join(usable) or "stations named like gauges of the catalogue",
                         next_step="choose among these")
    return usable if wanted is None else list(wanted)


def _shown(wanted: Sequence[str], analysed: Sequence[str]) -> list[str]:
    wanted = [wanted] if isinstance(wanted, str) else list(wanted)
    shown = [name for name in wanted if name in analysed]
    if not shown:
        raise InputError("The record does not tell these constituents apart",
                         received=", ".join(wanted), allowed=", ".join(analysed),
                         next_step="choose among these, or lengthen the run to 14 days")
    return shown
