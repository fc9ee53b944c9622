"""Time series that a person gives as a CSV file or a table: read, checked, put on the wanted times.

A series with a hole is refused, not bridged: nobody would see in the result where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from twin_kernel.errors import ForcingError, did_you_mean
from twin_kernel.forcing.periods import to_utc

__all__ = ["between", "monthly", "read_series"]

_USUAL_STEPS, _ALWAYS_BRIDGED = 10.0, 3 * 86400.0  # -, s


def read_series(
    path: str | Path, what: str, columns: str, required: tuple[str, ...] = ("time",),
    word: str = "",
) -> tuple[pd.DataFrame, str]:
    """Read a CSV file with a column ``time`` (UTC) and others of numbers; "#" begins a comment.

    Parameters
    ----------
    path : str or Path
    what : str
        What it gives, for messages: "weather".
    columns : str
        Columns allowed with their units, for messages.
    required : tuple of str
        Columns without which it is refused.
    word : str
        What may be said in place of a file: "climatology".

    Returns
    -------
    pandas.DataFrame
        Times as index; what is not a number is NaN.
    str
        Origin: name of the file and its sha256.

    Raises
    ------
    ForcingError
        No file, not CSV, or a required column missing.
    """
    path = Path(path)
    if not path.is_file():
        raise _no_file(path, what, columns, word)
    try:
        table = pd.read_csv(path, comment="#")
    except (ValueError, UnicodeDecodeError) as error:
        raise ForcingError(
            f"{path} is not a CSV file", received=str(error), allowed=f"columns {columns}",
            next_step="save it as comma-separated text in UTF-8",
        ) from error
    if not set(required) <= set(table.columns):
        raise ForcingError(
            f"the {what} file lacks columns",
            received=f"{path} with columns {', '.join(map(str, table.columns))}",
            allowed=columns,
            next_step=f"name the columns of its first line {','.join(required)}")
    table = table.set_index("time").apply(pd.to_numeric, errors="coerce")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return table, f"series of the file {path.name}, sha256 {digest}"


def _no_file(path: Path, what: str, columns: str, word: str) -> ForcingError:
    file = f"a CSV file with columns {columns}"
    return ForcingError(
        f"the {what} names no file", received=str(path),
        allowed=f"'{word}', or {file}" if word else file,
        next_step=did_you_mean(path, [word] if word else [],
                               "correct the path, or give another form of it", cutoff=0.5))


def between(table: pd.DataFrame, times: np.ndarray, what: str,
            longest_gap: float | None = None) -> pd.DataFrame:
    """Return the values of a series at given instants, linear between its own.

    Parameters
    ----------
    table : pandas.DataFrame
        Numbers, with UTC times as index.
    times : (n,) datetime64
        Instants wanted, UTC.
    what : str
        For messages: "weather".
    longest_gap : float, optional
        Longest time between two rows, s; where it is not given ten times that between most rows,
        and three days at least.

    Raises
    ------
    ForcingError
        Empty, times that do not increase, values missing, a gap, or the period not covered.
    """
    index = pd.DatetimeIndex([to_utc(time, f"a time of the {what}") for time in table.index])
    if index.size == 0:
        raise ForcingError(f"the {what} series is empty", received="no row",
                           allowed="rows that cover the period", next_step="give a longer series")
    if not (index.is_monotonic_increasing and index.is_unique):
        raise ForcingError(
            f"the times of the {what} do not increase",
            received=f"{index.size} times from {index[0]} to {index[-1]}",
            allowed="increasing times, none twice",
            next_step="sort it by time and drop repeated times")
    _refuse_holes(table, index, what, longest_gap)
    wanted = pd.DatetimeIndex(times)
    if wanted[0] < index[0] or wanted[-1] > index[-1]:
        raise ForcingError(
            f"the {what} series does not cover the period",
            received=f"{wanted[0]} to {wanted[-1]}", allowed=f"{index[0]} to {index[-1]}",
            next_step="shorten the period or give a longer series")
    return _interpolated(table, index, wanted)


def _interpolated(table: pd.DataFrame, index: pd.DatetimeIndex,
                  wanted: pd.DatetimeIndex) -> pd.DataFrame:
    at, known = _seconds(wanted), _seconds(index)
    return pd.DataFrame(
        {name: np.interp(at, known, table[name].to_numpy(float)) for name in table}, index=wanted)


def monthly_values(means: Sequence[float], times: np.ndarray) -> np.ndarray:
    """Return twelve monthly means at given instants (n,), linear between middles of months.

    Many cases ask for the same instants: the last answers are kept, and nobody may write in them.
    """
    return _monthly_values(tuple(map(float, means)), times.tobytes(), times.dtype.str)


@lru_cache(maxsize=64)
def _monthly_values(means: tuple[float, ...], instants: bytes, kind: str) -> np.ndarray:
    table = pd.DataFrame({"value": means}, index=pd.RangeIndex(1, 13, name="month"))
    values = monthly(table, np.frombuffer(instants, dtype=kind))["value"].to_numpy()
    values.flags.writeable = False
    return values


def monthly(table: pd.DataFrame, times: np.ndarray) -> pd.DataFrame:
    """Return monthly means at given instants, linear between the middles of the months.

    Parameters
    ----------
    table : pandas.DataFrame
        Index 1 to 12.
    times : (n,) datetime64
        UTC.
    """
    index = pd.DatetimeIndex(times)
    numbers, middles = _months(index[0].to_period("M") - 1, index[-1].to_period("M") + 1)
    rows = table.loc[numbers].set_axis(middles)
    # Not `between`, which refuses the month before the first year allowed.
    _refuse_holes(rows, middles, "climatology", 32 * 86400.0)
    return _interpolated(rows, middles, index)


@lru_cache(maxsize=16)
def _months(first: pd.Period, last: pd.Period) -> tuple[pd.Index, pd.DatetimeIndex]:
    """Return the numbers of the months of a period and the middle of each."""
    months = pd.period_range(first, last, freq="M")
    return months.month, months.start_time + (months.end_time - months.start_time) / 2


def _refuse_holes(table: pd.DataFrame, index: pd.DatetimeIndex, what: str,
                  longest_gap: float | None) -> None:
    bad = ~np.isfinite(table.to_numpy(float))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ForcingError(
            f"the {what} has values that are not numbers",
            received=f"{table.columns[column]} at {index[row]}, {bad.sum()} in all",
            allowed="a finite number in every row and column",
            next_step="fill the hole from another source, or leave the column out")
    gaps = np.diff(_seconds(index))
    if not gaps.size:
        return
    if longest_gap is None:
        longest_gap = max(_ALWAYS_BRIDGED, _USUAL_STEPS * float(np.median(gaps)))
    if gaps.max() > longest_gap:
        where = int(gaps.argmax())
        raise ForcingError(
            f"the {what} series has a gap",
            received=f"{gaps[where] / 3600:g} h from {index[where]} to {index[where + 1]}",
            allowed=f"at most {longest_gap / 3600:g} h between rows",
            next_step="fill it with rows between the two, measured or estimated")


def _seconds(index: pd.DatetimeIndex) -> np.ndarray:
    return index.to_numpy().astype("datetime64[ns]").astype("int64") / 1e9
