"""The sediment against exact solutions: settling, balances, consolidation, budgets.

Tolerances of 1e-12 and under are round-off: some thousand operations at 1e-16 each.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from tests.analytic.tanks import START, Tank, site_of
from twin_kernel.errors import InputError
from twin_kernel.solvers.native.sediment.options import (
    BedLayer,
    MudClass,
    Operation,
    SandClass,
    SedimentOptions,
)
from twin_kernel.solvers.native.sediment.sand import fall_velocity
from twin_kernel.solvers.native.sediment.sediment import Sediment
from twin_kernel.solvers.native.sediment.settling import VISCOSITY

ROUND_OFF = 1e-12
GRAVITY, DENSITY, GRAIN = 9.81, 1000.0, 2650.0
ONE_LAYER = (BedLayer(dry_density=400.0, erosion_stress=0.3, erosion_rate=5e-4),)


def plain_mud(**given):
    """Return a class of constant settling velocity, 1 mm/s, without hindrance."""
    given = {"settling": "constant", "velocity": 1e-3, "hindered": "none", "initial": 0.0,
             "initial_bed": {}, **given}
    return MudClass(**given)


def tank_of(*classes, area=(1000.0,), depth=1.0, memory=None, zone=None, zone_names=("river",),
            **options):
    """Return a tank with these classes; water of 1000 kg/m3, stress of Manning's n."""
    site = site_of(area, zone, zone_names)
    given = {"classes": classes, "water_density": DENSITY, "grain_density": GRAIN,
             "layers": ONE_LAYER, "bed_roughness": None, **options}
    return Tank(Sediment(site, SedimentOptions(**given)), site, depth, **(memory or {}))


def stress(depth, speed, manning=0.02):
    """Return Manning's stress, Pa."""
    return DENSITY * GRAVITY * manning**2 * speed**2 / depth ** (1 / 3)


@pytest.mark.parametrize("steps", [1, 7, 500])
def test_settling_in_still_water_is_exponential(steps):
    """Krone (1962): c = c0 exp(-ws t / h), whatever the step."""
    tank = tank_of(plain_mud(initial=0.4), depth=2.5)
    tank.run(3000.0, steps, depth=2.5)
    exact = 0.4 * np.exp(-1e-3 * 3000.0 / 2.5)
    np.testing.assert_allclose(tank.tracers["mud"], exact, rtol=ROUND_OFF)
    np.testing.assert_allclose(tank.memory["mud_on_bed"], 2.5 * (0.4 - exact), rtol=ROUND_OFF)


def test_flocculated_settling_converges_at_first_order():
    """dc/dt = -k c2 / h has c = c0 / (1 + k c0 t / h); the velocity is that of the step's start."""
    errors, steps = [], np.array([20, 40, 80, 160, 320])
    exact = 1.0 / (1.0 + 1e-3 * 5000.0 / 4.0)
    for n in steps:
        tank = tank_of(plain_mud(settling="flocculation", initial=1.0, slowest=0.0, fastest=0.1),
                       depth=4.0)
        tank.run(5000.0, n, depth=4.0)
        errors.append(abs(tank.tracers["mud"][0] - exact))
    order = -np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert order == pytest.approx(1.0, abs=0.05)
    assert errors[-1] < 1e-3


def test_constant_stress_leads_to_the_balance_of_erosion_and_deposition():
    """Sanford & Halka (1993): c tends to E / ws, the difference dies in h / ws."""
    depth, speed = 5.0, 1.0
    tank = tank_of(plain_mud(initial_bed={"river": 500.0}), depth=depth)
    expected = 5e-4 * (stress(depth, speed) / 0.3 - 1.0) / 1e-3
    lacking = []
    for _ in range(20):
        tank.step(500.0, depth, speed)
        lacking.append(expected - tank.tracers["mud"][0])
    slope = np.polyfit(500.0 * np.arange(1, 21), np.log(lacking), 1)[0]
    assert -1.0 / slope == pytest.approx(depth / 1e-3, rel=1e-9)
    tank.run(40 * depth / 1e-3, 40, depth, speed)  # exp(-40) is 4e-18
    np.testing.assert_allclose(tank.tracers["mud"], expected, rtol=ROUND_OFF)


def test_krone_deposits_less_under_stress_and_nothing_above_its_limit():
    """Krone (1962): the rate is ws (1 - tau / tau_cd)+ / h."""
    mud = plain_mud(initial=0.2, deposition="krone", deposition_stress=0.2)
    depth = 3.0
    for speed in (0.0, 0.1, 0.3, 2.0):
        tank = tank_of(mud, depth=depth)
        tank.run(1800.0, 6, depth, speed)
        share = max(0.0, 1.0 - stress(depth, speed) / 0.2)
        exact = 0.2 * np.exp(-share * 1e-3 * 1800.0 / depth)
        np.testing.assert_allclose(tank.tracers["mud"], exact, rtol=ROUND_OFF)
    assert share == 0.0


def profile_over_reference(number, alpha=0.05):
    """Return the depth mean of a Rouse (1937) profile over its value at alpha."""
    def shape(s):
        return ((1 - s) / s * alpha / (1 - alpha)) ** number
    return quad(shape, alpha, 1.0, epsabs=1e-13, limit=200)[0] / (1 - alpha)


@pytest.mark.parametrize("speed", [0.8, 1.4])
def test_sand_reaches_the_rouse_profile_on_van_rijns_concentration(speed):
    """van Rijn (1984): near the bed c_a, over the depth the mean of the Rouse profile.

    1e-4: the table of Rouse profiles is linear between 501 points.
    """
    depth, diameter = 6.0, 1.5e-4
    tank = tank_of(SandClass(diameter=diameter, initial_bed={"river": 1e4}), depth=depth)
    tank.run(1e6, 50, depth, speed)
    number = diameter * (1.65 * GRAVITY / VISCOSITY**2) ** (1 / 3)
    critical = (0.30 / (1 + 1.2 * number) + 0.055 * (1 - np.exp(-0.02 * number))) * (
        1650.0 * GRAVITY * diameter)
    chezy = 18 * np.log10(12 * depth / (6 * diameter))
    excess = (DENSITY * GRAVITY * speed**2 / chezy**2 - critical) / critical
    reference = GRAIN * 0.015 * diameter / (0.05 * depth) * excess**1.5 * number**-0.3
    rouse = fall_velocity(diameter, 2.65) / (0.4 * np.sqrt(stress(depth, speed) / DENSITY))
    expected = reference * profile_over_reference(rouse)
    np.testing.assert_allclose(tank.tracers["sand"], expected, rtol=1e-4)


def test_sand_carries_the_load_of_engelund_and_hansen():
    """Engelund & Hansen (1967): volume load 0.05 U^5 / (g^(1/2) (s-1)2 d C^3)."""
    depth, speed, diameter, manning = 4.0, 1.1, 3e-4, 0.025
    sand = SandClass(diameter=diameter, law="engelund_hansen", near_bed="mean",
                     initial_bed={"river": 1e4})
    tank = tank_of(sand, depth=depth)
    tank.run(1e5, 50, depth, speed, manning)
    chezy = depth ** (1 / 6) / manning
    load = 0.05 * speed**5 / (np.sqrt(GRAVITY) * 1.65**2 * diameter * chezy**3)
    np.testing.assert_allclose(tank.tracers["sand"] * speed * depth / GRAIN, load, rtol=ROUND_OFF)


def test_sand_that_is_not_there_is_not_carried():
    tank = tank_of(SandClass(initial_bed={"river": 0.01}), depth=2.0)
    tank.run(3600.0, 60, 2.0, 2.0)
    assert tank.memory["sand_on_bed"][0] >= 0.0
    held = tank.tracers["sand"][0] * 2.0 + tank.memory["sand_on_bed"][0]
    assert held == pytest.approx(0.01, rel=ROUND_OFF)


def test_layers_are_emptied_in_order_at_the_exact_times():
    """Without settling, the eroded mass is the sum over layers of rate × time, Partheniades."""
    layers = (BedLayer(dry_density=100, erosion_stress=0.2, erosion_rate=1e-3),
              BedLayer(dry_density=250, erosion_stress=0.6, erosion_rate=5e-4),
              BedLayer(dry_density=500, erosion_stress=1.5, erosion_rate=1e-4))
    depth, speed = 4.0, 1.2
    applied = stress(depth, speed)
    rates = [one.erosion_rate * (applied / one.erosion_stress - 1.0) for one in layers]
    for seconds in (100.0, 600.0, 2000.0, 20000.0):
        for steps in (1, 13):
            tank = tank_of(plain_mud(velocity=0.0), depth=depth, layers=layers)
            tank.memory["sediment.mud_bed"][0, :, 0] = masses = [1.0, 0.8, 0.5]
            tank.run(seconds, steps, depth, speed)
            left, expected = seconds, []
            for rate, mass in zip(rates, masses, strict=True):
                gone = min(mass, rate * left)
                left -= gone / rate
                expected.append(mass - gone)
            np.testing.assert_allclose(tank.memory["sediment.mud_bed"][0, :, 0], expected,
                                       atol=ROUND_OFF)
            np.testing.assert_allclose(tank.tracers["mud"] * depth, 2.3 - np.sum(expected),
                                       rtol=ROUND_OFF)
    assert not any(expected)


@pytest.mark.parametrize("steps", [1, 10, 1000])
def test_consolidation_is_the_exact_chain(steps):
    """Bateman (1910): two decays one after another, and what is left below."""
    first, second, seconds = 43200.0, 260000.0, 2e5
    layers = (BedLayer(dry_density=100, erosion_stress=1, erosion_rate=0,
                       consolidation_time=first),
              BedLayer(dry_density=250, erosion_stress=1, erosion_rate=0,
                       consolidation_time=second),
              BedLayer(dry_density=500, erosion_stress=1, erosion_rate=0))
    tank = tank_of(plain_mud(initial_bed={"river": 3.0}), layers=layers)
    lowest = [0.0]
    for _ in range(steps):
        tank.step(seconds / steps)
        lowest.append(tank.memory["sediment.mud_bed"][0, 2, 0])
    assert (np.diff(lowest) > 0).all()
    a, b = 1 / first, 1 / second
    top = 3.0 * np.exp(-a * seconds)
    middle = 3.0 * a / (b - a) * (np.exp(-a * seconds) - np.exp(-b * seconds))
    np.testing.assert_allclose(tank.memory["sediment.mud_bed"][0, :, 0],
                               [top, middle, 3.0 - top - middle], rtol=1e-11)
    assert tank.memory["mud_on_bed"][0] == pytest.approx(3.0, rel=ROUND_OFF)


def tidal_cycle(steps):
    """Return suspended mud at the end of two tides over a bed of three layers, kg/m3."""
    mud = MudClass(initial=0.05, initial_bed={"river": 3.0})
    tank = tank_of(mud, depth=6.0, layers=SedimentOptions().layers)
    period = 44714.0
    for step in range(2 * steps):
        phase = 2 * np.pi * (step + 0.5) / steps
        tank.step(period / steps, 6.0 + 2.0 * np.cos(phase), abs(1.3 * np.sin(phase)))
        tank.tracers["mud"] *= (6.0 + 2.0 * np.cos(phase)) / (
            6.0 + 2.0 * np.cos(phase + 2 * np.pi / steps))
    return tank.tracers["mud"][0]


def test_tides_converge_at_first_order():
    """Erosion, flocculated deposition and consolidation follow one another: first order in dt.

    The reference has steps of 2.7 s, a ninth of the smallest here.
    """
    steps = np.array([120, 240, 480, 960, 1800])
    reference = tidal_cycle(16384)
    errors = np.array([abs(tidal_cycle(n) - reference) for n in steps])
    order = -np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert 0.8 < order < 1.3
    assert errors[-1] < 0.01 * reference


def busy_options():
    """Return options with everything at once, over two zones."""
    layers = SedimentOptions().layers
    start = START.item()
    stamps = [np.datetime64(start) + np.timedelta64(hours, "h") for hours in (2, 30)]
    first, last = (f"{one}Z" for one in stamps)
    return {
        "layers": layers, "morphological_factor": 5.0, "zone_names": ("upper", "lower"),
        "operations": (
            Operation(kind="dredge", zone="upper", mass_rate=2.0, start=first, stop=last),
            Operation(kind="dump", zone="lower", volume_rate=500.0, start=first, stop=last),
            Operation(kind="dredge", sediment="sand", zone="upper", mass_rate=9.0, start=first,
                      stop=last)),
    }


def busy_tank(n=60):
    """Return a tank of two muds and a sand."""
    rng = np.random.default_rng(5)
    muds = (MudClass(turbulence=True, initial_bed={"upper": 4.0, "lower": 0.5}),
            MudClass(name="mud_2", hindered="winterwerp", near_bed="rouse", floc_power=1.3,
                     deposition="krone", initial_bed={"lower": 1.0}))
    return tank_of(*muds, SandClass(initial_bed={"upper": 20.0}), area=rng.uniform(50, 500, n),
                   zone=rng.integers(0, 2, n), depth=rng.uniform(0.1, 5, n),
                   memory={"wave_bed_stress": rng.uniform(0, 0.5, n)}, **busy_options())


def drive(tank, rng, aside):
    """Make one step of random water; what is suspended keeps its mass while volumes change."""
    n = len(tank.site.area)
    depth = np.maximum(rng.uniform(-0.8, 4.0, n) ** 3 / 10, 0.0)
    before, after = tank.water.volume, depth * tank.site.area
    for name, value in tank.tracers.items():
        mass = value * before + aside.get(name, 0.0)
        value[:] = np.divide(mass, after, out=np.zeros(n), where=after > 0)
        aside[name] = np.where(after > 0, 0.0, mass)
    tank.step(rng.uniform(1.0, 400.0), depth, rng.uniform(0, 2.5, n))


def test_mass_is_kept_over_thousands_of_steps_of_wetting_and_drying():
    """2,000 steps: 1e-12 of the largest mass is 5 roundings of 1e-16 a step, not cancelling."""
    tank, rng, aside = busy_tank(), np.random.default_rng(11), {}
    found = tank.process.amounts(tank.water, tank.tracers, tank.memory)
    start = {name: one.present for name, one in found.items()}
    dry = 0
    for _ in range(2000):
        drive(tank, rng, aside)
        dry += (tank.water.volume == 0.0).sum()
        lowest = min(one.min() for one in (*tank.tracers.values(), tank.memory["sediment.mud_bed"],
                                           tank.memory["sediment.sand_bed"]))
        assert lowest >= 0.0
    assert dry > 1000
    found = tank.process.amounts(tank.water, tank.tracers, tank.memory)
    assert set(found) == {"mud", "sand"}
    for name, one in found.items():
        held = one.present + sum(aside[tracer].sum() for tracer in one.tracers)
        assert one.units == "kg"
        assert one.produced != 0.0
        scale = max(start[name], held)
        assert abs(held - start[name] - one.produced) < ROUND_OFF * scale, name


def test_resumed_run_is_the_same_to_the_last_bit():
    whole, rng, aside = busy_tank(), np.random.default_rng(3), {}
    for _ in range(60):
        drive(whole, rng, aside)
    resumed = busy_tank()
    resumed.tracers = {name: one.copy() for name, one in whole.tracers.items()}
    resumed.memory = {name: one.copy() for name, one in whole.memory.items()}
    resumed.time, resumed.water = whole.time, whole.water
    again, aside_again = np.random.default_rng(4), {k: v.copy() for k, v in aside.items()}
    rng = np.random.default_rng(4)
    for _ in range(60):
        drive(whole, rng, aside)
        drive(resumed, again, aside_again)
    assert whole.memory["bed_level_change"].any()
    for name in (*whole.tracers, *whole.memory):
        kept = whole.tracers if name in whole.tracers else whole.memory
        other = resumed.tracers if name in whole.tracers else resumed.memory
        np.testing.assert_array_equal(kept[name], other[name], err_msg=name)


@pytest.mark.parametrize("factor", [0.0, 1.0, 20.0])
def test_bed_moves_by_the_factor_times_the_thickness(factor):
    """Exner: what settles on the bed over its dry density, what is eroded likewise."""
    tank = tank_of(plain_mud(initial=2.0), depth=5.0, morphological_factor=factor)
    tank.run(3600.0, 60, depth=5.0)
    settled = 10.0 * (1.0 - np.exp(-1e-3 * 3600.0 / 5.0))
    np.testing.assert_allclose(tank.memory["bed_level_change"], factor * settled / 400.0,
                               rtol=ROUND_OFF)
    eroding = tank_of(plain_mud(velocity=0.0, initial_bed={"river": 1000.0}), depth=5.0,
                      morphological_factor=factor)
    eroding.run(600.0, 10, 5.0, 1.0)
    np.testing.assert_allclose(
        eroding.memory["bed_level_change"], -factor * eroding.tracers["mud"] * 5.0 / 400.0,
        rtol=1e-10)  # the difference of two thicknesses a hundred times larger


@pytest.mark.parametrize("factor", [1.0, 20.0])
def test_no_bed_is_dug_that_was_not_there(factor):
    """50 kg/m2 of 400 kg/m3 are 12.5 cm: eroded to nothing, the water holds 1/f of them."""
    tank = tank_of(plain_mud(velocity=0.0, initial_bed={"river": 50.0}), depth=5.0,
                   morphological_factor=factor)
    before = tank.present("mud")
    tank.run(86400.0, 1000, 5.0, 1.5)
    assert not tank.memory["mud_on_bed"].any()
    np.testing.assert_allclose(tank.memory["bed_level_change"], -0.125, rtol=ROUND_OFF)
    np.testing.assert_allclose(tank.tracers["mud"] * 5.0, 50.0 / factor, rtol=1e-11)
    after = tank.process.amounts(tank.water, tank.tracers, tank.memory)["mud"]
    assert after.present - before == pytest.approx(after.produced, rel=1e-9, abs=1e-6)


def test_soft_mud_sinks_as_fast_with_a_factor_as_without():
    """Consolidation is no exchange with the water: 30 days of still water, the same mass."""
    sunk = [tank_of(MudClass(initial=0.0, initial_bed={"river": 3.0}), depth=5.0,
                    layers=SedimentOptions().layers, morphological_factor=factor)
            for factor in (1.0, 20.0)]
    for tank in sunk:
        tank.run(30 * 86400.0, 720, 5.0)
    slow, fast = (tank.memory["bed_level_change"] for tank in sunk)
    assert (slow < -0.01).all()
    np.testing.assert_allclose(fast, slow, rtol=1e-9)


def test_thin_water_holds_no_more_mud_than_its_gel_point():
    """5 cm of fast water over soft mud: what exceeds 80 kg/m3 stays a bed, and nothing is lost."""
    muds = (MudClass(initial_bed={"river": 30.0}, initial=60.0),
            MudClass(name="mud_2", initial_bed={}, initial=30.0))
    tank = tank_of(*muds, depth=0.05)
    before = tank.present("mud")
    for _ in range(100):
        tank.step(60.0, depth=0.05, speed=2.0)
        total = tank.tracers["mud"] + tank.tracers["mud_2"]
        assert total[0] <= 80.0 * (1.0 + ROUND_OFF)
    assert total[0] > 79.0
    assert tank.present("mud") == pytest.approx(before, rel=ROUND_OFF)


def test_mud_starts_in_the_river_and_not_at_sea():
    """By zone where it is given so; what is left out has the river's, and the sea's at sea."""
    def start(**given):
        tank = tank_of(MudClass(initial_bed={}, **given), area=(1.0, 1.0, 1.0), zone=(0, 1, 2),
                       zone_names=("ocean", "estuary", "river"))
        return list(tank.tracers["mud"])

    assert start() == [0.001, 0.05, 0.05]
    assert start(initial=0.2) == [0.2, 0.2, 0.2]
    assert start(initial={"river": 0.3}) == [0.0, 0.0, 0.3]
    with pytest.raises(InputError, match="no such zone for the initial water of 'mud'"):
        start(initial={"elsewhere": 0.3})


def test_waves_stir_what_the_current_alone_leaves():
    """Soulsby (1997): both together exceed their sum along the current."""
    tanks = [tank_of(plain_mud(initial_bed={"river": 5.0}), depth=2.0,
                     memory={"wave_bed_stress": np.array([wave])}) for wave in (0.0, 0.25)]
    for tank in tanks:
        tank.run(600.0, 10, 2.0, 0.25)
    current = stress(2.0, 0.25)
    assert current < 0.3
    np.testing.assert_allclose(tanks[0].memory["bed_shear_stress"], current, rtol=ROUND_OFF)
    assert tanks[0].tracers["mud"][0] == 0.0
    mean = current * (1 + 1.2 * (0.25 / (0.25 + current)) ** 3.2)
    np.testing.assert_allclose(tanks[1].memory["bed_shear_stress"], mean + 0.25, rtol=ROUND_OFF)
    assert tanks[1].tracers["mud"][0] > 0.0
