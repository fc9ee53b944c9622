r"""Stress on the bed from current and waves.

.. math::

   \tau_c &= \rho\,C_D\,U^2, \qquad
       C_D = \left[\kappa/(\ln(h/z_0) - 1)\right]^2 \text{ or } g n^2/h^{1/3}    \quad (1)

   \tau_m &= \tau_c \left[1 + 1.2 \left(\tau_w/(\tau_c+\tau_w)\right)^{3.2}\right]   \quad (2)

   \tau_{max} &= \left[(\tau_m + \tau_w\cos\varphi)^2 + (\tau_w\sin\varphi)^2\right]^{1/2} \quad (3)

(1) Of the grains, the depth mean of the logarithmic profile over a bed of roughness z0, Soulsby,
R. L. (1997), Dynamics of marine sands, equation 37; or of all that brakes the flow, Manning's n,
Chow (1959). A calibrated n also makes up for errors of bed and storage, and over mud may say less
than a smooth wall. (2), (3) Soulsby (1997), equations 69 and 70: mean and largest stress over a
wave, phi the angle between waves and current.
"""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.sediment.settling import KARMAN

__all__ = ["GRAVITY", "current_stress", "largest_stress", "mean_stress"]

GRAVITY = 9.81  # m/s2
_SMOOTHEST = 10.0  # depth over z0 under which (1) is no longer a profile


@njit(cache=True, inline="always")
def current_stress(h, speed, manning_squared, roughness, density):
    """Return tau_c, Pa, from depth m, speed m/s, n2 s2 m^(-2/3), z0 m and density kg/m3; (1).

    Without roughness (0 m) it is Manning's.
    """
    if roughness > 0.0:
        drag = (KARMAN / (np.log(max(h / roughness, _SMOOTHEST)) - 1.0)) ** 2
    else:
        drag = GRAVITY * manning_squared / np.cbrt(h)
    return density * drag * speed * speed


@njit(cache=True)
def mean_stress(current, wave):
    """Return tau_m, Pa, from tau_c and tau_w, Pa; (2)."""
    if wave <= 0.0 or current <= 0.0:
        return current
    return current * (1.0 + 1.2 * (wave / (current + wave)) ** 3.2)


@njit(cache=True)
def largest_stress(mean, wave, cosine, sine):
    """Return tau_max, Pa, from tau_m and tau_w, Pa, and cosine and sine of their angle; (3)."""
    if wave <= 0.0:
        return mean
    along = mean + wave * cosine
    across = wave * sine
    return np.sqrt(along * along + across * across)
