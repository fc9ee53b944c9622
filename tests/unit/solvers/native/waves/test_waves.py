"""The process: what it puts in the memory, when it acts, and that a resumed run is the same."""

import copy
import math

import numpy as np
import pytest
from pydantic import ValidationError

from tests.unit.solvers.native.waves.lakes import rectangle, water_in
from twin_kernel.errors import InputError
from twin_kernel.solvers.native.process import ORDER
from twin_kernel.solvers.native.waves import WaveOptions, Waves
from twin_kernel.variables import VARIABLES

SITE = rectangle(10000.0, 3000.0, 250.0)
FIELDS = ("wave_height", "wave_period", "wave_bed_stress", "wave_orbital_velocity")


def started(options=None, depth=2.0, **weather):
    waves, memory = Waves(SITE, WaveOptions(**(options or {}))), {}
    waves.start(water_in(SITE, depth, **weather), {}, memory)
    return waves, memory


def test_is_a_process():
    waves, memory = started(wind_x=10.0, wind_y=0.0)
    assert waves.name in ORDER
    assert waves.tracers == ()
    assert set(waves.shown) <= set(VARIABLES)
    assert waves.amounts(None, {}, {}) == {}
    for name in memory:
        assert name in VARIABLES or name.startswith("waves.")
    for name in FIELDS:
        low, high = VARIABLES[name].valid_range
        assert ((memory[name] >= low) & (memory[name] <= high)).all()


def test_waves_of_a_fresh_breeze_in_an_estuary():
    """10 m/s over 8 km and 2 m, g d/U2 = 0.196 and g F/U2 = 785: the formulae of Young & Verhagen
    (1996) by hand give g H/U2 = 0.0348 and g T/U = 2.48, so 0.354 m and 2.53 s, and a change of
    the fetch by one triangle less than 1 %. Stress of some tenths of a Pa, as stirs mud."""
    _, memory = started(wind_x=10.0, wind_y=0.0, options={"spread": 0.0})
    i = int(np.hypot(SITE.x - 8000.0, SITE.y - 1500.0).argmin())
    assert memory["wave_height"][i] == pytest.approx(0.354, rel=0.01)
    assert memory["wave_period"][i] == pytest.approx(2.53, rel=0.01)
    assert 0.2 < memory["wave_bed_stress"][i] < 1.0


def test_waves_grow_downwind():
    for angle in (0.0, 180.0):
        _, memory = started(wind_x=10.0 * math.cos(math.radians(angle)),
                            wind_y=10.0 * math.sin(math.radians(angle)))
        height = memory["wave_height"]
        west, east = height[SITE.x < 1000.0].mean(), height[SITE.x > 9000.0].mean()
        assert (east > 1.5 * west) if angle == 0.0 else (west > 1.5 * east)


def test_direction_is_interpolated():
    heights = [started(wind_x=10.0 * math.cos(a), wind_y=10.0 * math.sin(a))[1]["wave_height"]
               for a in np.radians([20.0, 23.0, 30.0])]
    low, high = np.minimum(heights[0], heights[2]), np.maximum(heights[0], heights[2])
    assert (heights[1] >= low - 1e-9).all()
    assert (heights[1] <= high + 1e-9).all()


def test_calm_and_dry_have_no_waves():
    depth = np.where(SITE.x < 5000.0, 2.0, 0.0)
    _, memory = started(depth=depth, wind_x=10.0, wind_y=0.0)
    for name in FIELDS:
        assert (memory[name][depth == 0.0] == 0.0).all()
    assert (memory["wave_height"][depth > 0.0] > 0.0).all()
    for weather in ({}, {"wind_x": 0.0, "wind_y": 0.0}):
        _, memory = started(**weather)
        assert all((memory[name] == 0.0).all() for name in FIELDS)


def test_height_is_limited_by_the_depth_here():
    """A flat of 0.2 m beside 6 m of water in a storm, growth by the mean depth of the fetch."""
    depth = np.where(SITE.y < 1500.0, 6.0, 0.2)
    _, memory = started(depth=depth, wind_x=0.0, wind_y=25.0)
    flat = depth == 0.2
    assert (memory["wave_height"] <= 0.55 * depth + 1e-12).all()
    assert memory["wave_height"][flat & (SITE.y < 2000.0)] == pytest.approx(0.11)


def test_both_waves_add_their_energy():
    """Exactly: H2 and U2 are sums; the peak is that of the higher."""
    swell = {"swell_height": 0.5, "swell_period": 9.0}
    _, wind = started(depth=10.0, wind_x=8.0, wind_y=0.0)
    _, sea = started(swell, depth=10.0)
    _, both = started(swell, depth=10.0, wind_x=8.0, wind_y=0.0)
    for name in ("wave_height", "wave_orbital_velocity"):
        assert both[name] == pytest.approx(np.hypot(wind[name], sea[name]), rel=1e-12)
    higher = wind["wave_height"] >= sea["wave_height"]
    assert both["wave_period"] == pytest.approx(
        np.where(higher, wind["wave_period"], sea["wave_period"]))
    assert (both["wave_bed_stress"] >= sea["wave_bed_stress"]).all()


def test_the_weather_overrules_the_options_for_swell():
    _, given = started({"swell_height": 1.0, "swell_period": 12.0}, depth=10.0)
    _, weather = started({"swell_height": 3.0}, depth=10.0, swell_height=1.0, swell_period=12.0)
    assert (given["wave_height"] == weather["wave_height"]).all()
    assert given["wave_height"].max() == pytest.approx(1.0, rel=0.01)


def test_swell_from_behind_the_land_hardly_enters():
    facing, behind = (
        started({"swell_height": 1.0, "swell_from_direction": direction}, depth=10.0)[1]
        for direction in (270.0, 90.0))
    near = SITE.x < 1000.0
    assert (facing["wave_height"][near] > 0.6).all()
    assert behind["wave_height"].max() < 0.01


def test_evaluated_once_per_interval():
    waves, memory = started({"interval": 600.0}, wind_x=10.0, wind_y=0.0)
    acted = []
    for step in range(1, 41):
        before = memory["wave_height"].copy()
        time = step * 70.0
        waves.advance(water_in(SITE, 2.0, time, 70.0, wind_x=10.0 + step, wind_y=0.0), {}, memory)
        if (memory["wave_height"] != before).any():
            acted.append(time)
    # The first step at or after each multiple of 600 s.
    assert acted == [70.0 * math.ceil(600.0 * k / 70.0) for k in range(1, 5)]


def run(waves, memory, first, last):
    """Advance over a tide whose bed changes too, with a turning wind and swell in the weather."""
    for step in range(first, last):
        time = 90.0 * (step + 1)
        depth = 3.0 + 2.0 * math.sin(time / 3000.0) - SITE.x / 4000.0
        weather = {"wind_x": 9.0 * math.cos(time / 5000.0), "wind_y": 9.0 * math.sin(time / 5000.0),
                   "swell_height": 1.0 + 0.1 * math.sin(time / 900.0), "swell_period": 8.0,
                   "swell_from_direction": 260.0}
        waves.advance(water_in(SITE, np.maximum(depth, 0.0), time, 90.0, **weather), {}, memory)
    return memory


def test_resumed_run_is_the_same_to_the_last_bit():
    waves, memory = started()
    whole = run(waves, copy.deepcopy(memory), 0, 60)
    half = run(waves, copy.deepcopy(memory), 0, 33)
    resumed = run(Waves(SITE, WaveOptions()), copy.deepcopy(half), 33, 60)
    assert any((half[name] != whole[name]).any() for name in FIELDS)
    for name in whole:
        assert np.array_equal(resumed[name], whole[name])


def test_memory_is_changed_in_place():
    waves, memory = started(wind_x=5.0, wind_y=0.0)
    arrays = dict(memory)
    waves.advance(water_in(SITE, 2.0, 600.0, 60.0, wind_x=9.0, wind_y=0.0), {}, memory)
    assert all(memory[name] is arrays[name] for name in arrays)


def test_swell_through_a_boundary_that_is_not():
    with pytest.raises(InputError, match=r"swell_from='sea'\. Allowed: ocean"):
        Waves(SITE, WaveOptions(swell_from="sea", swell_height=1.0))
    Waves(SITE, WaveOptions(swell_from="sea"))


@pytest.mark.parametrize("given", [
    {"growth": "wilson"}, {"breaking": 1.2}, {"interval": 0.0}, {"swell_height": -1.0},
    {"directions": 3}, {"typo": 1.0}])
def test_options_out_of_bounds(given):
    with pytest.raises(ValidationError):
        WaveOptions(**given)
