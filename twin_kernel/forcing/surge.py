r"""What the weather adds to the tide at sea: inverse barometer and storm surge.

The sea rises under low pressure by :math:`\eta = -(p - p_0)/(\rho g)`, about 1 cm for each hPa
(Wunsch & Stammer 1997, Rev. Geophys. 35, 79-107). It is exact where the sea has time to adjust, so
for pressure that changes over days; what the wind piles up against the coast is not in it and
comes as a series, observed or from a model of the shelf. Such a series most often holds the
effect of the pressure already: give one or the other, or a series of the wind's part. p_0 is the
mean pressure of the place, whose effect the mean level of the sea holds already.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from twin_kernel.errors import ForcingError
from twin_kernel.forcing.boundary import MAXIMUM_OFFSET
from twin_kernel.forcing.series import between, read_series

__all__ = ["STANDARD_PRESSURE", "add_surge", "inverse_barometer"]

STANDARD_PRESSURE = 101_325.0
"""Pa, International Standard Atmosphere at sea level."""

_WATER_DENSITY = 1025.0  # kg/m3, of the sea
_GRAVITY = 9.81  # m/s2
_LONGEST_GAP = 6 * 3600.0  # s; half a tide
_FORMS = "a number (m), a pandas Series with UTC times, or a CSV file with columns time,surge (m)"


def inverse_barometer(pressure: np.ndarray,
                      mean_pressure: float = STANDARD_PRESSURE) -> np.ndarray:
    """Return the rise of the sea under an air pressure.

    Parameters
    ----------
    pressure : (n,) float64
        At sea level, Pa.
    mean_pressure : float
        That goes with the mean level of the sea, Pa: nothing is added at this pressure.

    Returns
    -------
    (n,) float64
        m.
    """
    return -(np.asarray(pressure, float) - mean_pressure) / (_WATER_DENSITY * _GRAVITY)


def add_surge(
    forcing: xr.Dataset, *, weather: xr.Dataset | None = None, surge: Any = None,
    mean_pressure: float = STANDARD_PRESSURE,
) -> xr.Dataset:
    """Return the forcing of the open boundaries with the surge added to its water levels.

    Parameters
    ----------
    forcing : xarray.Dataset
        Of `boundary_forcing`; it is left as it is.
    weather : xarray.Dataset, optional
        Of `weather_series`, with ``air_pressure``: adds the inverse barometer.
    surge : float, pandas.Series, str or Path, optional
        Added as it is, m.
    mean_pressure : float
        Of the place, Pa, see `inverse_barometer`.

    Returns
    -------
    xarray.Dataset
        Attribute ``surge`` says what was added.

    Raises
    ------
    ForcingError
        Nothing to add, added already, no air pressure, values beyond ±5 m together, a series
        with gaps, or one that does not cover the period.
    """
    if weather is None and surge is None:
        raise ForcingError("no surge to add", received="nothing",
                           allowed="weather with air_pressure, surge, or both",
                           next_step=f"surge={_FORMS}")
    if "surge" in forcing.attrs:
        raise ForcingError("a surge is in this forcing already", received=forcing.attrs["surge"],
                           allowed="forcing without surge",
                           next_step="start again from boundary_forcing")
    times = forcing["time"].values
    total, words = np.zeros(len(times)), []
    if weather is not None:
        total += inverse_barometer(_pressure(weather, times), mean_pressure)
        words.append(f"inverse barometer about {mean_pressure:g} Pa, air pressure: "
                     f"{weather.attrs.get('source', 'given by the user')}")
    if surge is not None:
        values, sentence = _given(surge, times)
        total += values
        words.append(sentence)
    _check_size(total, times)
    level = (forcing["kind"] == "water_level").astype(float)
    out = forcing.copy(deep=True)
    out["value"].values += level.values[:, None] * total[None, :]
    out.attrs["surge"] = "; ".join(words)
    return out


def _pressure(weather: xr.Dataset, times: np.ndarray) -> np.ndarray:
    if "air_pressure" not in weather:
        raise ForcingError("the weather has no air pressure",
                           received=", ".join(map(str, weather.data_vars)) or "nothing",
                           allowed="air_pressure (Pa)", next_step="give weather with air_pressure")
    table = weather[["air_pressure"]].to_dataframe()
    return between(table, times, "air pressure", 86400.0)["air_pressure"].to_numpy()


def _given(surge: Any, times: np.ndarray) -> tuple[np.ndarray, str]:
    if isinstance(surge, int | float | np.integer | np.floating) and not isinstance(surge, bool):
        return np.full(len(times), float(surge)), f"constant surge, {float(surge):g} m"
    if isinstance(surge, pd.Series):
        table, sentence = surge.to_frame("surge"), "surge series given by the user"
    elif isinstance(surge, str | Path):
        table, sentence = read_series(surge, "surge", "time (UTC), surge (m)", ("time", "surge"))
        sentence = f"surge: {sentence}"
    else:
        raise ForcingError("no surge", received=repr(surge), allowed=_FORMS,
                           next_step="give one of these")
    return between(table[["surge"]], times, "surge", _LONGEST_GAP)["surge"].to_numpy(), sentence


def _check_size(total: np.ndarray, times: np.ndarray) -> None:
    bad = ~(np.abs(total) <= MAXIMUM_OFFSET)  # also true of NaN
    if bad.any():
        raise ForcingError(
            "the surge is out of range", received=f"{total[bad][0]:g} m at {times[bad][0]}",
            allowed=f"-{MAXIMUM_OFFSET:g} to {MAXIMUM_OFFSET:g} m",
            next_step="give it in m, and pressure in Pa")
