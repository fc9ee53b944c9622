"""Instants and periods. All times of the twin are UTC, kept as ``numpy.datetime64`` without zone.

A time without zone is taken as UTC; one that states another zone is refused, because converting
it in silence would hide a mistake of hours in the tide.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from twin_kernel.errors import ForcingError

__all__ = ["FIRST_INSTANT", "LAST_INSTANT", "to_period", "to_utc"]

# Outside this span the polynomials of the astronomical arguments are extrapolated.
FIRST_INSTANT = np.datetime64("1900-01-01T00:00:00", "s")
LAST_INSTANT = np.datetime64("2100-01-01T00:00:00", "s")


def to_utc(instant: Any, what: str = "time") -> np.datetime64:
    """Return an instant as ``numpy.datetime64`` in UTC.

    Parameters
    ----------
    instant : str (ISO 8601), datetime.datetime, numpy.datetime64 or pandas.Timestamp
        With no zone (taken as UTC) or in UTC.
    what : str
        Name of the value, for the message.

    Raises
    ------
    ForcingError
        Not an instant, in another zone than UTC, or outside 1900–2100.
    """
    try:
        if isinstance(instant, str):
            datetime.fromisoformat(instant)  # pandas reads 05/08/2015 as the 8th of May
        # A bare number would be taken by pandas as nanoseconds since 1970.
        stamp = pd.NaT if isinstance(instant, int | float) else pd.Timestamp(instant)
    except (ValueError, TypeError):
        stamp = pd.NaT
    if stamp is pd.NaT:
        raise ForcingError(
            f"{what} is not an instant", received=repr(instant),
            allowed="an instant in UTC, ISO 8601",
            next_step="write it like 2015-03-01T00:00:00Z",
        )
    if stamp.tz is not None:
        universal = stamp.tz_convert("UTC").tz_localize(None)
        if stamp.utcoffset() != timedelta(0):
            raise ForcingError(
                f"{what} is not in UTC", received=stamp.isoformat(), allowed="times in UTC",
                next_step=f"write {universal.isoformat()}Z if that is the instant you mean",
            )
        stamp = universal
    # In seconds: nanoseconds wrap round every 584 years, and 2600 would be taken for 2015.
    if not FIRST_INSTANT <= stamp.to_datetime64().astype("datetime64[s]") <= LAST_INSTANT:
        raise ForcingError(
            f"{what} is outside the years for which the tide is predicted",
            received=stamp.isoformat(), allowed="1900-01-01 to 2100-01-01",
            next_step="choose a period within",
        )
    return stamp.to_datetime64().astype("datetime64[ns]")


def to_period(start: Any, stop: Any) -> tuple[np.datetime64, np.datetime64]:
    """Return both ends of a period in UTC; refuse one that does not advance."""
    first, last = to_utc(start, "start"), to_utc(stop, "stop")
    if last <= first:
        raise ForcingError(
            "the period does not advance: stop is not after start",
            received=f"start {_iso(first)}, stop {_iso(last)}",
            allowed=f"stop after {_iso(first)}", next_step="exchange or correct the two times",
        )
    return first, last


def _iso(instant: np.datetime64) -> str:
    return f"{np.datetime_as_string(instant, unit='s')}Z"
