"""How fast sand in suspension follows the current: the rate, beside the balance it tends to."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analytic.test_sediment import DENSITY, profile_over_reference, stress, tank_of
from twin_kernel.solvers.native.sediment.options import SandClass
from twin_kernel.solvers.native.sediment.sand import fall_velocity


@pytest.mark.parametrize("speed", [0.8, 1.4])
def test_suspended_sand_adapts_as_fast_as_it_falls_near_the_bed(speed):
    """dC/dt = -(c_a / c_mean) ws (C - C_e) / h with the ratio of the Rouse (1937) profile.

    1e-3: the table of profiles is linear between 501 points.
    """
    depth, diameter = 6.0, 1.5e-4
    tank = tank_of(SandClass(diameter=diameter, initial_bed={"river": 1e4}), depth=depth)
    settling = fall_velocity(diameter, 2.65)
    rouse = settling / (0.4 * np.sqrt(stress(depth, speed) / DENSITY))
    rate = settling / profile_over_reference(rouse) / depth
    concentration = []
    for _ in range(12):
        tank.step(0.2 / rate, depth, speed)
        concentration.append(tank.tracers["sand"][0])
    tank.run(40.0 / rate, 40, depth, speed)
    lacking = tank.tracers["sand"][0] - np.array(concentration)
    measured = -np.polyfit(0.2 / rate * np.arange(12), np.log(lacking), 1)[0]
    assert measured == pytest.approx(rate, rel=1e-3)
