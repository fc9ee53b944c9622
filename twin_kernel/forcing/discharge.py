"""Discharge of a river at its open boundary: a number, the climatology, or a measured series."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twin_kernel.catalog import open_catalog
from twin_kernel.errors import ForcingError
from twin_kernel.forcing.periods import to_utc

__all__ = ["MAXIMUM_DISCHARGE", "discharge_series"]

MAXIMUM_DISCHARGE = 20_000.0
"""Largest discharge accepted, m3/s: over three times the largest known of the Garonne (5,700)."""

_FORMS = (
    f"a number from 0 to {MAXIMUM_DISCHARGE:,.0f} m3/s, 'climatology', a pandas Series with UTC "
    "times, or a CSV file with columns time,discharge (UTC, m3/s)"
)


def discharge_series(
    given: Any, times: np.ndarray, river: str, climatology: str = "discharge_climatology"
) -> tuple[np.ndarray, str]:
    """Return the discharge of a river at given instants.

    Parameters
    ----------
    given : float, str, Path or pandas.Series
        m3/s, the word "climatology", a CSV file (columns ``time`` in UTC and ``discharge`` in
        m3/s), or a series in m3/s with UTC times as index.
    times : (n,) datetime64
        Instants wanted, UTC.
    river : str
        Name of the boundary; column of the climatology.
    climatology : str
        Entry of the catalogue with monthly means.

    Returns
    -------
    (n,) float64
        Discharge entering, m3/s. Linear between measured values, and between monthly means put
        in the middle of their months.
    str
        One sentence on the origin.

    Raises
    ------
    ForcingError
        Negative, absurd or missing values, unreadable file, or a series that does not cover
        the instants.
    """
    if isinstance(given, bool) or given is None:
        raise ForcingError(f"no discharge of {river}", received=given, allowed=_FORMS,
                           next_step=f"give one of these for {river}")
    if isinstance(given, int | float | np.integer | np.floating):
        values, origin = np.full(len(times), float(given)), f"constant, {float(given):g} m3/s"
    elif isinstance(given, pd.Series):
        values, origin = _between(given, times, river), "series given by the user"
    elif isinstance(given, str) and given == "climatology":
        values = _climatology(times, river, climatology)
        origin = f"indicative monthly climatology, catalogue entry '{climatology}'"
    elif isinstance(given, str | Path):
        values = _between(_read(Path(given), river), times, river)
        digest = hashlib.sha256(Path(given).read_bytes()).hexdigest()
        origin = f"series of the file {Path(given).name}, sha256 {digest}"
    else:
        raise ForcingError(f"no discharge of {river}", received=repr(given), allowed=_FORMS,
                           next_step=f"give one of these for {river}")
    _check_values(values, river)
    return values, origin


def _check_values(values: np.ndarray, river: str) -> None:
    bad = ~(np.isfinite(values) & (values >= 0) & (values <= MAXIMUM_DISCHARGE))
    if bad.any():
        value = values[bad][0]
        what = "is not a number" if not np.isfinite(value) else (
            "is negative" if value < 0 else "is beyond any flood of this river"
        )
        raise ForcingError(
            f"the discharge of {river} {what}", received=f"{value:g} m3/s",
            allowed=f"0 to {MAXIMUM_DISCHARGE:,.0f} m3/s, entering the domain",
            next_step=f"give another value, or 'climatology', for {river}",
        )


def _climatology(times: np.ndarray, river: str, entry: str) -> np.ndarray:
    monthly = open_catalog().read(entry).set_index("month")
    if river not in monthly.columns:
        raise ForcingError(
            f"the climatology '{entry}' has no column for {river}", received=river,
            allowed=", ".join(monthly.columns), next_step=f"give a number for {river}",
        )
    index = pd.DatetimeIndex(times)
    months = pd.period_range(index[0].to_period("M") - 1, index[-1].to_period("M") + 1, freq="M")
    middles = months.start_time + (months.end_time - months.start_time) / 2
    means = monthly[river].to_numpy(float)[months.month - 1]
    return np.interp(_seconds(index), _seconds(middles), means)


def _read(path: Path, river: str) -> pd.Series:
    if not path.is_file():
        raise ForcingError(
            f"the discharge of {river} names no file", received=str(path), allowed=_FORMS,
            next_step="correct the path",
        )
    try:
        table = pd.read_csv(path, comment="#")
    except (ValueError, UnicodeDecodeError) as error:
        raise ForcingError(
            f"{path} is not a CSV file", received=str(error),
            allowed="columns time (UTC, ISO 8601) and discharge (m3/s)",
            next_step="save it as comma-separated text in UTF-8",
        ) from error
    if not {"time", "discharge"} <= set(table.columns):
        raise ForcingError(
            f"the discharge file of {river} lacks columns",
            received=f"{path} with columns {', '.join(map(str, table.columns))}",
            allowed="time (UTC, ISO 8601) and discharge (m3/s)",
            next_step="name the columns of its first line time,discharge",
        )
    instants = [to_utc(text, f"time in {path}") for text in table["time"]]
    return pd.Series(pd.to_numeric(table["discharge"], errors="coerce").to_numpy(float), instants)


def _between(series: pd.Series, times: np.ndarray, river: str) -> np.ndarray:
    index = pd.DatetimeIndex(
        [to_utc(instant, f"a time of the discharge of {river}") for instant in series.index]
    )
    if index.size == 0:
        raise ForcingError(f"the discharge series of {river} is empty", received="no value",
                           allowed=_FORMS, next_step="give a series that covers the period")
    if not (index.is_monotonic_increasing and index.is_unique):
        raise ForcingError(
            f"the times of the discharge of {river} do not increase",
            received=f"{index.size} times from {index[0]} to {index[-1]}",
            allowed="increasing times, none twice",
            next_step="sort it by time and drop repeated times",
        )
    values = series.to_numpy(float)
    _check_values(values, river)
    wanted = pd.DatetimeIndex(times)
    if wanted[0] < index[0] or wanted[-1] > index[-1]:
        raise ForcingError(
            f"the discharge series of {river} does not cover the period",
            received=f"{wanted[0]} to {wanted[-1]}", allowed=f"{index[0]} to {index[-1]}",
            next_step="shorten the period or give a longer series",
        )
    return np.interp(_seconds(wanted), _seconds(index), values)


def _seconds(index: pd.DatetimeIndex) -> np.ndarray:
    return index.to_numpy().astype("datetime64[ns]").astype("int64") / 1e9
