"""Small-amplitude waves against the dispersion relation solved to the last digit."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from twin_kernel.solvers.native.waves.linear import (
    GRAVITY,
    bed_stress,
    friction_factor,
    group_speed,
    orbital_velocity,
    relative_depth,
    relative_sinh,
)

DEPTHS = np.geomspace(0.05, 200.0, 60)
PERIODS = np.geomspace(0.6, 25.0, 40)


def exact(period, depth):
    x = (2.0 * math.pi / period) ** 2 * depth / GRAVITY
    return brentq(lambda kh: kh * math.tanh(kh) - x, 1e-12, x + 2.0, xtol=1e-14)


def test_dispersion_is_off_by_less_than_a_hundredth():
    """0.8 % at x = 0.49, between periods and depths of this grid; its author's figure is alike."""
    error = [abs(relative_depth(2 * math.pi / period, depth) / exact(period, depth) - 1.0)
             for depth in DEPTHS for period in PERIODS]
    assert 0.007 < max(error) < 0.0081


def test_kernels_are_the_same_interpreted():
    omega = 2.0 * math.pi / 4.0
    for depth in (0.1, 3.0, 40.0):
        assert relative_depth(omega, depth) == relative_depth.py_func(omega, depth)


def test_group_speed_between_its_limits():
    for depth, period, speed in [(0.1, 20.0, math.sqrt(GRAVITY * 0.1)),
                                 (500.0, 5.0, GRAVITY * 5.0 / (4.0 * math.pi))]:
        kh = relative_depth(2 * math.pi / period, depth)
        got = group_speed(2 * math.pi / period, depth, kh, relative_sinh(kh))
        assert got == pytest.approx(speed, rel=0.01)  # 0.8 % in kh


def test_group_speed_is_the_slope_of_the_dispersion():
    """d(omega)/dk of the exact relation by central differences; 0.8 % in kh, twice in c_g."""
    depth = 5.0
    for period in (2.0, 4.0, 8.0):
        k = exact(period, depth) / depth
        omega = [math.sqrt(GRAVITY * q * math.tanh(q * depth)) for q in (k * 0.999, k * 1.001)]
        kh = relative_depth(2 * math.pi / period, depth)
        got = group_speed(2 * math.pi / period, depth, kh, relative_sinh(kh))
        assert got == pytest.approx((omega[1] - omega[0]) / (0.002 * k), rel=0.015)


def test_orbital_velocity_against_the_exact_dispersion():
    """An error of 0.8 % in kh is one of 0.8 % x kh / tanh kh: under 4 % up to kh = 5."""
    for depth in DEPTHS:
        for period in PERIODS:
            kh = exact(period, depth)
            if kh < 5.0:
                sinh = relative_sinh(relative_depth(2 * math.pi / period, depth))
                amplitude = math.pi * 1.0 / math.sqrt(2.0) / (period * math.sinh(kh))
                assert orbital_velocity(1.0, period, sinh) == pytest.approx(amplitude, rel=0.04)


def test_orbital_velocity_in_shallow_and_deep_water():
    sinh = relative_sinh(relative_depth(2 * math.pi / 30.0, 1.0))
    shallow = 0.5 * 0.2 / math.sqrt(2.0) * math.sqrt(GRAVITY / 1.0)
    assert orbital_velocity(0.2, 30.0, sinh) == pytest.approx(shallow, rel=0.01)
    deep = relative_sinh(relative_depth(2 * math.pi / 1.0, 1000.0))
    assert 0.0 <= orbital_velocity(1.0, 1.0, deep) < 1e-9


def test_friction_factor_near_that_of_swart():
    """Swart (1974), f = 0.00251 exp(5.21 (A/30 z0)^-0.19), is another fit to the same sort of
    data; Soulsby (1997) shows both within about a quarter over this range."""
    for ratio in np.geomspace(1e2, 1e4, 9):
        swart = 0.00251 * math.exp(5.21 * (ratio / 30.0) ** -0.19)
        assert friction_factor(ratio, 1.0) == pytest.approx(swart, rel=0.25)
    assert friction_factor(1000.0, 1.0) == pytest.approx(0.0383, abs=5e-5)
    assert friction_factor(1e-9, 1.0) == 0.3


def test_stress_without_motion_is_nothing():
    assert bed_stress(0.0, 0.0, 2e-4, 1025.0) == 0.0
    assert bed_stress(0.5, 0.2, 2e-4, 1000.0) == pytest.approx(125.0 * friction_factor(0.2, 2e-4))
