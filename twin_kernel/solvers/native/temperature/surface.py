"""Heat through the surface: equations (1) to (6) of the package header."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.flow import EMPTY

__all__ = ["HEAT_CAPACITY", "Air", "air", "dew_point", "exchange", "exchange_full",
           "exchange_linear", "vapour_pressure", "wind_function"]

HEAT_CAPACITY = 1000.0 * 4186.0
"""rho c_p of water, J/(m3 K); salt changes it by 2 % at sea, in both factors against each other."""

_STEFAN_BOLTZMANN = 5.670374e-8  # W/(m2 K4)
_EMISSIVITY = 0.97
_REFLECTED = 0.03
_BRUNT = 0.6
_BOWEN = 0.47  # mmHg/K
_MMHG = 1.333224  # hPa
_KELVIN = 273.15
_WIND_AT_7_M = 0.7 ** (1.0 / 7.0)
_FREEZING = -0.0575  # K per unit of salinity, the linear term of UNESCO (1983)


class Air(NamedTuple):
    """What the surface needs of the weather.

    `gained`: solar and atmospheric radiation taken in by (2), W/m2; `sun`: its solar part;
    `temperature`, `dew_point`: degC; `vapour`: e_a, mmHg; `wind`: f(W), W/(m2 mmHg).
    """

    gained: float
    sun: float
    temperature: float
    dew_point: float
    vapour: float
    wind: float


@njit(cache=True, inline="always")
def vapour_pressure(temperature):
    """Return e_s, hPa, from degC; Alduchov & Eskridge (1996)."""
    return 6.1094 * np.exp(17.625 * temperature / (temperature + 243.04))


def dew_point(pressure: float) -> float:
    """Return the temperature, degC, at which e_s is `pressure`, hPa."""
    logarithm = math.log(max(pressure, 1.0e-3) / 6.1094)
    return 243.04 * logarithm / (17.625 - logarithm)


def wind_function(wind: float) -> float:
    """Return f, W/(m2 mmHg), from the wind at 10 m, m/s (4)."""
    return 9.2 + 0.46 * (wind * _WIND_AT_7_M) ** 2


def air(temperature: float, humidity: float, clouds: float, wind: float, sun: float) -> Air:
    """Return what the surface needs (3).

    Parameters
    ----------
    temperature : float
        degC.
    humidity, clouds : float
        0 to 1.
    wind : float
        m/s at 10 m.
    sun : float
        Solar radiation that the water keeps, W/m2.
    """
    vapour = humidity * float(vapour_pressure(temperature))
    atmosphere = (
        _STEFAN_BOLTZMANN * (temperature + _KELVIN) ** 4
        * (_BRUNT + 0.031 * math.sqrt(vapour / _MMHG)) * (1.0 - _REFLECTED)
        * (1.0 + 0.17 * clouds**2))
    return Air(sun + atmosphere, sun, temperature, dew_point(vapour), vapour / _MMHG,
               wind_function(wind))


@njit(cache=True, inline="always")
def exchange_full(temperature, above):
    """Return Q, W/m2, and K = -dQ/dT, W/(m2 K), from degC and :class:`Air` (2)."""
    kelvin = temperature + _KELVIN
    radiated = _EMISSIVITY * _STEFAN_BOLTZMANN * kelvin**4
    saturated = vapour_pressure(temperature) / _MMHG
    carried = above.wind * (
        _BOWEN * (temperature - above.temperature) + saturated - above.vapour)
    steepness = saturated * 17.625 * 243.04 / (temperature + 243.04) ** 2
    return (above.gained - radiated - carried,
            4.0 * radiated / kelvin + above.wind * (_BOWEN + steepness))


@njit(cache=True, inline="always")
def exchange_linear(temperature, above):
    """Return Q, W/m2, and K, W/(m2 K), from degC and :class:`Air` (5, 6)."""
    mean = 0.5 * (temperature + above.dew_point)
    beta = 0.35 + mean * (0.015 + 0.0012 * mean)
    k = 4.5 + 0.05 * temperature + (beta + _BOWEN) * above.wind
    return k * (above.dew_point - temperature) + above.sun, k


@njit(cache=True)
def exchange(temperature, salinity, volume, area, above, full, least_depth, dt):
    """Advance the temperature by `dt`, in place; return the heat taken in, J.

    Parameters
    ----------
    temperature, salinity : (n_face,) float64, degC and practical scale
    volume, area : (n_face,) float64, m3 and m2
    above : Air
    full : bool, whether by (2) rather than (5)
    least_depth : float, m, of the heat capacity that warms
    dt : float, s
    """
    heat = 0.0
    for i in range(len(temperature)):
        if volume[i] <= EMPTY:
            continue
        before = temperature[i]
        if full:
            flux, k = exchange_full(before, above)
        else:
            flux, k = exchange_linear(before, above)
        held = HEAT_CAPACITY * max(volume[i] / area[i], least_depth)
        after = before - flux / k * np.expm1(-k * dt / held)
        if after < 0.0:
            after = max(after, min(before, _FREEZING * salinity[i]))
        heat += HEAT_CAPACITY * volume[i] * (after - before)
        temperature[i] = after
    return heat
