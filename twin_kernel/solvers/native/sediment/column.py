"""Loops over triangles: equations (1) to (7) of the package header.

`bed` is (n_face, n_layer, n_class) kg/m2, of mud or of sand; sand has one layer. `concentration`
is a tuple of (n_face,) arrays, kg/m3, one for each class.
"""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.sediment.bed import consolidate, erode, exchange
from twin_kernel.solvers.native.sediment.sand import (
    engelund_hansen,
    van_rijn,
    wave_stress,
)
from twin_kernel.solvers.native.sediment.settling import (
    floc_velocity,
    hindrance,
    rouse_factor,
    shear_factor,
)
from twin_kernel.solvers.native.sediment.stress import (
    current_stress,
    largest_stress,
    mean_stress,
)

__all__ = ["MUD", "SAND", "exchange_mud", "exchange_sand", "fill_stresses", "sum_bed"]

MUD = np.dtype([(name, np.float64) for name in (
    "factor", "power", "slowest", "fastest", "growth", "breakage", "gel", "grain_density",
    "inverse_deposition_stress", "largest_near_bed")] + [("winterwerp", np.bool_)])
"""Of a class of mud; what is switched off has the value at which its formula says nothing."""

SAND = np.dtype([(name, np.float64) for name in (
    "settling", "diameter", "number", "critical", "density", "grain_density")]
    + [("van_rijn", np.bool_), ("rouse", np.bool_)])
"""Of a class of sand; `settling` m/s, `number` D*, `critical` tau_cr in Pa."""


@njit(cache=True)
def fill_stresses(volume, area, speed, manning_squared, wave, roughness, density, dry_depth, cosine,
                  sine, stress, friction_velocity):
    """Fill the largest stress, Pa, and the friction velocity of the mean one, m/s.

    Parameters
    ----------
    volume, area, speed, manning_squared, wave : (n_face,) float64, m3, m2, m/s, s2 m^(-2/3), Pa
    roughness, density, dry_depth, cosine, sine : float, z0 in m (0: of Manning's n), kg/m3, m and
        of the angle of the waves
    stress, friction_velocity : (n_face,) float64, filled; nought under `dry_depth`
    """
    for i in range(len(volume)):
        h = volume[i] / area[i]
        if h < dry_depth:
            stress[i] = 0.0
            friction_velocity[i] = 0.0
            continue
        current = current_stress(h, speed[i], manning_squared[i], roughness, density)
        mean = mean_stress(current, wave[i])
        stress[i] = largest_stress(mean, wave[i], cosine, sine)
        friction_velocity[i] = np.sqrt(mean / density)


@njit(cache=True)
def _mud_velocity(mud, c, all_mud, h, speed, friction_velocity):
    """Return w_s, m/s, of a class (a record of `MUD`) in one triangle."""
    settling = floc_velocity(c, mud.factor, mud.power, mud.slowest, mud.fastest)
    if mud.growth > 0.0 or mud.breakage > 0.0:
        settling *= shear_factor(h, speed, friction_velocity, mud.growth, mud.breakage)
    return settling * hindrance(all_mud, mud.gel, mud.grain_density, mud.winterwerp)


@njit(cache=True)
def lay_gel(concentration, own, i, h, densest):
    """Lay on the bed, `own` (n_layer, n_mud) kg/m2, what exceeds the gel point `densest`; (7)."""
    total = 0.0
    for c in concentration:
        total += c[i]
    if total <= densest:
        return
    for j in range(len(concentration)):
        kept = concentration[j][i] * (densest / total)
        own[0, j] += (concentration[j][i] - kept) * h
        concentration[j][i] = kept


@njit(cache=True)
def exchange_mud(concentration, bed, classes, volume, area, speed, stress, friction_velocity,
                 critical, rate, passed, table, dt, eroded):
    """Erode, deposit and consolidate mud over `dt`, in place.

    Parameters
    ----------
    classes : (n_mud,) of `MUD`
    stress, friction_velocity : (n_face,) float64, Pa and m/s, from :func:`fill_stresses`
    critical, rate : (n_layer,) float64, Pa and kg/(m2 s)
    passed : (n_layer, n_layer) float64, from ``bed.passed_down``
    table : (n,) float64, from ``settling.rouse_table``
    eroded : (n_mud,) float64, work
    """
    n_mud = len(classes)
    densest = np.inf
    for j in range(n_mud):
        densest = min(densest, classes[j].gel)
    for i in range(len(volume)):
        own = bed[i]
        if volume[i] > 0.0:
            h = volume[i] / area[i]
            erode(own, stress[i], critical, rate, dt, eroded)
            total = 0.0
            for j in range(n_mud):
                total += concentration[j][i]
            for j in range(n_mud):
                mud = classes[j]
                c = concentration[j][i]
                falling = _mud_velocity(mud, c, total, h, speed[i], friction_velocity[i])
                falling *= min(rouse_factor(falling, friction_velocity[i], table),
                               mud.largest_near_bed)
                falling *= max(0.0, 1.0 - stress[i] * mud.inverse_deposition_stress)
                left, deposited = exchange(c * h, eroded[j], falling, h, dt)
                concentration[j][i] = left / h
                own[0, j] += deposited
            lay_gel(concentration, own, i, h, densest)
        consolidate(own, passed)


@njit(cache=True)
def exchange_sand(concentration, bed, classes, volume, area, speed, manning_squared,
                  orbital_velocity, period, friction_velocity, dry_depth, table, dt):
    """Pick up and deposit sand over `dt`, in place; parameters as :func:`exchange_mud`.

    Nothing is picked up under `dry_depth`, m. Waves, of `orbital_velocity` m/s and `period` s, rub
    on the grains themselves.
    """
    for i in range(len(volume)):
        if volume[i] <= 0.0:
            continue
        h = volume[i] / area[i]
        for j in range(len(classes)):
            sand = classes[j]
            factor = rouse_factor(sand.settling, friction_velocity[i], table)
            carried = 0.0
            if h >= dry_depth:
                if sand.van_rijn:
                    wave = wave_stress(orbital_velocity[i], period[i], sand.diameter, sand.density)
                    carried = van_rijn(
                        h, speed[i], wave, sand.diameter, sand.number, sand.critical,
                        sand.density, sand.grain_density) / factor
                else:
                    carried = sand.grain_density * engelund_hansen(
                        h, speed[i], manning_squared[i], sand.diameter,
                        sand.grain_density / sand.density)
            falling = sand.settling * (factor if sand.rouse else 1.0)
            picked = min(falling * carried * dt, bed[i, 0, j])
            left, deposited = exchange(concentration[j][i] * h, picked, falling, h, dt)
            concentration[j][i] = left / h
            bed[i, 0, j] = bed[i, 0, j] - picked + deposited


@njit(cache=True)
def sum_bed(bed, density, mass, thickness):
    """Fill the mass on the bed, (n_face,) kg/m2, and add its thickness to `thickness`, m.

    Parameters
    ----------
    density : (n_layer, n_class) float64, dry density of the deposit, kg/m3
    """
    n_face, n_layer, n_class = bed.shape
    for i in range(n_face):
        total = 0.0
        for k in range(n_layer):
            for j in range(n_class):
                total += bed[i, k, j]
                thickness[i] += bed[i, k, j] / density[k, j]
        mass[i] = total
