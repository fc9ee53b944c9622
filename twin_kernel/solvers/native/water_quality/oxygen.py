r"""Oxygen between water and air: saturation and reaeration.

.. math::

   \ln O_s &= -139.34411 + \frac{1.575701\,10^5}{T} - \frac{6.642308\,10^7}{T^2}
       + \frac{1.243800\,10^{10}}{T^3} - \frac{8.621949\,10^{11}}{T^4}
       - S \left[1.7674\,10^{-2} - \frac{10.754}{T} + \frac{2140.7}{T^2}\right]      \quad (1)

   k_a &= \max(3.93\,U^{1/2} h^{-3/2}\,\theta^{T-20} + K_w/h,\ K/h)                  \quad (2)

   K_w &= a\,W^2\,(Sc/660)^{-1/2}                                                    \quad (3)

   K_w &= 0.728\,W^{1/2} - 0.317\,W + 0.0372\,W^2                                    \quad (4)

(1) Benson & Krause (1984), Limnol. Oceanogr. 29, 620-632, in the form of Standard Methods (APHA)
and the US Geological Survey; T in K, S practical, O_s in mg/L at one atmosphere, 0 to 40 degC. (2)
O'Connor & Dobbins (1958), Trans. ASCE 123, 641-684, in the units of Chapra (1997): 1/day, m/s, m;
K keeps still films, which the bed would empty of oxygen, as open to the air as ponds are.
(3) Wanninkhof (1992), J. Geophys. Res. 97, 7373-7382, a = 0.31, or Wanninkhof (2014), Limnol.
Oceanogr. Methods 12, 351-362, a = 0.251 cm/h, W in m/s at 10 m; Sc of the 2014 paper, between that
of fresh and that of sea water by salinity. (4) Banks & Herrera (1977), J. Environ. Eng. Div. ASCE
103, 489-504, m/day.
"""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native.compiling import njit

__all__ = ["current_reaeration", "saturation", "schmidt", "wind_velocity"]

_KELVIN = 273.15
_CM_PER_HOUR = 0.24  # m/day


@njit(cache=True, inline="always")
def saturation(temperature, salinity):
    """Return O_s, mg/L, from degC and the practical scale (1)."""
    r = 1.0 / (temperature + _KELVIN)
    fresh = -139.34411 + r * (1.575701e5 + r * (-6.642308e7 + r * (1.243800e10 - r * 8.621949e11)))
    return np.exp(fresh - salinity * (1.7674e-2 + r * (-10.754 + r * 2140.7)))


@njit(cache=True, inline="always")
def schmidt(temperature, salinity):
    """Return the Schmidt number of oxygen from degC and the practical scale; Wanninkhof (2014)."""
    t = temperature
    fresh = 1745.1 + t * (-124.34 + t * (4.8055 + t * (-0.10115 + t * 0.00086842)))
    sea = 1920.4 + t * (-135.6 + t * (5.2122 + t * (-0.10939 + t * 0.00093777)))
    return fresh + (sea - fresh) * salinity / 35.0


@njit(cache=True, inline="always")
def current_reaeration(speed, h):
    """Return the part of k_a by the current, 1/day at 20 degC, from m/s and m (2)."""
    return 3.93 * np.sqrt(speed / h) / h


def wind_velocity(law: str, wind: float) -> tuple[float, bool]:
    """Return K_w, m/day, and whether it is to be multiplied by (Sc/660)^(-1/2): (3) or (4).

    Parameters
    ----------
    law : str
        "wanninkhof_2014", "wanninkhof_1992", "banks_herrera" or "none".
    wind : float
        m/s at 10 m.
    """
    if law == "none":
        return 0.0, False
    if law == "banks_herrera":
        return 0.728 * np.sqrt(wind) - 0.317 * wind + 0.0372 * wind**2, False
    factor = 0.251 if law == "wanninkhof_2014" else 0.31
    return factor * wind**2 * _CM_PER_HOUR, True
