"""The tide along the channel, from the maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twin_kernel.errors import InputError
from twin_kernel.indicators.harmonics import harmonic_analysis
from twin_kernel.indicators.skill import skip_spin_up

if TYPE_CHECKING:
    from twin_kernel.results import Results

__all__ = ["amplitude_profile", "tidal_range_profile"]

_CYCLE = np.timedelta64(745, "m")  # 12 h 25 min, a cycle of M2


def tidal_range_profile(results: Results, branch: str = "garonne",
                        skip: Any = None) -> pd.DataFrame:
    """Return the tidal range along the channel.

    Parameters
    ----------
    results : Results
    branch : {"estuary", "garonne", "dordogne"}
        A river is taken together with the estuary below it.
    skip : datetime.timedelta or str, optional
        Spin-up to leave out.

    Returns
    -------
    pandas.DataFrame
        ``km`` from the mouth, and ``range``, ``smallest``, ``largest`` (m): the mean and extremes
        over tides of 12 h 25 min of highest less lowest level in the deepest triangle of each
        reach of 2 km. Maps an hour apart miss up to 1/30 of the range.

    Raises
    ------
    InputError
        Less than one tide is left, unknown branch, or one the mesh does not cover.
    """
    times, km, level = _levels(results, branch, skip)
    number = ((times - times[0]) / _CYCLE).astype(np.int64)
    whole = int((times[-1] - times[0]) / _CYCLE)
    if whole < 1:
        raise InputError("The maps do not cover a tide",
                         received=str(pd.Timedelta(times[-1] - times[0])),
                         allowed="12 h 25 min or more",
                         next_step="lengthen the run, or skip less of its beginning")
    ranges = np.array([np.ptp(level[number == tide], axis=0) for tide in range(whole)])
    return pd.DataFrame({"km": km, "range": ranges.mean(axis=0), "smallest": ranges.min(axis=0),
                         "largest": ranges.max(axis=0)})


def amplitude_profile(results: Results, branch: str = "garonne", skip: Any = None,
                      constituent: str = "M2") -> pd.DataFrame:
    """Return the amplitude and phase of a constituent along the channel.

    Parameters
    ----------
    results : Results
    branch : {"estuary", "garonne", "dordogne"}
    skip : datetime.timedelta or str, optional
        Spin-up to leave out.
    constituent : str
        One that the record tells apart.

    Returns
    -------
    pandas.DataFrame
        ``km`` from the mouth, ``amplitude`` (m) and ``phase`` (Greenwich lag, degrees).

    Raises
    ------
    InputError
        A record too short, unknown branch or constituent.
    """
    from twin_kernel.catalog import river_definition
    from twin_kernel.indicators.harmonics import constituents_for

    times, km, level = _levels(results, branch, skip)
    analysed = constituents_for(times)
    if constituent not in analysed:
        raise InputError("The record does not tell this constituent apart", received=constituent,
                         allowed=", ".join(analysed), next_step="choose among these")
    latitude = river_definition(results.river).latitude
    found = [harmonic_analysis(series, times, latitude, analysed).loc[constituent]
             for series in level.T]
    return pd.DataFrame(found).reset_index(drop=True).rename_axis(None, axis=1).assign(
        km=km)[["km", "amplitude", "phase"]]


def _levels(results: Results, branch: str, skip: Any
            ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return instants, km of the reaches, and level in the deepest triangle of each (time, n)."""
    from twin_kernel.results.channel import reaches

    cut = reaches(results, branch)
    kept = skip_spin_up(results.times, skip)
    level = results.dataset["water_level"].isel(time=kept).values[:, cut.deepest]
    return results.times[kept], cut.km, level.astype(np.float64)
