"""The water quality process: what it reads and keeps, its budgets, exhaustion, effluents."""

import copy

import numpy as np
import pytest
from pydantic import ValidationError

from tests.unit.solvers.native.parcels import random_water, site_of, started, water_of
from twin_kernel.solvers.native.process import ORDER
from twin_kernel.solvers.native.water_quality import TERMS, WaterQuality, WaterQualityOptions
from twin_kernel.solvers.native.water_quality.oxygen import saturation
from twin_kernel.variables import VARIABLES

SITE = site_of(50)
CONSTITUENTS = WaterQuality.tracers
EFFLUENT = {"name": "town", "x": 203.0, "y": 5.0, "dissolved_organic_carbon": 5000.0,
            "particulate_organic_carbon": 2000.0, "ammonia": 3000.0, "nitrate": 10.0,
            "dissolved_oxygen": 50.0}
BUSY = {"oxidation": 3.0, "hydrolysis": 1.0, "nitrification": 2.0, "bed_demand": 5.0,
        "mud_oxidation": 0.2, "settling_velocity": 2.0, "initial_dissolved_organic_carbon": 8.0,
        "initial_particulate_organic_carbon": 5.0, "initial_ammonia": 2.0,
        "effluents": (EFFLUENT,)}
CARRIED = {"temperature": 24.0, "salinity": 5.0, "mud": 2.0}


def test_is_a_process():
    process = WaterQuality(SITE, WaterQualityOptions())
    tracers, memory = started(process, water_of(SITE))
    assert process.name in ORDER
    assert {*process.tracers, *process.shown, *process.stations} <= set(VARIABLES)
    assert all(name in VARIABLES or name.startswith("water_quality.") for name in memory)
    for name, values in (*tracers.items(), *((n, memory[n]) for n in process.shown)):
        low, high = VARIABLES[name].valid_range
        assert ((values >= low) & (values <= high)).all()


def test_starts_from_its_options():
    options = WaterQualityOptions(initial_saturation=0.8, initial_ammonia=0.3)
    tracers, memory = started(WaterQuality(SITE, options), water_of(SITE), salinity=30.0)
    assert tracers["dissolved_oxygen"][7] == 0.8 * saturation(15.0, 30.0)
    assert tracers["ammonia"][7] == 0.3
    np.testing.assert_allclose(memory["oxygen_saturation"], 0.8, rtol=1e-15)


def advanced(depth=8.0, dt=3600.0, options=None, weather=None, **carried):
    process = WaterQuality(SITE, WaterQualityOptions(**(options or {})))
    water = water_of(SITE, depth, dt=dt, **(weather or {}))
    tracers, memory = started(process, water, **carried)
    process.advance(water, tracers, memory)
    return tracers, memory


@pytest.mark.parametrize(("name", "value", "sign"), [
    ("mud", 1.0, -1), ("salinity", 20.0, -1), ("temperature", 25.0, -1)])
def test_reads_the_tracers_of_others(name, value, sign):
    with_it = advanced(**{name: value})[0]["dissolved_oxygen"][0]
    without = advanced()[0]["dissolved_oxygen"][0]
    assert sign * (with_it - without) > 0.0


def test_every_class_of_mud_asks_for_oxygen():
    """Half the mud in a second class costs what all of it costs in one."""
    one = advanced(mud=1.0)[0]["dissolved_oxygen"][0]
    two = advanced(mud=0.5, mud_2=0.5)[0]["dissolved_oxygen"][0]
    assert two == pytest.approx(one, rel=1e-14)
    assert two < advanced(mud=0.5)[0]["dissolved_oxygen"][0]


def test_a_muddy_bed_asks_for_more_than_a_bare_one():
    """At 2.5 kg/m2, half of a muddy bed, the demand is midway between both."""
    options = {"bed_demand": 0.2, "mud_bed_demand": 1.8, "oxidation": 0.0, "nitrification": 0.0,
               "hydrolysis": 0.0, "oxygen_for_carbon": 0.0, "temperature": 20.0}
    process = WaterQuality(SITE, WaterQualityOptions(**options))
    water = water_of(SITE, 8.0, dt=3600.0)
    demands = []
    for mass in (0.0, 2.5, 5.0, 50.0):
        tracers, memory = started(process, water)
        memory["mud_on_bed"] = np.full(50, mass)
        process.advance(water, tracers, memory)
        demands.append(-process.oxygen_terms(memory)["bed"] * 24e3 / SITE.area.sum())
    np.testing.assert_allclose(demands, [0.2, 1.0, 1.8, 1.8], rtol=1e-12)


def test_starts_between_river_and_sea_by_its_salinity():
    options = WaterQualityOptions(initial_nitrate=2.0, initial_at_sea={"nitrate": 0.1})
    for salinity, expected in ((0.0, 2.0), (17.5, 1.05), (35.0, 0.1), (38.0, 0.1)):
        tracers, _ = started(WaterQuality(SITE, options), water_of(SITE), salinity=salinity)
        assert tracers["nitrate"][7] == pytest.approx(expected)
        assert tracers["ammonia"][7] == options.initial_ammonia


def test_wind_brings_oxygen():
    hungry = {"initial_saturation": 0.2, "wind": 0.0}
    calm = advanced(options=hungry)[0]["dissolved_oxygen"][0]
    windy = advanced(options=hungry, weather={"wind_x": 0.0, "wind_y": -8.0})
    assert windy[0]["dissolved_oxygen"][0] > calm
    still = advanced(options={**hungry, "wind_reaeration": "none"}, weather={"wind_y": -8.0})
    assert still[0]["dissolved_oxygen"][0] == calm


def test_without_weather_the_wind_of_the_options_blows_and_is_told():
    """As for heat: 3.5 m/s, not a dead calm."""
    process = WaterQuality(SITE, WaterQualityOptions(initial_saturation=0.2))
    water = ("temperature", "salinity")
    assert process.assumed(water) == {"wind_speed": 3.5}
    assert process.assumed(("wind_x", "wind_y", *water)) == {}
    assert WaterQuality(SITE, WaterQualityOptions(wind_reaeration="none")).assumed(water) == {}
    assert process.assumed(("wind_x",)) == {"temperature": 15.0, "salinity": 0.0}
    hungry = {"initial_saturation": 0.2}
    assumed, blown = (advanced(options=hungry, weather=weather)[0]["dissolved_oxygen"][0]
                      for weather in ({}, {"wind_x": 3.5, "wind_y": 0.0}))
    assert assumed == blown


def test_supersaturated_water_gives_oxygen_to_the_air():
    tracers, memory = advanced(options={"initial_saturation": 1.5})
    terms = WaterQuality(SITE, WaterQualityOptions()).oxygen_terms(memory)
    assert terms["reaeration"] < 0.0
    assert tracers["dissolved_oxygen"][0] < 1.5 * saturation(15.0, 0.0)


@pytest.mark.parametrize("half", [0.0, 0.5])
@pytest.mark.parametrize("dt", [60.0, 86400.0])
def test_exhausted_water_keeps_what_it_could_not_oxidise(half, dt):
    """Far more demand than oxygen: none is negative, and what was oxidised had its oxygen."""
    options = {"oxidation": 40.0, "nitrification": 40.0, "hydrolysis": 0.0, "bed_demand": 0.0,
               "mud_carbon": 0.0, "current_reaeration": "none", "oxygen_for_carbon": half,
               "oxygen_for_nitrification": half, "initial_dissolved_organic_carbon": 500.0,
               "initial_ammonia": 100.0, "wind_reaeration": "none", "least_transfer": 0.0}
    process = WaterQuality(SITE, WaterQualityOptions(**options))
    water = water_of(SITE, dt=dt)
    tracers, memory = started(process, water)
    first = {name: tracers[name][0] for name in CONSTITUENTS}
    for _ in range(200):
        process.advance(water, tracers, memory)
        assert all((tracers[name] >= 0.0).all() for name in CONSTITUENTS)
    gone = {name: first[name] - tracers[name][0] for name in CONSTITUENTS}
    assert tracers["dissolved_oxygen"][0] < 0.01
    # 600 g of matter rounded to 1e-16 in each of 200 steps.
    assert gone["dissolved_oxygen"] == pytest.approx(
        32 / 12 * gone["dissolved_organic_carbon"] + 64 / 14 * gone["ammonia"], abs=1e-10)
    assert gone["dissolved_organic_carbon"] < 4.0


def run(random, steps, process, tracers, memory, before_each=lambda step, water: None):
    """Advance on random water, keeping mass as the transport would: by its own account."""
    water, flown = None, {name: 0.0 for name in CONSTITUENTS}
    for step in range(steps):
        wind_x, wind_y = random.normal(0.0, 5.0, 2)
        following = random_water(random, SITE, 10.0 ** random.uniform(0.0, 4.0),
                                 wind_x=wind_x, wind_y=wind_y)
        for name in CONSTITUENTS:
            old = 0.0 if water is None else tracers[name] @ water.volume
            flown[name] += tracers[name] @ following.volume - old
        water = following
        before_each(step, water)
        process.advance(water, tracers, memory)
        for name in CONSTITUENTS:
            assert tracers[name].min() >= 0.0
    return water, flown


def test_budgets_close_over_thousands_of_random_steps():
    """Depths change at random between steps, a fifth of the triangles dry, a fifth films down to
    1e-9 m. 3,000 sums over 50 triangles, each rounded to 1e-16 of what has passed."""
    process, random = WaterQuality(SITE, WaterQualityOptions(**BUSY)), np.random.default_rng(11)
    tracers, memory = started(process, water_of(SITE), **CARRIED)
    water, flown = run(random, 3000, process, tracers, memory)
    found = process.amounts(water, tracers, memory)
    assert list(found) == ["oxygen", "organic_carbon", "nitrogen"]
    for amount in found.values():
        entered = sum(1.0e-3 * flown[name] for name in amount.tracers)
        assert set(amount.tracers.values()) == {1.0e-3}
        scale = abs(amount.present) + abs(entered) + abs(amount.produced)
        assert abs(amount.present - entered - amount.produced) < 1e-11 * scale
    terms = process.oxygen_terms(memory)
    assert tuple(terms) == TERMS
    assert sum(terms.values()) == pytest.approx(
        found["oxygen"].produced, abs=1e-11 * sum(map(abs, terms.values())))
    assert all(terms[name] < 0.0 for name in TERMS[1:5])
    assert terms["reaeration"] > 0.0


def test_still_film_under_calm_air_does_not_suffocate():
    """At rest the bed's demand equals K times the deficit: 0.5 x 1.065^(T-20) / 0.6 mg/L, less by
    the limitation; without the least transfer the bed takes all."""
    options = {"oxidation": 0.0, "nitrification": 0.0, "temperature": 20.0, "wind": 0.0}
    process = WaterQuality(SITE, WaterQualityOptions(**options))
    water = water_of(SITE, 1.0e-3, 0.0)
    tracers, memory = started(process, water)
    for _ in range(2000):
        process.advance(water, tracers, memory)
    oxygen = tracers["dissolved_oxygen"][0]
    limited = oxygen / (oxygen + 0.5)
    assert saturation(20.0, 0.0) - oxygen == pytest.approx(0.5 * limited / 0.6, rel=1e-9)


def test_dry_triangles_are_left_alone():
    depth = np.where(np.arange(50) % 2, 5.0, 0.0)
    tracers, _ = advanced(depth, options=BUSY, **CARRIED)
    assert (tracers["ammonia"][::2] == 2.0).all()
    assert (tracers["ammonia"][1::2] != 2.0).all()


def test_resumed_run_is_the_same_to_the_last_bit():
    process, random = WaterQuality(SITE, WaterQualityOptions(**BUSY)), np.random.default_rng(5)
    tracers, memory = started(process, water_of(SITE), **CARRIED)
    twin = []

    def follow(step, water):
        if step == 100:
            twin.extend((WaterQuality(SITE, WaterQualityOptions(**BUSY)),
                         *copy.deepcopy((tracers, memory))))
        if twin:
            twin[0].advance(water, *twin[1:])

    run(random, 300, process, tracers, memory, follow)
    for mine, other in zip((tracers, memory), twin[1:], strict=True):
        for name in mine:
            np.testing.assert_array_equal(mine[name], other[name])


def test_effluent_enters_the_nearest_water_and_waits_for_it():
    quiet = {"oxidation": 0.0, "nitrification": 0.0, "hydrolysis": 0.0,
             "initial_ammonia": 0.0, "effluents": (EFFLUENT,)}
    process = WaterQuality(SITE, WaterQualityOptions(**quiet))
    dry, wet = np.zeros(50), np.zeros(50)
    wet[[3, 24]] = 4.0
    wet[19] = 0.05
    tracers, memory = started(process, water_of(SITE, dry))
    process.advance(water_of(SITE, dry, dt=43200.0), tracers, memory)
    assert not tracers["ammonia"].any()
    process.advance(water_of(SITE, wet, dt=43200.0), tracers, memory)
    assert np.flatnonzero(tracers["ammonia"]).tolist() == [24]
    # A day's 3,000 kg in 400 m3.
    assert tracers["ammonia"][24] == pytest.approx(3000.0 * 1000.0 / 400.0, rel=1e-15)
    produced = process.amounts(water_of(SITE, wet), tracers, memory)["nitrogen"].produced
    assert produced == pytest.approx(3010.0, rel=1e-15)
    assert process.oxygen_terms(memory)["effluents"] == 50.0


@pytest.mark.parametrize("given", [
    {"oxidation": -0.1}, {"oxidation_theta": 2.0}, {"wind_reaeration": "gale"}, {"algae": True},
    {"initial_ammonia": float("nan")}, {"effluents": ({"name": "town", "x": 1.0},)},
    {"effluents": ({"name": "", "x": 1.0, "y": 1.0},)},
    {"effluents": ({"name": "town", "x": 1.0, "y": 1.0, "ammonia": -1.0},)}])
def test_refuses_options_out_of_bounds(given):
    with pytest.raises(ValidationError):
        WaterQualityOptions(**given)
