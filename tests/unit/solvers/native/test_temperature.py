"""The temperature process: its weather, its heat budget, and a resumed run that is the same."""

import copy

import numpy as np
import pytest
from pydantic import ValidationError

from tests.unit.solvers.native.parcels import random_water, site_of, started, water_of
from twin_kernel.solvers.native.process import ORDER
from twin_kernel.solvers.native.temperature import Temperature, TemperatureOptions
from twin_kernel.variables import VARIABLES

SITE = site_of(50)
METHODS = pytest.mark.parametrize("method", ["full", "equilibrium"])


def test_is_a_process():
    process = Temperature(SITE, TemperatureOptions(initial=17.0))
    tracers, memory = started(process, water_of(SITE))
    assert process.name in ORDER
    assert {*process.tracers, *process.stations} <= set(VARIABLES)
    assert all(name.startswith("temperature.") for name in memory)
    assert (tracers["temperature"] == 17.0).all()


def random_weather(random):
    wind_x, wind_y = random.normal(0.0, 6.0, 2)
    return {"air_temperature": random.uniform(-15.0, 38.0), "wind_x": wind_x, "wind_y": wind_y,
            "relative_humidity": random.uniform(0.1, 1.0), "cloud_cover": random.random(),
            "shortwave": max(0.0, random.uniform(-500.0, 1000.0))}


@METHODS
def test_heat_budget_closes_and_a_resumed_run_is_the_same(method):
    """Depths and weather change at random, a fifth of the triangles dry, a fifth films down to
    1e-9 m. 2,000 sums over 50 triangles, each rounded to 1e-16 of what has passed."""
    options = TemperatureOptions(method=method)
    process, random, flown = Temperature(SITE, options), np.random.default_rng(7), 0.0
    tracers, memory = started(process, water_of(SITE), salinity=20.0)
    capacity, before = 1000.0 * 4186.0, 0.0
    for step in range(2000):
        water = random_water(random, SITE, 10.0 ** random.uniform(0.0, 4.0), 3600.0 * step,
                             **random_weather(random))
        flown += capacity * (tracers["temperature"] @ water.volume) - before
        if step == 900:
            twin, again = copy.deepcopy((tracers, memory)), Temperature(SITE, options)
        process.advance(water, tracers, memory)
        if step >= 900:
            again.advance(water, *twin)
        before = capacity * (tracers["temperature"] @ water.volume)
        low, high = VARIABLES["temperature"].valid_range
        assert tracers["temperature"].min() >= low
        assert tracers["temperature"].max() <= high
    heat = process.amounts(water, tracers, memory)["heat"]
    assert heat.units == "J"
    assert heat.tracers == {"temperature": capacity}
    assert abs(heat.present - flown - heat.produced) < 1e-11 * abs(heat.present)
    np.testing.assert_array_equal(tracers["temperature"], twin[0]["temperature"])
    assert memory["temperature.produced"] == twin[1]["temperature.produced"]


def warmed(instant="2015-07-01T13", options=None, **weather):
    process = Temperature(SITE, TemperatureOptions(**(options or {})))
    water = water_of(SITE, 3.0, dt=600.0, start=instant, **weather)
    tracers, memory = started(process, water)
    process.advance(water, tracers, memory)
    return tracers["temperature"][0] - process._options.initial


@METHODS
@pytest.mark.parametrize(("name", "low", "high"), [
    ("air_temperature", 5.0, 30.0), ("relative_humidity", 0.2, 0.9), ("shortwave", 0.0, 500.0)])
def test_weather_warms_the_water(method, name, low, high):
    options = {"method": method}
    assert warmed(options=options, **{name: low}) < warmed(options=options, **{name: high})


def test_options_stand_in_for_missing_weather():
    given = {"air_temperature": 28.0, "relative_humidity": 0.4, "cloud_cover": 0.1}
    assert warmed(options={**given, "wind": 5.0}) == warmed(wind_x=3.0, wind_y=4.0, **given)


def test_sun_is_computed_where_it_is_not_given():
    assert warmed("2015-07-01T13") > warmed("2015-07-01T13", shortwave=0.0)
    assert warmed("2015-07-01T01") == warmed("2015-07-01T01", shortwave=0.0)
    # Noon goes west: at 13 h UTC the sun of 90 degrees east has set low.
    assert warmed("2015-07-01T13", {"longitude": 90.0}) < warmed("2015-07-01T13")


def test_dry_triangles_keep_their_temperature():
    process = Temperature(SITE, TemperatureOptions())
    water = water_of(SITE, np.where(np.arange(50) % 2, 1.0, 0.0), dt=3600.0, air_temperature=35.0)
    tracers, memory = started(process, water)
    process.advance(water, tracers, memory)
    assert (tracers["temperature"][::2] == 15.0).all()
    assert (tracers["temperature"][1::2] != 15.0).all()


@pytest.mark.parametrize("given", [{"method": "guess"}, {"albedo": 1.5}, {"initial": 60.0},
                                   {"cloud_cover": float("nan")}, {"ice": True}])
def test_refuses_options_out_of_bounds(given):
    with pytest.raises(ValidationError):
        TemperatureOptions(**given)


def test_it_says_what_stands_for_weather_that_is_not_given():
    """A wind of one component is a wind; the sun is computed, not assumed."""
    process = Temperature(SITE, TemperatureOptions(wind=4.0, cloud_cover=0.5))
    assert process.assumed(()) == {"air_temperature": 13.5, "relative_humidity": 0.78,
                                   "cloud_cover": 0.5, "wind_speed": 4.0}
    assert process.assumed(("wind_x", "air_temperature", "relative_humidity", "cloud_cover")) == {}


def test_water_starts_between_the_ocean_and_the_rivers_by_its_salinity():
    process = Temperature(SITE, TemperatureOptions(initial=20.0, initial_fresh=24.0))
    tracers = {"temperature": np.zeros(50), "salinity": np.linspace(0.0, 36.0, 50)}
    process.start(water_of(SITE, np.ones(50)), tracers, {})
    expected = 24.0 - 4.0 * np.minimum(tracers["salinity"] / 35.0, 1.0)
    np.testing.assert_allclose(tracers["temperature"], expected, rtol=1e-15)
