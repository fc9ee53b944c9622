r"""Sand: fall velocity, threshold of motion and the concentration that a current can carry.

.. math::

   D_* &= d\,[(s-1) g/\nu^2]^{1/3}, \qquad
   w_s = \frac{\nu}{d}\left[\sqrt{10.36^2 + 1.049 D_*^3} - 10.36\right]           \quad (1)

   \theta_{cr} &= \frac{0.30}{1 + 1.2 D_*} + 0.055\,(1 - e^{-0.020 D_*})          \quad (2)

   c_a &= 0.015\,\rho_s \frac{d}{a} \frac{T^{1.5}}{D_*^{0.3}}, \qquad
   T = (\tau' - \tau_{cr})^+/\tau_{cr}, \qquad c_{eq} = c_a/R                    \quad (3)

   c_{eq} &= \rho_s \frac{q}{U h}, \qquad
   q = \frac{0.05\,U^5}{\sqrt{g}\,(s-1)^2\,d\,C^3}, \qquad C = h^{1/6}/n         \quad (4)

(1), (2) Soulsby (1997), Dynamics of marine sands, equations 102 and 77. (3) van Rijn, L. C. (1984),
J. Hydraul. Eng. 110(11), 1613-1641, with a = 0.05 h and R of `settling`; the stress on the grains
is that of the current over Chezy's C' = 18 log10(12 h / 3 d90), plus that of the waves over
z0 = d/12 (Soulsby 1997, equations 25 and 62; `waves.linear`). (4) Engelund & Hansen (1967), total
load, without waves.
"""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.sediment.settling import REFERENCE, VISCOSITY
from twin_kernel.solvers.native.sediment.stress import GRAVITY
from twin_kernel.solvers.native.waves.linear import bed_stress

__all__ = ["critical_stress", "engelund_hansen", "fall_velocity", "grain_size_number",
           "van_rijn", "wave_stress"]

_COARSE = 2.0  # d90 over d50, indicative
_DENSEST = 0.05  # largest volume of grains over volume near the bed, indicative


def grain_size_number(diameter: float, relative_density: float) -> float:
    """Return D*, dimensionless, from the diameter in m and s = rho_s / rho."""
    return diameter * ((relative_density - 1.0) * GRAVITY / VISCOSITY**2) ** (1.0 / 3.0)


def fall_velocity(diameter: float, relative_density: float) -> float:
    """Return w_s, m/s, of a grain (1)."""
    number = grain_size_number(diameter, relative_density)
    return VISCOSITY / diameter * (np.sqrt(10.36**2 + 1.049 * number**3) - 10.36)


def critical_stress(diameter: float, density: float, grain_density: float) -> float:
    """Return tau_cr, Pa (2)."""
    number = grain_size_number(diameter, grain_density / density)
    shields = 0.30 / (1.0 + 1.2 * number) + 0.055 * (1.0 - np.exp(-0.020 * number))
    return shields * (grain_density - density) * GRAVITY * diameter


@njit(cache=True, inline="always")
def wave_stress(orbital_velocity, period, diameter, density):
    """Return the stress of waves on the grains, Pa, from m/s, s, m and kg/m3."""
    stroke = orbital_velocity * period / (2.0 * np.pi)
    return bed_stress(orbital_velocity, stroke, diameter / 12.0, density)


@njit(cache=True)
def van_rijn(h, speed, wave, diameter, number, critical, density, grain_density):
    """Return c_a, kg/m3 (3).

    Parameters
    ----------
    h : float, water depth, m
    speed : float, depth-mean speed, m/s
    wave : float, stress of the waves, Pa
    diameter : float, m
    number : float, D*
    critical : float, tau_cr, Pa
    density, grain_density : float, kg/m3
    """
    chezy = 18.0 * np.log10(max(12.0 * h / (3.0 * _COARSE * diameter), 10.0))
    grain_stress = density * GRAVITY * speed * speed / (chezy * chezy) + wave
    if grain_stress <= critical:
        return 0.0
    excess = (grain_stress - critical) / critical
    volume = 0.015 * diameter / (REFERENCE * h) * excess * np.sqrt(excess) * number**-0.3
    return grain_density * min(volume, _DENSEST)


@njit(cache=True)
def engelund_hansen(h, speed, manning_squared, diameter, relative_density):
    """Return the depth-mean c_eq, kg/m3 over rho_s = 1 kg/m3, from h m, speed m/s, n2, d m (4)."""
    if manning_squared <= 0.0:
        return 0.0
    chezy_cubed = np.sqrt(h) / (manning_squared * np.sqrt(manning_squared))
    carried = 0.05 * speed**4 / (
        np.sqrt(GRAVITY) * (relative_density - 1.0) ** 2 * diameter * chezy_cubed)
    return min(carried / h, _DENSEST)
