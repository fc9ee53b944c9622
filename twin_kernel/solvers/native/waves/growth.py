r"""Growth of waves under a steady wind, limited by fetch and by depth.

Three published laws have the same form; with :math:`\tilde d = g d/U^2`,
:math:`\tilde x = g F/U^2`, :math:`\tilde H = g H_s/U^2`, :math:`\tilde T = g T_p/U`:

.. math::

   \tilde H &= H_\infty \left\{ a \tanh\frac{k_1 \tilde x^{m_1}}{a} \right\}^p,
     \quad a = \tanh(k_3 \tilde d^{m_3})                                                 \quad (1)

   \tilde T &= T_\infty \left\{ b \tanh\frac{k_2 \tilde x^{m_2}}{b} \right\}^q,
     \quad b = \tanh(k_4 \tilde d^{m_4})                                                 \quad (2)

=================== ==================================================================
law                 coefficients
=================== ==================================================================
young_verhagen      Young & Verhagen (1996), Lake George. Given there for the variance E
                    (:math:`g^2E/U^4 = 3.64\cdot10^{-3}\{\}^{1.74}`) and the peak
                    frequency (:math:`f_pU/g = 0.133\{\}^{-0.37}`); :math:`H_s = 4\sqrt E`.
breugem_holthuijsen Breugem & Holthuijsen (2007), the data of Lake George and of Bretschneider
                    analysed again; deep water after Kahma & Calkoen (1992).
spm                 Shore Protection Manual (1984), eqs. 3-39 and 3-40, with the adjusted wind
                    :math:`U_A = 0.71\,U^{1.23}` (eq. 3-28a) in place of U.
=================== ==================================================================

U is the wind at 10 m. The wind is taken to have blown long enough: for F = 10 km and U = 10 m/s
that is about two hours (indicative), so waves here answer too early to a wind that rises.

References
----------
Young, I. R. & Verhagen, L. A. (1996), Coastal Engineering 29, 47-78.
Breugem, W. A. & Holthuijsen, L. H. (2007), J. Waterway Port Coastal Ocean Eng. 133(3), 219-225.
Holthuijsen, L. H. (2007), Waves in Oceanic and Coastal Waters, Cambridge, section 8.3.
U.S. Army Corps of Engineers (1984), Shore Protection Manual, chapter 3.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.waves.linear import GRAVITY

__all__ = ["LAWS", "Law", "law_wind", "wind_sea"]


class Law(NamedTuple):
    """Coefficients of equations (1) and (2), without unit.

    Attributes
    ----------
    height, k1, m1, k3, m3, p : float
        Of equation (1); `height` is the limit in deep water and endless fetch.
    period, k2, m2, k4, m4, q : float
        Of equation (2).
    """

    height: float
    k1: float
    m1: float
    k3: float
    m3: float
    p: float
    period: float
    k2: float
    m2: float
    k4: float
    m4: float
    q: float


LAWS: dict[str, Law] = {
    "young_verhagen": Law(4.0 * math.sqrt(3.64e-3), 3.13e-3, 0.57, 0.493, 0.75, 0.87,
                           1.0 / 0.133, 5.215e-4, 0.73, 0.331, 1.01, 0.37),
    "breugem_holthuijsen": Law(0.24, 4.41e-4, 0.79, 0.343, 1.14, 0.572,
                                7.69, 2.77e-7, 1.45, 0.10, 2.01, 0.187),
    "spm": Law(0.283, 0.00565, 0.5, 0.530, 0.75, 1.0,
               7.54, 0.0379, 1.0 / 3.0, 0.833, 0.375, 1.0),
}


def law_wind(name: str, speed: float) -> float:
    """Return the wind that a law of `LAWS` takes, m/s, from the wind at 10 m, m/s."""
    return 0.71 * speed**1.23 if name == "spm" else speed


@njit(cache=True, inline="always")
def wind_sea(speed, depth, fetch, law):
    """Return significant height, m, and peak period, s, of equations (1) and (2).

    Parameters
    ----------
    speed : float
        Wind of `law_wind`, m/s, positive.
    depth, fetch : float
        m, positive.
    law : Law
    """
    scale = GRAVITY / (speed * speed)
    log_depth, log_fetch = math.log(depth * scale), math.log(fetch * scale)
    a = math.tanh(law.k3 * math.exp(law.m3 * log_depth))
    b = math.tanh(law.k4 * math.exp(law.m4 * log_depth))
    height = a * math.tanh(law.k1 * math.exp(law.m1 * log_fetch) / a)
    period = b * math.tanh(law.k2 * math.exp(law.m2 * log_fetch) / b)
    return (law.height * height**law.p / scale,
            law.period * period**law.q * speed / GRAVITY)
