"""Discharge of a river at its open boundary: a number, the climatology, or a measured series."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twin_kernel.catalog import open_catalog
from twin_kernel.errors import ForcingError
from twin_kernel.forcing.series import between, monthly_values, read_series

__all__ = ["MAXIMUM_DISCHARGE", "discharge_series"]

MAXIMUM_DISCHARGE = 20_000.0
"""Largest discharge accepted, m3/s: over three times the largest known of the Garonne (5,700)."""

_FORMS = (
    f"a number from 0 to {MAXIMUM_DISCHARGE:,.0f} m3/s, 'climatology', a pandas Series with UTC "
    "times, or a CSV file with columns time,discharge (UTC, m3/s)"
)
_COLUMNS = "time (UTC, ISO 8601) and discharge (m3/s)"
_REQUIRED = ("time", "discharge")


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
        Negative, absurd or missing values, unreadable file, or a series that has a hole or does
        not cover the instants.
    """
    if isinstance(given, bool) or given is None:
        raise ForcingError(f"no discharge of {river}", received=given, allowed=_FORMS,
                           next_step=f"give one of these for {river}")
    if isinstance(given, int | float | np.integer | np.floating):
        values, origin = np.full(len(times), float(given)), f"constant, {float(given):g} m3/s"
    elif isinstance(given, pd.Series):
        values = _between(given.to_frame("discharge"), times, river)
        origin = "series given by the user"
    elif isinstance(given, str) and given == "climatology":
        values = _climatology(times, river, climatology)
        origin = f"indicative monthly climatology, catalogue entry '{climatology}'"
    elif isinstance(given, str | Path):
        table, origin = read_series(given, f"discharge of {river}", _COLUMNS, _REQUIRED,
                                    "climatology")
        values = _between(table, times, river)
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
    table = open_catalog().read(entry).set_index("month")
    if river not in table.columns:
        raise ForcingError(
            f"the climatology '{entry}' has no column for {river}", received=river,
            allowed=", ".join(table.columns), next_step=f"give a number for {river}",
        )
    return monthly_values(table.loc[range(1, 13), river], times)


def _between(table: pd.DataFrame, times: np.ndarray, river: str) -> np.ndarray:
    _check_values(table["discharge"].to_numpy(float), river)
    values = between(table[["discharge"]], times, f"discharge of {river}")
    return values["discharge"].to_numpy()
