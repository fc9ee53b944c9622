"""Waves against exact geometry and exact decay, with what the mesh and raster may add."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from tests.unit.solvers.native.waves.lakes import rectangle, water_in
from twin_kernel.solvers.native.waves import WaveOptions, Waves
from twin_kernel.solvers.native.waves.fetch import rays

G = 9.81
LENGTH, WIDTH = 20000.0, 5000.0
SIDES = (1000.0, 500.0, 250.0, 125.0)


def exact_distances(site, directions):
    """Return the (n_direction, n_face) distances to the walls of the rectangle, m."""
    angle = 2.0 * math.pi * np.arange(directions)[:, None] / directions
    cosine, sine = np.cos(angle), np.sin(angle)
    with np.errstate(divide="ignore"):
        along = np.where(cosine > 0.0, LENGTH - site.x, site.x) / np.abs(cosine)
        across = np.where(sine > 0.0, WIDTH - site.y, site.y) / np.abs(sine)
    return np.minimum(along, across)


def test_fetch_in_a_rectangle_converges():
    """The shore is known to a part of a triangle, so the error is first order in its side.

    The image of a centroid beyond the shore puts it up to 0.25 side off, and a ray that grazes
    it at 10° feels that 1 / sin 10° = 5.8 times.
    """
    errors = []
    for side in SIDES:
        site = rectangle(LENGTH, WIDTH, side)
        depth, nowhere = np.full(len(site.x), 4.0), np.zeros(len(site.x), bool)
        length, _, _ = rays(site, depth, nowhere, 36, side / 4.0)
        error = length - exact_distances(site, 36)
        assert np.abs(error).max() < 0.25 * 5.8 * side
        assert np.abs(error[::9]).max() < 0.25 * side
        assert abs(error.mean()) < 0.1 * side
        errors.append(np.sqrt((error**2).mean()))
    order = np.polyfit(np.log(SIDES), np.log(errors), 1)[0]
    assert order == pytest.approx(1.0, abs=0.1)


def test_fetch_on_a_raster_coarser_than_the_mesh():
    """Triangles of 125 m on a raster of 500 m: a square of it is water where any centroid lies in
    it, which moves the shore out by under a step, and the ray goes by half steps."""
    site = rectangle(LENGTH, WIDTH, 125.0)
    length, _, _ = rays(site, np.full(len(site.x), 4.0), np.zeros(len(site.x), bool), 36, 500.0)
    error = length - exact_distances(site, 36)
    assert error[::9].max() < 1.25 * 500.0
    assert error[::9].min() > -0.25 * 500.0
    assert 0.0 < error.mean() < 500.0


def wave_number(period, depth):
    omega = 2.0 * math.pi / period
    return brentq(lambda k: G * k * math.tanh(k * depth) - omega**2, 1e-9, omega**2 / G + 10.0)


def group_speed(period, depth):
    k = wave_number(period, depth)
    return math.pi / (period * k) * (1.0 + 2.0 * k * depth / math.sinh(2.0 * k * depth))


def swell(site, depth, **options):
    waves, memory = Waves(site, WaveOptions(breaking=0.9, **options)), {}
    waves.start(water_in(site, depth), {}, memory)
    return memory["wave_height"]


def test_swell_decays_over_a_flat_bed_as_the_energy_equation_says():
    """dH/dx = -C w2 H / (2 g2 cg sinh2 kh) has an exact solution. Along this channel a path runs
    straight, and starts half a triangle from the boundary; dispersion is off by under 0.8 %,
    sinh2 and c_g together by twice to thrice that."""
    site, period, depth = rectangle(30000.0, 1500.0, 250.0), 9.0, 5.0
    height = swell(site, depth, swell_height=1.0, swell_period=period)
    k, omega = wave_number(period, depth), 2.0 * math.pi / period
    rate = 0.038 * omega**2 / (2.0 * G**2 * group_speed(period, depth) * math.sinh(k * depth) ** 2)
    far = site.x > 5000.0
    measured = -np.log(height[far]) / site.x[far]
    assert rate * 30000.0 > 1.0  # the decay is not lost in the tolerance
    assert measured == pytest.approx(rate, rel=0.05)


def test_swell_over_a_slope_follows_the_energy_equation():
    """d(H2 cg)/dx = -C w2 H2 / (g2 sinh2 kh), from 12 m to 2.5 m, by an integrator of order 8.

    Shoaling is exact between triangles; friction takes the mean of both ends, second order.
    """
    period, errors = 10.0, []
    for side in (1000.0, 500.0, 250.0, 125.0):
        site = rectangle(20000.0, 4.0 * side, side)

        def depth_at(x):
            return 12.0 - 9.5 * x / 20000.0

        height = swell(site, depth_at(site.x), swell_height=1.0, swell_period=period)
        start = site.x[site.boundary_faces["ocean"][0]]

        def slope(x, flux):
            h = depth_at(x)
            sinh = math.sinh(wave_number(period, h) * h)
            omega = 2.0 * math.pi / period
            return -0.038 * omega**2 / (G**2 * sinh**2 * group_speed(period, h)) * flux

        middle = np.flatnonzero(np.abs(site.y - 2.0 * side) < 0.5 * side)
        middle = middle[np.argsort(site.x[middle])]
        exact = solve_ivp(slope, (start, 20000.0), [group_speed(period, depth_at(start))],
                          method="DOP853", rtol=1e-9, t_eval=site.x[middle])
        expected = np.sqrt(exact.y[0] / [group_speed(period, depth_at(x)) for x in exact.t])
        errors.append(np.abs(height[middle] / expected - 1.0).max())
    # Half of 5 % in friction, as above, over a total loss of 20 to 30 %; 0.8 % in the shoaling.
    assert max(errors[1:]) < 0.03


def test_shallow_lake_in_a_storm_reaches_the_depth_limit():
    """Young & Verhagen (1996): without limit of fetch, E = 1.06e-3 d^1.3 (their printed figures,
    so 3 % in H); 60 km of 1 m under 15 m/s, where fetch still takes 3 %."""
    site = rectangle(60000.0, 60000.0, 2000.0)
    waves, memory = Waves(site, WaveOptions(spread=0.0, resolution=1000.0)), {}
    waves.start(water_in(site, 1.0, wind_x=15.0, wind_y=0.0), {}, memory)
    lee = (site.x > 56000.0) & (np.abs(site.y - 30000.0) < 10000.0)
    limit = 4.0 * math.sqrt(1.06e-3 * (G / 225.0) ** 1.3) * 225.0 / G
    assert memory["wave_height"][lee] == pytest.approx(limit, rel=0.06)
