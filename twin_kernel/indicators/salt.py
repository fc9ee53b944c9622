"""How far salt reaches up the river."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin_kernel.errors import InputError

if TYPE_CHECKING:
    from twin_kernel.results import Results

__all__ = ["salt_intrusion_length", "salt_profile"]

_DRY = 0.05  # m; the salinity of less water than this says nothing


def salt_profile(results: Results, branch: str = "garonne") -> pd.DataFrame:
    """Return the salinity averaged over the water of each reach.

    Parameters
    ----------
    results : Results
    branch : {"estuary", "garonne", "dordogne"}
        A river is taken together with the estuary below it.

    Returns
    -------
    pandas.DataFrame
        Index ``time`` (UTC), columns ``km`` from the mouth; salinity weighted by volume.

    Raises
    ------
    InputError
        Unknown branch, or one the mesh does not cover.
    """
    from twin_kernel.results.channel import reaches
    from twin_kernel.results.selecting import face_field

    cut = reaches(results, branch)
    rows = []
    for frame in range(len(results.times)):  # one frame in memory at a time
        depth = face_field(results, "water_depth", frame)
        volume = np.where(depth > _DRY, depth, 0.0) * results.face_area
        rows.append(cut.mean(face_field(results, "salinity", frame), volume))
    return pd.DataFrame(np.array(rows), index=pd.Index(results.times, name="time"),
                        columns=pd.Index(cut.km, name="km"))


def salt_intrusion_length(results: Results, threshold: float = 2.0,
                          branch: str = "garonne") -> pd.Series:
    """Return how far from the mouth water saltier than a threshold is found.

    Parameters
    ----------
    results : Results
    threshold : float
        Salinity, practical scale, from 0 (excluded) to 42.
    branch : {"estuary", "garonne", "dordogne"}

    Returns
    -------
    pandas.Series
        Over ``time`` (UTC), km from the mouth: the farthest crossing of the section-mean
        salinity, interpolated between reaches of 2 km; 0 where no reach is that salty, and the
        last reach's distance where salt passes the end of the branch.

    Raises
    ------
    InputError
        Threshold out of range, unknown branch, or one the mesh does not cover.
    """
    if not 0.0 < threshold <= 42.0:
        raise InputError("The threshold of salinity is out of range", received=threshold,
                         allowed="more than 0, up to 42 (practical scale)",
                         next_step="2 is the usual limit of salt intrusion")
    profile = salt_profile(results, branch)
    km = profile.columns.to_numpy(dtype=float)
    length = [_farthest(km, row, threshold) for row in profile.to_numpy()]
    return pd.Series(length, index=profile.index, name="salt_intrusion_length")


def _farthest(km: np.ndarray, salinity: np.ndarray, threshold: float) -> float:
    known = np.isfinite(salinity)
    km, salinity = km[known], salinity[known]
    salty = np.flatnonzero(salinity >= threshold)
    if len(salty) == 0:
        return 0.0
    last = salty[-1]
    if last == len(km) - 1:
        return float(km[last])
    part = (salinity[last] - threshold) / (salinity[last] - salinity[last + 1])
    return float(km[last] + part * (km[last + 1] - km[last]))
