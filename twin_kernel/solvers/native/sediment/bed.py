r"""The bed: what a stress takes from its layers, and how mud passes down them.

Erosion of layer l at the rate E_l = M_l (tau/tau_l - 1)+ empties it after B_l/E_l; the rest of the
step goes to the layer below. Consolidation is the linear chain

.. math:: \mathrm{d}B_l/\mathrm{d}t = B_{l-1}/T_{l-1} - B_l/T_l,

whose exact solution over a step is B(t + dt) = P B(t) with P = exp(dt L): the same result in one
step or in many. See the package header for sources.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.linalg import expm

from twin_kernel.solvers.native.compiling import njit

__all__ = ["consolidate", "erode", "exchange", "passed_down", "remove"]


@lru_cache(maxsize=64)
def passed_down(times: tuple[float, ...], dt: float) -> np.ndarray:
    """Return P, (n_layer, n_layer): part of the mass of layer k that is in layer l after `dt`.

    Parameters
    ----------
    times : tuple of float
        Consolidation time of each layer, s; infinite where mud stays.
    dt : float
        s.
    """
    rates = 1.0 / np.asarray(times)
    chain = np.diag(-rates) + np.diag(rates[:-1], -1)
    part = np.clip(expm(dt * chain), 0.0, 1.0)
    part.setflags(write=False)
    return part


@njit(cache=True)
def consolidate(bed, part):
    """Pass mud down within one triangle; each transfer leaves one layer and enters another.

    Parameters
    ----------
    bed : (n_layer, n_mud) float64, kg/m2, changed in place
    part : (n_layer, n_layer) float64, from :func:`passed_down`
    """
    n_layer, n_mud = bed.shape
    for k in range(n_layer - 2, -1, -1):
        for j in range(n_mud):
            mass = bed[k, j]
            left = mass
            for lower in range(k + 1, n_layer):
                moved = min(part[lower, k] * mass, left)
                left -= moved
                bed[lower, j] += moved
            bed[k, j] = left


@njit(cache=True)
def erode(bed, stress, critical, rate, dt, eroded):
    """Erode one triangle from the top; fill `eroded` (n_mud,), kg/m2, and lower `bed`.

    Parameters
    ----------
    bed : (n_layer, n_mud) float64, kg/m2, changed in place
    stress : float, Pa
    critical : (n_layer,) float64, Pa
    rate : (n_layer,) float64, M, kg/(m2 s)
    dt : float, s
    """
    n_layer, n_mud = bed.shape
    for j in range(n_mud):
        eroded[j] = 0.0
    left = dt
    for k in range(n_layer):
        if stress <= critical[k]:
            return
        present = 0.0
        for j in range(n_mud):
            present += bed[k, j]
        if present <= 0.0:
            continue
        speed = rate[k] * (stress / critical[k] - 1.0)
        if speed * left < present:
            share = speed * left / present
            for j in range(n_mud):
                moved = share * bed[k, j]
                eroded[j] += moved
                bed[k, j] -= moved
            return
        left -= present / speed
        for j in range(n_mud):
            eroded[j] += bed[k, j]
            bed[k, j] = 0.0


@njit(cache=True)
def remove(bed, j, mass):
    """Take `mass`, kg/m2, of class j from the top down; return what was there to take."""
    wanted = mass
    for k in range(bed.shape[0]):
        moved = min(bed[k, j], wanted)
        bed[k, j] -= moved
        wanted -= moved
        if wanted <= 0.0:
            break
    return mass - wanted


@njit(cache=True, inline="always")
def exchange(in_water, eroded, falling, h, dt):
    """Return mass left in the water and mass deposited, kg/m2, exact for constant rates.

    Parameters
    ----------
    in_water, eroded : float, mass at the start and eroded evenly over dt, kg/m2
    falling : float, p R w_s, m/s
    h : float, m
    dt : float, s
    """
    x = falling * dt / h
    if x < 1.0e-12:
        return in_water + eroded, 0.0
    gone = -np.expm1(-x)
    left = in_water * (1.0 - gone) + eroded * (gone / x)
    return left, max(0.0, (in_water - left) + eroded)
