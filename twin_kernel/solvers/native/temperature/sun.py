r"""Solar radiation at the surface, from the place, the instant and the clouds.

.. math::

   \cos z &= \sin\phi \sin\delta + \cos\phi \cos\delta \cos\omega                      \quad (1)

   H_0 &= S\,E_0 \cos z                                                                \quad (2)

   H_c &= \frac{S\,E_0 \cos^2 z}{(\cos z + 2.7)\,10^{-3} e_a + 1.085 \cos z + 0.10}     \quad (3)

   H_s &= H_c \min(1,\ 1 - 0.62\,C + 0.0019\,\beta)                                    \quad (4)

z zenith angle, phi latitude, delta declination, omega hour angle, E_0 the squared ratio of the mean
to the present distance of the sun: Spencer (1971), Search 2, 172, with his equation of time. (2)
above the air. (3) clear sky: Zillman (1972), who has no E_0; e_a the vapour pressure in hPa. (4)
clouds: Reed (1977), J. Phys. Oceanogr. 7, 482-485, beta the height of the sun at noon, degrees; his
fit is for C over 0.3 and the minimum makes it a clear sky below.
"""

from __future__ import annotations

import math

import numpy as np

__all__ = ["above_the_air", "at_the_surface", "position"]

_SOLAR_CONSTANT = 1367.0  # W/m2, World Meteorological Organization (1981)
_DAY = np.timedelta64(1, "D")


def position(instant: np.datetime64, latitude: float, longitude: float
             ) -> tuple[float, float, float]:
    """Return cos z, the height of the sun at noon in degrees, and E_0 (1).

    Parameters
    ----------
    instant : numpy.datetime64
        UTC.
    latitude, longitude : float
        Degrees north and east.
    """
    day = instant.astype("datetime64[D]")
    number = int((day - instant.astype("datetime64[Y]").astype("datetime64[D]")) / _DAY)
    hours = 24.0 * float((instant - day) / _DAY)
    a = 2.0 * math.pi * number / 365.0
    declination = (
        0.006918 - 0.399912 * math.cos(a) + 0.070257 * math.sin(a) - 0.006758 * math.cos(2 * a)
        + 0.000907 * math.sin(2 * a) - 0.002697 * math.cos(3 * a) + 0.00148 * math.sin(3 * a))
    minutes = 229.18 * (
        0.000075 + 0.001868 * math.cos(a) - 0.032077 * math.sin(a) - 0.014615 * math.cos(2 * a)
        - 0.040849 * math.sin(2 * a))
    distance = (1.000110 + 0.034221 * math.cos(a) + 0.001280 * math.sin(a)
                + 0.000719 * math.cos(2 * a) + 0.000077 * math.sin(2 * a))
    hour_angle = math.radians(15.0 * (hours - 12.0) + longitude + minutes / 4.0)
    phi = math.radians(latitude)
    high, wide = math.sin(phi) * math.sin(declination), math.cos(phi) * math.cos(declination)
    noon = math.degrees(math.asin(min(1.0, max(-1.0, high + wide))))
    return high + wide * math.cos(hour_angle), noon, distance


def above_the_air(instant: np.datetime64, latitude: float, longitude: float) -> float:
    """Return H_0 on a level surface, W/m2 (2); parameters as :func:`position`."""
    cosine, _, distance = position(instant, latitude, longitude)
    return _SOLAR_CONSTANT * distance * max(0.0, cosine)


def at_the_surface(instant: np.datetime64, latitude: float, longitude: float,
                   vapour_pressure: float, cloud_cover: float) -> float:
    """Return H_s, W/m2 (3, 4).

    Parameters
    ----------
    instant, latitude, longitude
        As :func:`position`.
    vapour_pressure : float
        Of the air, hPa.
    cloud_cover : float
        0 to 1.
    """
    cosine, noon, distance = position(instant, latitude, longitude)
    if cosine <= 0.0:
        return 0.0
    clear = _SOLAR_CONSTANT * distance * cosine**2 / (
        (cosine + 2.7) * 1.0e-3 * vapour_pressure + 1.085 * cosine + 0.10)
    return clear * min(1.0, 1.0 - 0.62 * cloud_cover + 0.0019 * max(0.0, noon))
