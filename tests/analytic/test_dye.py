"""Dye, age and residence against their exact solutions in boxes and in a channel."""

import math

import numpy as np
import pytest

from tests.unit.solvers.native.parcels import site_of, started, water_of
from twin_kernel.solvers.native.dye import Dye, DyeOptions

DAY = 86400.0


def steps(process, site, tracers, memory, count, dt, exchange=lambda: None, **given):
    for step in range(count):
        exchange()
        process.advance(water_of(site, dt=dt, time=(step + 1) * dt, **given), tracers, memory)


@pytest.mark.parametrize("dt", [60.0, 7200.0, DAY])
def test_decay_is_exact_whatever_the_step(dt):
    site = site_of(3)
    release = {"mass": 50.0, "x": 0.0, "y": 0.0, "decay": 0.7}
    process = Dye(site, DyeOptions(releases=(release,)))
    tracers, memory = started(process, water_of(site))
    process.advance(water_of(site, dt=1.0, time=1.0), tracers, memory)
    assert tracers["dye_1"][0] == pytest.approx(50.0 / 800.0, rel=1e-15)
    steps(process, site, tracers, memory, round(3 * DAY / dt), dt)
    # 4,320 products, each rounded to 1e-16.
    assert tracers["dye_1"][0] == pytest.approx(50.0 / 800.0 * math.exp(-2.1), rel=1e-12)


def test_age_in_a_closed_box_grows_a_second_each_second():
    site = site_of(4)
    process = Dye(site, DyeOptions(water_age=True))
    tracers, memory = started(process, water_of(site))
    tracers["marked_water"][:] = [1.0, 0.5, 1.0e-3, 0.0]
    steps(process, site, tracers, memory, 5000, 30.0)
    # Whatever part is marked; 5,000 sums rounded to 1e-16. No marked water has no age.
    np.testing.assert_allclose(memory["water_age"], [1.5e5, 1.5e5, 1.5e5, 0.0], rtol=1e-12)


def test_age_in_a_mixed_basin_is_its_filling_time():
    """Marked water renews a mixed volume at the rate 1/T: at rest c = 1 and alpha = T, the mean
    age, as Deleersnijder et al. (2001) show. Implicit exchange and source after it give T + dt."""
    site, dt, filling = site_of(), 100.0, 2.0e4
    process = Dye(site, DyeOptions(water_age=True))
    tracers, memory = started(process, water_of(site))

    def exchange():
        for name, entering in (("marked_water", 1.0), ("age_concentration", 0.0)):
            tracers[name][:] = (tracers[name] + dt / filling * entering) / (1.0 + dt / filling)

    steps(process, site, tracers, memory, 6000, dt, exchange)
    assert memory["water_age"][0] == pytest.approx(filling + dt, rel=1e-9)


def test_age_along_a_channel_is_the_time_travelled():
    """Water moved by a triangle a step: age (i + 1) dt in triangle i, to rounding."""
    site, dt = site_of(20), 60.0
    process = Dye(site, DyeOptions(water_age=True))
    tracers, memory = started(process, water_of(site))

    def exchange():
        for name, entering in (("marked_water", 1.0), ("age_concentration", 0.0)):
            tracers[name][1:] = tracers[name][:-1].copy()
            tracers[name][0] = entering

    steps(process, site, tracers, memory, 30, dt, exchange)
    np.testing.assert_allclose(memory["water_age"], dt * np.arange(1, 21), rtol=1e-14)


def test_residence_of_a_mixed_basin_is_its_filling_time():
    """m = m0 exp(-t/T): 1/e is left at T, found to the curvature of the exponential in a step,
    dt^2/(8 T)."""
    site = site_of(4, zone_names=("sea", "basin"), zone=[0, 1, 1, 0])
    dt, filling = 700.0, 1.0e5
    process = Dye(site, DyeOptions(residence_zones=("basin",)))
    tracers, memory = started(process, water_of(site))
    np.testing.assert_array_equal(tracers["residence_dye"], [0.0, 1.0, 1.0, 0.0])

    def exchange():
        tracers["residence_dye"] *= math.exp(-dt / filling)

    steps(process, site, tracers, memory, 300, dt, exchange)
    volume, left, residence = memory["dye.residence"]
    assert volume == 1600.0
    assert left == pytest.approx(math.exp(-300 * dt / filling), rel=1e-12)
    assert residence == pytest.approx(filling, abs=dt**2 / (8.0 * filling))
    # Each triangle's clock stops at the last step before.
    assert filling - dt < memory["flushing_time"][1] <= filling
    assert memory["flushing_time"][0] == 0.0


def test_dye_that_comes_back_with_the_flood_has_not_left():
    """exp(-t/T) (1 + 0.5 cos(2 pi t/P)), of 1.5 at the start: ebbs fall under 1/e long before.

    The last passage is the root of the same function, found on its own; between steps it is
    straight, so it is known to a step and a triangle's clock to two.
    """
    site = site_of(4, zone_names=("sea", "basin"), zone=[0, 1, 1, 0])
    dt, renewal, period = 300.0, 4.0e5, 44714.0

    def part(time):
        return np.exp(-time / renewal) * (1.0 + 0.5 * np.cos(2 * np.pi * time / period)) / 1.5

    process = Dye(site, DyeOptions(residence_zones=("basin",)))
    tracers, memory = started(process, water_of(site))
    count, clock = 3000, iter(range(1, 3001))

    def exchange():
        tracers["residence_dye"][1:3] = part(next(clock) * dt)

    steps(process, site, tracers, memory, count, dt, exchange)
    times = np.arange(0.0, count * dt, 1.0)
    under = part(times) <= math.exp(-1.0)
    first, last = times[under.argmax()], times[np.nonzero(~under)[0][-1]]
    assert last > 5.0 * first
    assert memory["dye.residence"][2] == pytest.approx(last, abs=dt)
    assert memory["flushing_time"][1] == pytest.approx(last, abs=2 * dt)
