r"""Small-amplitude waves over a flat bed: dispersion, group speed, velocity and stress at the bed.

Kernels take and return numbers; arrays are looped over by their callers.

(1) Dispersion :math:`\omega^2 = g k \tanh(k h)`, solved in closed form after Soulsby (2006): with
    :math:`x = \omega^2 h / g`, :math:`k h = \sqrt{x}(1 + 0.2 x)` for x ≤ 1, else
    :math:`x (1 + 0.2 e^{2 - 2x})`. Largest error of k h: 0.8 % (measured, at x = 0.49).
(2) Group speed :math:`c_g = \frac{\omega}{k}\,\frac{1}{2}(1 + 2kh/\sinh 2kh)`.
(3) Velocity amplitude at the bed :math:`U = \pi H_{rms} / (T \sinh kh)`, with
    :math:`H_{rms} = H_s/\sqrt{2}` (Rayleigh) and the peak period: the sine wave that has the
    variance of the spectrum near the bed (Soulsby 1997, chapter 4).
(4) Friction factor of a rough bed :math:`f_w = 1.39 (A/z_0)^{-0.52}`, :math:`A = U T / 2\pi`
    and stress amplitude :math:`\tau_w = \frac12 \rho f_w U^2` (Soulsby 1997, chapter 4). f_w stays
    under 0.3, the bound of Jonsson (1966) for a stroke of the size of the grains.

References
----------
Jonsson, I. G. (1966), Proc. 10th Conf. Coastal Eng., 127-148.
Soulsby, R. L. (1997), Dynamics of Marine Sands, Thomas Telford.
Soulsby, R. L. (2006), Simplified calculation of wave orbital velocities, HR Wallingford TR 155.
"""

from __future__ import annotations

import math

from twin_kernel.solvers.native.compiling import njit

__all__ = ["GRAVITY", "bed_stress", "friction_factor", "group_speed", "orbital_velocity",
           "relative_depth", "relative_sinh"]

GRAVITY = 9.81
_LARGEST_FRICTION_FACTOR = 0.3
_DEEPEST = 30.0  # k h beyond which a wave does not feel the bed: sinh would be over 5e12


@njit(cache=True, inline="always")
def relative_depth(omega, depth):
    """Return k h of equation (1).

    Parameters
    ----------
    omega : float
        Angular frequency, 1/s, positive.
    depth : float
        m, positive.
    """
    x = omega * omega * depth / GRAVITY
    if x <= 1.0:
        return math.sqrt(x) * (1.0 + 0.2 * x)
    return x * (1.0 + 0.2 * math.exp(2.0 - 2.0 * x))


@njit(cache=True, inline="always")
def relative_sinh(kh):
    """Return sinh(k h), bounded so that it can be squared."""
    grown = math.exp(min(kh, _DEEPEST))
    return 0.5 * (grown - 1.0 / grown)


@njit(cache=True, inline="always")
def group_speed(omega, depth, kh, sinh_kh):
    """Return the speed of energy of equation (2), m/s.

    Parameters
    ----------
    omega, depth : float
        1/s and m.
    kh, sinh_kh : float
        Of `relative_depth` and `relative_sinh`.
    """
    # sinh 2a = 2 sinh a cosh a
    share = kh / (sinh_kh * math.sqrt(1.0 + sinh_kh * sinh_kh))
    return 0.5 * omega * depth / kh * (1.0 + share)


@njit(cache=True, inline="always")
def orbital_velocity(height, period, sinh_kh):
    """Return the velocity amplitude at the bed of equation (3), m/s.

    Parameters
    ----------
    height : float
        Significant wave height, m.
    period : float
        Peak period, s, positive.
    sinh_kh : float
        Of `relative_sinh`.
    """
    return math.pi * math.sqrt(0.5) * height / (period * sinh_kh)


@njit(cache=True, inline="always")
def friction_factor(stroke, roughness):
    """Return f_w of equation (4).

    Parameters
    ----------
    stroke : float
        Amplitude of the displacement at the bed, m, positive.
    roughness : float
        z0, m.
    """
    return min(1.39 * (stroke / roughness) ** -0.52, _LARGEST_FRICTION_FACTOR)


@njit(cache=True, inline="always")
def bed_stress(velocity, stroke, roughness, density):
    """Return the stress amplitude of equation (4), Pa; 0 without motion.

    Parameters
    ----------
    velocity, stroke : float
        Amplitudes at the bed, m/s and m.
    roughness : float
        z0, m.
    density : float
        Of the water, kg/m3.
    """
    if velocity <= 0.0 or stroke <= 0.0:
        return 0.0
    return 0.5 * density * friction_factor(stroke, roughness) * velocity * velocity
