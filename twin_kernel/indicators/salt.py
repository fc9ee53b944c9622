"""How far the salt of the sea goes up the river."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from twin_kernel.errors import InputError
from twin_kernel.results import Results, profile
from twin_kernel.results.selecting import frames_between

__all__ = ["intrusion_km", "salt_intrusion_length"]


def salt_intrusion_length(results: Results, threshold: float = 2.0, branch: str = "garonne", *,
                          period: tuple[Any, Any] | None = None) -> pd.Series:
    """Return how far from the mouth the mean salinity of a section reaches a threshold.

    The salinity of each reach of 2 km is its mean weighted by the volume of water; between the
    middles of two reaches it is taken to change in proportion to the distance.

    Parameters
    ----------
    results : Results
    threshold : float
        Practical salinity; 2 is usual for the limit of salt water.
    branch : str
        "estuary", "garonne" or "dordogne", each from the mouth.
    period : (start, stop), optional
        UTC; the whole run by default.

    Returns
    -------
    pandas.Series
        km from the mouth, index ``time`` (UTC): the farthest place with that salinity; 0 where
        even the mouth is fresher, and the end of the branch where all of it is saltier.

    Raises
    ------
    InputError
        A threshold not positive, an unknown branch, or a period outside the maps.
    """
    if not 0.0 < threshold < 42.0:
        raise InputError("The threshold is not a salinity of brackish water", received=threshold,
                         allowed="more than 0 and less than 42", next_step="2 is usual")
    frames = frames_between(results.times, period)
    salinity = profile(results, "salinity", path=branch, frames=frames)
    km = intrusion_km(salinity["km"].values, salinity.values, threshold)
    return pd.Series(km, index=pd.DatetimeIndex(salinity["time"].values, name="time"),
                     name=f"salt_intrusion_{threshold:g}")


def intrusion_km(km: np.ndarray, salinity: np.ndarray, threshold: float) -> np.ndarray:
    """Return the farthest crossing of a threshold in each profile.

    Parameters
    ----------
    km : (n_reach,) float64
        Increasing.
    salinity : (n_time, n_reach) float64
        NaN where dry: a dry reach holds no salt water.
    threshold : float

    Returns
    -------
    (n_time,) float64
        km.
    """
    salinity = np.nan_to_num(np.atleast_2d(salinity), nan=0.0)
    salty = salinity >= threshold
    last = salinity.shape[1] - 1 - np.argmax(salty[:, ::-1], axis=1)
    upper = np.minimum(last + 1, len(km) - 1)
    row = np.arange(len(salinity))
    here, beyond = salinity[row, last], salinity[row, upper]
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(upper > last, (here - threshold) / (here - beyond), 0.0)
    found = km[last] + np.nan_to_num(part) * (km[upper] - km[last])
    return np.where(salty.any(axis=1), found, 0.0)
