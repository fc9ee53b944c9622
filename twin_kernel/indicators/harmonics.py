"""Harmonic analysis of water levels, by utide: the same arguments as the prediction uses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from twin_kernel.errors import InputError

__all__ = ["LONG_RECORD", "SHORT_RECORD", "constituents_for", "harmonic_analysis"]

LONG_RECORD = ("M2", "S2", "M4", "O1", "K1", "M6", "MS4")
"""Constituents told apart in `_SPRING_NEAP` days; N2 and K2 are not and leak into M2 and S2."""

SHORT_RECORD = ("M2", "M4", "K1")
"""Constituents told apart in a record shorter than that: one per species."""

_SPRING_NEAP = np.timedelta64(14, "D")
_SHORTEST = np.timedelta64(25, "h")  # one lunar day holds a whole number of cycles of M2 and M4


def constituents_for(times: np.ndarray) -> tuple[str, ...]:
    """Return the constituents that a record of this length tells apart."""
    return LONG_RECORD if times[-1] - times[0] >= _SPRING_NEAP else SHORT_RECORD


def harmonic_analysis(level: np.ndarray, times: np.ndarray, latitude: float,
                      constituents: Sequence[str] | None = None) -> pd.DataFrame:
    """Fit tidal constituents to a series of levels by least squares.

    Parameters
    ----------
    level : (n,) float64
        Water level, m; NaN is left out.
    times : (n,) datetime64
        Instants, UTC, increasing.
    latitude : float
        Degrees north.
    constituents : sequence of str, optional
        By default `LONG_RECORD` for 14 days or more, else `SHORT_RECORD`.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``constituent`` in the order asked for: ``amplitude`` (m) and ``phase``
        (Greenwich phase lag, degrees, 0 to 360), nodal corrections applied.

    Raises
    ------
    InputError
        A record shorter than 25 hours, shapes that differ, or an unknown constituent.

    Notes
    -----
    Codiga, D. L. (2011), Unified tidal analysis and prediction using the UTide functions,
    technical report 2011-01, University of Rhode Island.
    """
    import utide  # 0.8 s to import

    level, times = np.asarray(level, dtype=float), np.asarray(times, dtype="datetime64[ns]")
    _check_record(level, times)
    wanted = list(constituents_for(times) if constituents is None else constituents)
    _check_names(wanted)
    found = utide.solve(times, level, lat=latitude, constit=wanted, nodal=True, trend=False,
                        method="ols", conf_int="none", verbose=False)
    table = pd.DataFrame({"amplitude": found.A, "phase": np.mod(found.g, 360.0)},
                         index=pd.Index([str(name) for name in found.name], name="constituent"))
    return table.loc[wanted]


def _check_record(level: np.ndarray, times: np.ndarray) -> None:
    if level.shape != times.shape or level.ndim != 1:
        raise InputError("Levels and times do not go together",
                         received=f"shapes {level.shape} and {times.shape}",
                         allowed="two series of one length", next_step="give one station")
    if len(times) < 2 or times[-1] - times[0] < _SHORTEST:
        received = (times[-1] - times[0]) / np.timedelta64(1, "h") if len(times) else 0.0
        raise InputError("The record is too short for a harmonic analysis",
                         received=f"{received:.1f} hours", allowed="25 hours or more",
                         next_step="lengthen the run, or skip less of its beginning")


def _check_names(constituents: list[str]) -> None:
    from utide._ut_constants import constit_index_dict

    unknown = [name for name in constituents if name not in constit_index_dict]
    if unknown or not constituents:
        raise InputError("Unknown tidal constituent", received=", ".join(unknown) or "none",
                         allowed=", ".join(constit_index_dict),
                         next_step="choose among these, in capitals")
