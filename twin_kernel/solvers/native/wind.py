r"""Stress of the wind on the water: :math:`\boldsymbol\tau = \rho_a C_d |\mathbf W| \mathbf W`.

W is the wind at 10 m (m/s, towards where it blows), tau the stress on the water (Pa).

============ ===================================================== ========================
law          :math:`10^3 C_d`                                      measured over, m/s
============ ===================================================== ========================
smith_banke  0.63 + 0.066 W                                        2.5 to 21
large_pond   1.2 below 11 m/s, then 0.49 + 0.065 W                 4 to 25
wu           0.8 + 0.065 W                                         breeze to hurricane
============ ===================================================== ========================

Above 33 m/s C_d stays as it is there: measured drag no longer grows (Powell et al. 2003). Below
their range the laws are kept as they are; the stress is then negligible.

References
----------
Smith, S. D. & Banke, E. G. (1975), Quart. J. R. Met. Soc. 101, 665-673.
Large, W. G. & Pond, S. (1981), J. Phys. Oceanogr. 11, 324-336.
Wu, J. (1982), J. Geophys. Res. 87, 9704-9706.
Powell, M. D., Vickery, P. J. & Reinhold, T. A. (2003), Nature 422, 279-283.
"""

from __future__ import annotations

import math

from twin_kernel.solvers.native.compiling import njit

__all__ = ["AIR_DENSITY", "DRAG_LAWS", "drag_coefficient", "wind_stress"]

AIR_DENSITY = 1.225
"""kg/m3, International Standard Atmosphere at sea level (15 degC)."""

DRAG_LAWS: dict[str, int] = {"smith_banke": 0, "large_pond": 1, "wu": 2}
"""Number of each law of drag for the kernels."""

_STRONGEST = 33.0  # m/s


@njit(cache=True, inline="always")
def drag_coefficient(speed, law):
    """Return C_d.

    Parameters
    ----------
    speed : float
        Of the wind at 10 m, m/s.
    law : int
        A value of `DRAG_LAWS`.
    """
    speed = min(speed, _STRONGEST)
    if law == 0:
        return 1.0e-3 * (0.63 + 0.066 * speed)
    if law == 1:
        return 1.2e-3 if speed < 11.0 else 1.0e-3 * (0.49 + 0.065 * speed)
    return 1.0e-3 * (0.8 + 0.065 * speed)


@njit(cache=True, inline="always")
def wind_stress(wind_x, wind_y, law, air_density):
    """Return the stress on the water along x and y, Pa.

    Parameters
    ----------
    wind_x, wind_y : float
        Wind at 10 m, m/s, towards where it blows.
    law : int
        A value of `DRAG_LAWS`.
    air_density : float
        kg/m3, such as `AIR_DENSITY`.
    """
    speed = math.sqrt(wind_x * wind_x + wind_y * wind_y)
    factor = air_density * drag_coefficient(speed, law) * speed
    return factor * wind_x, factor * wind_y
