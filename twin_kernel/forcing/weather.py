r"""Weather over the river: constants, a measured series, or the climatology; refused when doubtful.

The weather is uniform over the river. A wind given by speed and direction of origin (degrees
clockwise from true north) becomes components towards east and true north, before any
interpolation: :math:`w_x = -w \sin d`, :math:`w_y = -w \cos d`. `to_grid_north` turns them
to the axes of a mesh.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from twin_kernel.catalog import open_catalog
from twin_kernel.errors import ForcingError
from twin_kernel.forcing.series import between, monthly, read_series
from twin_kernel.variables import VARIABLES

__all__ = ["WEATHER_COLUMNS", "weather_series"]

WEATHER_COLUMNS = (
    "wind_speed", "wind_from_direction", "wind_x", "wind_y", "air_pressure", "air_temperature",
    "relative_humidity", "cloud_cover", "shortwave", "swell_height", "swell_period",
    "swell_from_direction",
)
"""What weather may be given of, with the units and bounds of ``VARIABLES``."""

_COLUMNS = "time (UTC), " + ", ".join(
    f"{name} ({VARIABLES[name].units})" for name in WEATHER_COLUMNS)
_FORMS = "a dict of constants, a CSV file or pandas DataFrame with UTC times, or 'climatology'"
_PAIRS = (("wind_speed", "wind_from_direction"), ("wind_x", "wind_y"))
_HINTS = {"air_pressure": "give it in Pa: 1 hPa is 100 Pa",
          "air_temperature": "give it in degC: 0 degC is 273.15 K",
          "relative_humidity": "give it as a fraction: 80 % is 0.8",
          "cloud_cover": "give it as a fraction: 4 eighths are 0.5"}


def weather_series(
    given: Any, times: np.ndarray, *, longest_gap: float = 86400.0,
    climatology: str = "weather_climatology",
) -> xr.Dataset:
    """Return the weather at given instants.

    Parameters
    ----------
    given : mapping of str to float, str, Path or pandas.DataFrame
        Constants; the word "climatology"; a CSV file with a column ``time`` (UTC); or a table
        with UTC times as index. Columns: `WEATHER_COLUMNS`, any of them, the wind as speed and
        direction or as components, ``wind_x`` towards east and ``wind_y`` towards true north.
    times : (n,) datetime64
        Instants wanted, UTC.
    longest_gap : float
        Longest time between two rows of a series, s.
    climatology : str
        Entry of the catalogue with monthly means.

    Returns
    -------
    xarray.Dataset
        Dimension time; ``wind_x``, ``wind_y`` and the other columns given, linear between the
        rows, with CF attributes; global attributes say where they come from.

    Raises
    ------
    ForcingError
        Unknown, missing or out-of-range values, half a wind, gaps, or a period not covered.
    CatalogError
        Unknown entry.
    """
    if isinstance(given, Mapping):
        table = pd.DataFrame([_numbers(given)] * len(times), pd.DatetimeIndex(times))
        words = ", ".join(f"{key} {value:g}" for key, value in given.items())
        source, credit = f"constant: {words}", "values given by the user"
    elif isinstance(given, pd.DataFrame):
        table, source, credit = given, "series given by the user", "values given by the user"
    elif isinstance(given, str) and given == "climatology":
        metadata = open_catalog().metadata(climatology)
        table = open_catalog().read(climatology).set_index("month")
        source = f"indicative monthly climatology, catalogue entry '{climatology}'"
        credit = f"{metadata['attribution']} [{metadata['licence']}]"
        values = monthly(_components(_checked(table)), times)
        return _dataset(values, source, credit)
    elif isinstance(given, str | Path):
        table, source = read_series(given, "weather", _COLUMNS, word="climatology")
        credit = "values given by the user"
    else:
        raise ForcingError("no weather", received=repr(given), allowed=_FORMS,
                           next_step="weather={'wind_speed': 10, 'wind_from_direction': 270}")
    return _dataset(between(_components(_checked(table)), times, "weather", longest_gap),
                    source, credit)


def _numbers(given: Mapping[str, Any]) -> dict[str, float]:
    for name, value in given.items():
        number = isinstance(value, int | float | np.integer | np.floating)
        if isinstance(value, bool) or not number:
            raise ForcingError(f"the weather's {name} is not a number", received=repr(value),
                               allowed=_COLUMNS, next_step=f"give {name} as a number")
    return {name: float(value) for name, value in given.items()}


def _checked(table: pd.DataFrame) -> pd.DataFrame:
    unknown = [str(name) for name in table if name not in WEATHER_COLUMNS]
    if unknown or not len(table.columns):
        raise ForcingError("the weather has unknown columns" if unknown else "no weather is given",
                           received=", ".join(unknown) or "nothing", allowed=_COLUMNS,
                           next_step="name what is given as above")
    pairs = [[name in table for name in pair] for pair in _PAIRS]
    if any(any(pair) != all(pair) for pair in pairs) or all(any(pair) for pair in pairs):
        raise ForcingError(
            "the wind is not given once and whole",
            received=", ".join(name for pair in _PAIRS for name in pair if name in table),
            allowed="wind_speed and wind_from_direction, or wind_x and wind_y",
            next_step="give both of one pair and none of the other")
    for name in table:
        _in_range(name, table[name])
    return table


def _in_range(name: str, series: pd.Series) -> None:
    variable = VARIABLES[name]
    low, high = variable.valid_range
    values = series.to_numpy(float)
    bad = np.isfinite(values) & ~((values >= low) & (values <= high))
    if bad.any():
        raise ForcingError(
            f"{name} is out of range", received=f"{values[bad][0]:g} at {series.index[bad][0]}",
            allowed=f"{low:g} to {high:g} {variable.units}".removesuffix(" 1"),
            next_step=_HINTS.get(name, f"correct {name}"))


def _components(table: pd.DataFrame) -> pd.DataFrame:
    """Turn directions into components, in which one can interpolate across north."""
    table = table.astype(float)
    if "wind_speed" in table:
        speed, from_direction = table.pop("wind_speed"), table.pop("wind_from_direction")
        angle = np.radians(from_direction)
        table["wind_x"], table["wind_y"] = -speed * np.sin(angle), -speed * np.cos(angle)
    if "swell_from_direction" in table:
        angle = np.radians(table.pop("swell_from_direction"))
        table["swell_x"], table["swell_y"] = np.sin(angle), np.cos(angle)
    return table


def _dataset(values: pd.DataFrame, source: str, credit: str) -> xr.Dataset:
    if "swell_x" in values:
        angle = np.arctan2(values.pop("swell_x"), values.pop("swell_y"))
        values["swell_from_direction"] = np.degrees(angle) % 360.0
    names = [name for name in WEATHER_COLUMNS if name in values]
    return xr.Dataset(
        {name: ("time", values[name].to_numpy(), VARIABLES[name].attributes()) for name in names},
        coords={"time": values.index.to_numpy().astype("datetime64[ns]")},
        attrs={"Conventions": "CF-1.11", "title": "weather over the river, uniform",
               "time_zone": "UTC", "source": source, "attribution": credit},
    )
