r"""How fast a suspension falls, and how much richer it is near the bed.

.. math::

   w_0 &= k c^m                                                              \quad (1)

   w_1 &= w_0 (1 + a G)/(1 + b G^2), \qquad G = \sqrt{u_*^2 U/(\nu h)}         \quad (2)

   w_s &= w_1 (1 - \phi)^{4.65}                                              \quad (3a)

   w_s &= w_1 (1 - \phi)(1 - c/\rho_s)/(1 + 2.5\phi), \qquad \phi = c/c_{gel}  \quad (3b)

   R &= \left[\frac{1}{1-\alpha}\int_\alpha^1 \left(\frac{1-s}{s}\,\frac{\alpha}{1-\alpha}
        \right)^P \mathrm{d}s\right]^{-1}, \qquad P = w_s/(\kappa u_*)          \quad (4)

(1) Flocculation by concentration, as reviewed by Whitehouse et al. (2000), Dynamics of estuarine
muds, ch. 5. (2) van Leussen (1994), thesis, Utrecht; G is the shear rate, 1/s, at the mean
dissipation of a uniform flow. (3a) Richardson & Zaki (1954), Trans. Inst. Chem. Eng. 32, 35-53,
exponent of small grains, with flocs in place of grains. (3b) after Winterwerp (2002), Cont. Shelf
Res. 22, 1339-1360, m = 1: return flow and viscosity. (4) near-bed over depth-mean concentration of
the profile of Rouse (1937) above the height alpha = 0.05 h.
"""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native.compiling import njit

__all__ = ["KARMAN", "LARGEST_ROUSE", "VISCOSITY", "floc_velocity", "hindrance", "rouse_factor",
           "rouse_table", "shear_factor"]

VISCOSITY = 1.1e-6  # m2/s, fresh water at 16 degC, indicative
KARMAN = 0.4
REFERENCE = 0.05  # height where "near bed" is, over the depth
LARGEST_ROUSE = 2.5  # beyond it next to nothing is suspended (Soulsby 1997, ch. 8)
_INTERVALS = 500
_RICHARDSON_ZAKI = 4.65
_DRAINING = 1.0e-3  # of the free velocity: a suspension at its gel point still drains; indicative


@njit(cache=True)
def floc_velocity(c, factor, power, slowest, fastest):
    """Return w_0, m/s, of equation (1) within bounds, from c in kg/m3; all velocities m/s."""
    if power == 0.0:
        free = factor
    elif power == 1.0:
        free = factor * c
    else:
        free = factor * c**power
    return min(max(free, slowest), fastest)


@njit(cache=True)
def shear_factor(h, speed, friction_velocity, growth, breakage):
    """Return w_1 / w_0 of (2) from depth m, speeds m/s, growth s and breakage s2."""
    shear_squared = friction_velocity * friction_velocity * speed / (VISCOSITY * h)
    return (1.0 + growth * np.sqrt(shear_squared)) / (1.0 + breakage * shear_squared)


@njit(cache=True)
def hindrance(c, gel, grain_density, winterwerp):
    """Return w_s / w_1 of (3a), or (3b) where `winterwerp`, from densities in kg/m3.

    An infinite `gel` means no hindrance.
    """
    filled = c / gel
    if filled == 0.0:
        return 1.0
    if filled >= 1.0:
        return _DRAINING
    if winterwerp:
        factor = (1.0 - filled) * (1.0 - c / grain_density) / (1.0 + 2.5 * filled)
    else:
        factor = (1.0 - filled) ** _RICHARDSON_ZAKI
    return max(factor, _DRAINING)


def rouse_table() -> np.ndarray:
    """Return (n,) values of R, equation (4), for Rouse numbers spread from 0 to `LARGEST_ROUSE`.

    In t = ln s the integrand is smooth; at 200 points of Gauss and Legendre only the square-root
    zero of (1 - s)^P at the surface is left, which costs less than 1e-4 of R.
    """
    point, weight = np.polynomial.legendre.leggauss(200)
    half = -0.5 * np.log(REFERENCE)
    s = np.exp(half * (point - 1.0))
    ratio = (1.0 - s) / s * REFERENCE / (1.0 - REFERENCE)
    number = np.linspace(0.0, LARGEST_ROUSE, _INTERVALS + 1)
    profile = ratio[None, :] ** number[:, None]
    mean = (profile * (weight * s * half)[None, :]).sum(axis=1) / (1.0 - REFERENCE)
    return 1.0 / mean


@njit(cache=True)
def rouse_factor(settling, friction_velocity, table):
    """Return R from w_s and u*, m/s, by interpolation; P is at most `LARGEST_ROUSE`."""
    reach = LARGEST_ROUSE * KARMAN * friction_velocity
    if settling >= reach:
        return table[_INTERVALS]
    place = settling / reach * _INTERVALS
    below = int(place)
    return table[below] + (place - below) * (table[below + 1] - table[below])
