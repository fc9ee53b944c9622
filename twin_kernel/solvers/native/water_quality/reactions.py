"""The loop over triangles: equations (1) to (6) of the package header, over one step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.water_quality.oxygen import (
    current_reaeration,
    saturation,
    schmidt,
)

__all__ = ["CARBON_DEMAND", "EMPTY", "NITROGEN_DEMAND", "Rates", "fill_saturation", "react"]

CARBON_DEMAND = 32.0 / 12.0  # gO2/gC, of CH2O + O2
NITROGEN_DEMAND = 64.0 / 14.0  # gO2/gN, of NH4+ + 2 O2
EMPTY = 1.0e-9  # m3, as the transport: a triangle with less holds nothing


class Rates(NamedTuple):
    """Rates of the options, per day, as the loop wants them.

    Each theta is given by its logarithm; `mud` is k_m p_m, gC/(kg day); `current` is 1 where the
    current reaerates and 0 where not.
    """

    oxidation: float
    oxidation_theta: float
    hydrolysis: float
    hydrolysis_theta: float
    nitrification: float
    nitrification_theta: float
    mud: float
    mud_theta: float
    bed_theta: float
    settling: float
    current: float
    least_transfer: float
    reaeration_theta: float
    oxygen_for_carbon: float
    oxygen_for_nitrification: float


_SECOND_ORDER = 1.0e-8  # under this x, (1 - exp(-x))/x is 1 - x/2 to the last bit


@njit(cache=True, inline="always")
def _mean_decay(x):
    """Return (1 - exp(-x))/x, the mean over a step of what decays by exp(-x) during it."""
    return 1.0 - 0.5 * x if x < _SECOND_ORDER else -np.expm1(-x) / x


@njit(cache=True, inline="always")
def _limited(oxygen, half):
    """Return g of equation (5); 1 where oxidation is never slowed."""
    return oxygen / (oxygen + half) if half > 0.0 else 1.0


@njit(cache=True, inline="always")
def _chain(particulate, dissolved, lost, hydrolysed, decay):
    """Return P, D and the carbon oxidised, after a step of (1) and (2), exactly.

    Parameters
    ----------
    particulate, dissolved : float, gC/m3
    lost, hydrolysed, decay : float, (k_h + w_P/h) dt, k_h dt and k_c g_c dt
    """
    left = particulate * np.exp(-lost)
    fed = hydrolysed * particulate * _mean_decay(lost)
    # What is fed decays on its way: exp(-a) (1 - exp(-(b - a)))/(b - a) with a the slower.
    slow = min(lost, decay)
    arrived = hydrolysed * particulate * np.exp(-slow) * _mean_decay(abs(lost - decay))
    remains = dissolved * np.exp(-decay) + min(arrived, fed)
    return left, remains, max(0.0, dissolved + fed - remains)


@njit(cache=True, inline="always")
def _reaeration(speed, h, warm, temperature, salinity, rates, wind, by_schmidt):
    """Return k_a, 1/day, from m/s, m, T - 20, degC, S and the K_w of the wind, m/day."""
    by_current = rates.current * current_reaeration(speed, h)
    by_current *= np.exp(rates.reaeration_theta * warm)
    by_wind = wind / h
    if by_schmidt and wind > 0.0:
        by_wind *= np.sqrt(660.0 / schmidt(temperature, salinity))
    return max(by_current + by_wind, rates.least_transfer / h)


@njit(cache=True, inline="always")
def _breathe(oxygen, saturated, aeration, demand):
    """Return O after a step and the part of the demand that it could meet (4).

    Parameters
    ----------
    oxygen, saturated, demand : float, mg/L; the demand is that of the whole step
    aeration : float, k_a dt
    """
    aired = oxygen * np.exp(-aeration) - saturated * np.expm1(-aeration)
    weight = _mean_decay(aeration)
    if demand * weight <= aired:
        return aired - demand * weight, 1.0
    return 0.0, aired / (demand * weight)


@njit(cache=True)
def react(concentration, surroundings, bed_demand, volume, area, speed, rates, wind, by_schmidt,
          days, terms, produced):
    """Advance all concentrations over a step, in place.

    Parameters
    ----------
    concentration : tuple of (n_face,) float64
        Oxygen, dissolved and particulate organic carbon, ammonia, nitrate, g/m3.
    surroundings : tuple of (n_face,) float64
        Temperature, degC, salinity, and mud, kg/m3.
    bed_demand : (n_face,) float64
        gO2/(m2 day) at 20 degC.
    volume, area, speed : (n_face,) float64
        m3, m2, m/s.
    rates : Rates
    wind, by_schmidt : float and bool
        From ``oxygen.wind_velocity``.
    days : float
        Length of the step.
    terms : (5,) float64
        Increased by the oxygen, g, that came by reaeration and, under nought, that went to carbon,
        nitrogen, mud and bed.
    produced : (5,) float64
        Increased by the change of each constituent, g.
    """
    oxygen, dissolved, particulate, ammonia, nitrate = concentration
    temperature, salinity, mud = surroundings
    for i in range(len(volume)):
        if volume[i] <= EMPTY:
            continue
        h = volume[i] / area[i]
        warm = temperature[i] - 20.0
        o = oxygen[i]
        g = _limited(o, rates.oxygen_for_carbon) * days
        hydrolysed = rates.hydrolysis * np.exp(rates.hydrolysis_theta * warm) * days
        p, d, carbon = _chain(
            particulate[i], dissolved[i], hydrolysed + rates.settling * days / h, hydrolysed,
            rates.oxidation * np.exp(rates.oxidation_theta * warm) * g)
        nitrified = -ammonia[i] * np.expm1(
            -rates.nitrification * np.exp(rates.nitrification_theta * warm)
            * _limited(o, rates.oxygen_for_nitrification) * days)
        for_mud = CARBON_DEMAND * rates.mud * np.exp(rates.mud_theta * warm) * mud[i] * g
        for_bed = bed_demand[i] * np.exp(rates.bed_theta * warm) * g / h
        demand = CARBON_DEMAND * carbon + NITROGEN_DEMAND * nitrified + for_mud + for_bed
        aeration = days * _reaeration(
            speed[i], h, warm, temperature[i], salinity[i], rates, wind, by_schmidt)
        after, met = _breathe(o, saturation(temperature[i], salinity[i]), aeration, demand)
        d += (1.0 - met) * carbon
        produced[0] += volume[i] * (after - o)
        produced[1] += volume[i] * (d - dissolved[i])
        produced[2] += volume[i] * (p - particulate[i])
        produced[3] -= volume[i] * met * nitrified
        produced[4] += volume[i] * met * nitrified
        oxygen[i] = after
        dissolved[i] = d
        particulate[i] = p
        ammonia[i] -= met * nitrified
        nitrate[i] += met * nitrified
        terms[0] += volume[i] * (after - o + met * demand)
        terms[1] -= volume[i] * met * CARBON_DEMAND * carbon
        terms[2] -= volume[i] * met * NITROGEN_DEMAND * nitrified
        terms[3] -= volume[i] * met * for_mud
        terms[4] -= volume[i] * met * for_bed


@njit(cache=True)
def fill_saturation(oxygen, temperature, salinity, ratio):
    """Fill `ratio` (n_face,) with oxygen, mg/L, over its saturation."""
    for i in range(len(oxygen)):
        ratio[i] = oxygen[i] / saturation(temperature[i], salinity[i])
