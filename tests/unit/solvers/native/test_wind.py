"""Drag of the wind: the values that the published lines give, and the stress along the wind."""

import math

import pytest

from twin_kernel.solvers.native.wind import (
    AIR_DENSITY,
    DRAG_LAWS,
    drag_coefficient,
    wind_stress,
)


@pytest.mark.parametrize(
    ("law", "speed", "thousandfold"),
    [
        ("smith_banke", 0.0, 0.63), ("smith_banke", 10.0, 1.29), ("smith_banke", 20.0, 1.95),
        ("large_pond", 5.0, 1.2), ("large_pond", 10.99, 1.2), ("large_pond", 15.0, 1.465),
        ("large_pond", 25.0, 2.115), ("wu", 10.0, 1.45), ("wu", 20.0, 2.1),
        ("wu", 33.0, 2.945), ("wu", 60.0, 2.945),
    ],
)
def test_drag(law, speed, thousandfold):
    for kernel in (drag_coefficient, drag_coefficient.py_func):
        assert 1e3 * kernel(speed, DRAG_LAWS[law]) == pytest.approx(thousandfold, rel=1e-12)


def test_large_and_pond_join_at_eleven_metres_per_second():
    """0.49 + 0.065 x 11 = 1.205: the published pieces leave a step of 0.4 %."""
    low, high = (drag_coefficient(speed, DRAG_LAWS["large_pond"]) for speed in (10.999, 11.0))
    assert high == pytest.approx(low, rel=0.005)


def test_stress_points_along_the_wind_and_grows_with_its_square():
    x, y = wind_stress(6.0, -8.0, DRAG_LAWS["large_pond"], AIR_DENSITY)
    assert math.hypot(x, y) == pytest.approx(1.225 * 1.2e-3 * 100.0)
    assert (x / 6.0, y / 8.0) == pytest.approx((x / 6.0, -x / 6.0))
    double, _ = wind_stress(3.0, -4.0, DRAG_LAWS["large_pond"], AIR_DENSITY)
    assert x == pytest.approx(4.0 * double)
    assert wind_stress(0.0, 0.0, 0, AIR_DENSITY) == (0.0, 0.0)
