"""The laws of the sediment against numbers worked out from the papers, one at a time."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
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
from twin_kernel.solvers.native.sediment.sand import fall_velocity, wave_stress
from twin_kernel.solvers.native.sediment.sediment import Sediment
from twin_kernel.solvers.native.sediment.settling import VISCOSITY, hindrance, shear_factor
from twin_kernel.solvers.native.sediment.stress import (
    current_stress,
    largest_stress,
    mean_stress,
)
from twin_kernel.solvers.native.temperature.options import TemperatureOptions
from twin_kernel.solvers.native.waves.options import WaveOptions


def test_the_current_stress_is_that_of_a_logarithmic_profile():
    """u(z) = u*/0.4 ln(z/z0) meaned from z0 to h; the law leaves z0/h out, 4e-5 here."""
    depth, roughness, friction_velocity = 5.0, 2e-4, 0.05
    speed = quad(lambda z: friction_velocity / 0.4 * np.log(z / roughness), roughness, depth)[0]
    speed /= depth
    found = current_stress(depth, speed, 0.02**2, roughness, 1010.0)
    assert found == pytest.approx(1010.0 * friction_velocity**2, rel=1e-4)


def test_a_muddy_bed_at_one_metre_a_second():
    """C_D = (0.4 / (ln 25000 - 1))^2 = 1.921e-3 over z0 = 0.2 mm in 5 m, whatever Manning's n."""
    for manning in (0.0, 0.0123, 0.03):
        assert current_stress(5.0, 1.0, manning**2, 2e-4, 1000.0) == pytest.approx(1.921, abs=1e-3)


def test_without_roughness_it_is_mannings():
    assert current_stress(8.0, 0.5, 4e-4, 0.0, 1000.0) == pytest.approx(
        1000.0 * 9.81 * 4e-4 * 0.25 / 2.0, rel=1e-12)


def test_the_stress_stays_finite_in_water_as_thin_as_the_grains():
    """Under ten roughness lengths the profile of ten is taken: C_D = (0.4 / 1.3026)^2."""
    assert current_stress(1e-4, 1.0, 4e-4, 2e-4, 1000.0) == pytest.approx(94.30, abs=0.01)


@pytest.mark.parametrize(("concentration", "expected"), [(8.0, 0.9**4.65), (40.0, 0.5**4.65)])
def test_hindrance_of_richardson_and_zaki(concentration, expected):
    """Gel point 80 kg/m3: a tenth and a half of the space filled."""
    assert hindrance(concentration, 80.0, 2650.0, False) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("concentration", "expected"), [
    (8.0, 0.9 * (1.0 - 8.0 / 2650.0) / 1.25), (40.0, 0.5 * (1.0 - 40.0 / 2650.0) / 2.25)])
def test_hindrance_of_winterwerp(concentration, expected):
    assert hindrance(concentration, 80.0, 2650.0, True) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("diameter", [6.3e-5, 1e-4, 2e-4, 3e-4, 5e-4, 1e-3])
def test_sand_falls_as_another_law_says(diameter):
    """Ferguson & Church (2004), C1 18, C2 1.0 (sieve diameters of natural sand), a law of its own
    data: 13 %, as far as the two differ in print."""
    submerged = 1.65 * 9.81
    expected = submerged * diameter**2 / (
        18.0 * VISCOSITY + np.sqrt(0.75 * submerged * diameter**3))
    assert fall_velocity(diameter, 2.65) == pytest.approx(expected, rel=0.13)


def test_shear_builds_and_breaks_flocs():
    """G = (u*^2 U / (nu h))^(1/2) = 10 1/s: (1 + 3) / (1 + 9) with a = 0.3 s, b = 0.09 s2."""
    speed, depth = 1.0, 4.0
    friction_velocity = np.sqrt(100.0 * VISCOSITY * depth / speed)
    assert shear_factor(depth, speed, friction_velocity, 0.3, 0.09) == pytest.approx(0.4)


def test_waves_at_an_angle_add_as_vectors():
    """Soulsby's (70): 1 Pa of the mean and 2 Pa at 60 degrees are the square root of 7."""
    cosine, sine = np.cos(np.pi / 3), np.sin(np.pi / 3)
    assert largest_stress(1.0, 2.0, cosine, sine) == pytest.approx(np.sqrt(7.0))
    assert largest_stress(1.0, 2.0, 1.0, 0.0) == pytest.approx(3.0)
    assert mean_stress(1.0, 1.0) == pytest.approx(1.0 + 1.2 * 0.5**3.2)


def test_waves_rub_on_the_grains_not_on_a_bed_of_mud():
    """0.2 mm: A = 0.2865 m, z0 = 0.2 mm / 12, f_w = 1.39 × 17,190^-0.52 = 0.00872, 1.57 Pa."""
    assert wave_stress(0.6, 3.0, 2e-4, 1000.0) == pytest.approx(1.570, abs=2e-3)
    assert wave_stress(0.0, 3.0, 2e-4, 1000.0) == 0.0


@pytest.mark.parametrize(("velocity", "stirred"), [(0.10, False), (0.20, True)])
def test_waves_alone_stir_sand_over_its_threshold(velocity, stirred):
    """0.2 mm moves from 0.16 Pa: 0.096 Pa at 0.10 m/s and 4 s, 0.27 at 0.20.

    Over the roughness of mud it would be 0.35 Pa at 0.10 m/s.
    """
    sand = SandClass(diameter=2e-4, initial_bed={"river": 50.0})
    site = site_of((1000.0,))
    tank = Tank(Sediment(site, SedimentOptions(classes=(sand,))), site, 3.0, **{
        "wave_bed_stress": np.array([0.35]), "wave_period": np.array([4.0]),
        "wave_orbital_velocity": np.array([velocity])})
    tank.run(600.0, 10, depth=3.0)
    assert (tank.tracers["sand"][0] > 0.0) == stirred


@pytest.mark.parametrize("roughness", [0.0, -1e-4, 0.01, float("nan"), float("inf")])
def test_impossible_roughness_is_refused(roughness):
    with pytest.raises(ValidationError, match="bed_roughness"):
        SedimentOptions(bed_roughness=roughness)


@pytest.mark.parametrize(("given", "rate"), [
    ({"mass_rate": 10.0}, 10.0),
    ({"volume_rate": 86400.0, "dry_density": 400.0}, 400.0)])
def test_works_move_what_is_asked(given, rate):
    """Of 500 kg/m2 on 1000 m2, for the ten minutes of an hour in which it works: kg/s times s."""
    operation = Operation(kind="dredge", zone="river", start=f"{START}Z",
                          stop=f"{START + np.timedelta64(600, 's')}Z", **given)
    assert operation.rate == pytest.approx(rate)
    mud = MudClass(initial=0.0, initial_bed={"river": 500.0})
    site = site_of((1000.0,))
    tank = Tank(Sediment(site, SedimentOptions(classes=(mud,), operations=(operation,))), site, 5.0)
    tank.run(3600.0, 60, depth=5.0)
    assert tank.memory["mud_on_bed"][0] == pytest.approx(500.0 - 600.0 * rate / 1000.0, rel=1e-12)


@pytest.mark.parametrize("factor", [0.0, 1.0, 20.0])
def test_works_keep_pace_with_the_bed(factor):
    """A bed that changes 20 times as fast loses 20 times as much to a dredger, and gains as much of
    what is dumped on it: 500 kg/m2 on 1000 m2, 1 kg/s each for ten minutes, a quarter suspended."""
    def bed_and_budget(kind, share):
        operation = Operation(kind=kind, zone="river", mass_rate=1.0, water_share=share,
                              start=f"{START}Z", stop=f"{START + np.timedelta64(600, 's')}Z")
        mud = MudClass(settling="constant", velocity=0.0, initial=0.0,
                       initial_bed={"river": 500.0})
        site = site_of((1000.0,))
        options = SedimentOptions(classes=(mud,), operations=(operation,),
                                  morphological_factor=factor)
        tank = Tank(Sediment(site, options), site, 5.0)
        before = tank.process.amounts(tank.water, tank.tracers, tank.memory)["mud"]
        tank.run(600.0, 10, depth=5.0)
        after = tank.process.amounts(tank.water, tank.tracers, tank.memory)["mud"]
        assert after.present - before.present == pytest.approx(after.produced - before.produced)
        return tank.memory["mud_on_bed"][0] - 500.0, tank.tracers["mud"][0]

    pace = factor or 1.0
    lost, suspended = bed_and_budget("dredge", 0.0)
    assert (lost, suspended) == (pytest.approx(-0.6 * pace, rel=1e-9), 0.0)
    gained, suspended = bed_and_budget("dump", 0.25)
    assert gained == pytest.approx(0.45 * pace, rel=1e-9)
    assert suspended == pytest.approx(0.15 / 5.0)  # 150 kg in 5000 m3, in the time of the flow


@pytest.mark.parametrize("breakage", [0.09, 0.3])
def test_shear_acts_whatever_its_coefficients(breakage):
    """Equal ones too: they were once taken for "without turbulence"."""
    def left(turbulence):
        mud = MudClass(settling="constant", velocity=1e-3, hindered="none", initial=0.2,
                       turbulence=turbulence, turbulence_growth=0.3, turbulence_breakage=breakage)
        site = site_of((1000.0,))
        tank = Tank(Sediment(site, SedimentOptions(classes=(mud,))), site, 5.0)
        tank.run(600.0, 1, depth=5.0, speed=1.0)
        stress = tank.memory["bed_shear_stress"][0]
        rate = -np.log(tank.tracers["mud"][0] / 0.2) * 5.0 / 600.0
        return rate, np.sqrt(stress / SedimentOptions().water_density)

    rate, friction_velocity = left(True)
    assert left(False)[0] == pytest.approx(1e-3)
    assert rate == pytest.approx(
        1e-3 * shear_factor(5.0, 1.0, friction_velocity, 0.3, breakage), rel=1e-6)
    assert rate < 0.5e-3


def test_what_deposits_is_at_most_so_much_richer_than_the_mean():
    """In still water the Rouse profile would have 34 times the mean near the bed; 3 are allowed."""
    mud = MudClass(settling="constant", velocity=1e-3, hindered="none", near_bed="rouse",
                   initial=0.2, initial_bed={})
    site = site_of((1000.0,))
    tank = Tank(Sediment(site, SedimentOptions(classes=(mud,))), site, 5.0)
    tank.run(600.0, 10, depth=5.0)
    assert tank.tracers["mud"][0] == pytest.approx(0.2 * np.exp(-3.0 * 1e-3 * 600.0 / 5.0))


def _pools_of(depth, site_salinity, salinity=(0.5, 5.0)):
    """Return the mud on the bed at the start, kg/m2, of triangles of 1000 and 3000 m2 by turns."""
    site = site_of(np.tile([1000.0, 3000.0], len(site_salinity) // 2), salinity=site_salinity)
    mud = MudClass(pool={"mass": 8e4, "salinity": salinity}, initial_bed={"river": 1.0})
    sediment = Sediment(site, SedimentOptions(classes=(mud,)))
    return Tank(sediment, site, np.asarray(depth, dtype=float)).memory["mud_on_bed"] - 1.0


def test_a_pool_lies_where_the_salt_ends_in_the_channel():
    """80 t over the 4000 m2 of deep water of 0.5 to 5: 20 kg/m2, none on a flat or elsewhere."""
    salinity = [30.0, 10.0, 4.0, 1.0, 2.0, 0.1]
    found = _pools_of([9.0, 9.0, 5.0, 6.0, 0.4, 5.0], salinity)
    np.testing.assert_allclose(found, [0.0, 0.0, 20.0, 20.0, 0.0, 0.0], atol=1e-12)
    everywhere_shallow = _pools_of(1.0, salinity, salinity=(0.0, 5.0))
    np.testing.assert_allclose(everywhere_shallow, [0.0, 0.0, 10.0, 10.0, 10.0, 10.0], atol=1e-12)


def test_a_pool_without_a_place_is_refused():
    with pytest.raises(InputError, match=r"pool of 'mud'.*salinity 0\.5 to 5.*30 to 35"):
        _pools_of(5.0, [30.0, 35.0])
    with pytest.raises(ValidationError, match="must ascend"):
        MudClass(pool={"mass": 1.0, "salinity": (5.0, 0.5)})


def test_nothing_is_dumped_into_a_triangle_without_water():
    """Of two triangles one is dry: what is suspended goes to the other, and none piles up."""
    operation = Operation(kind="dump", zone="river", mass_rate=1.0, water_share=0.5,
                          start=f"{START}Z", stop=f"{START + np.timedelta64(600, 's')}Z")
    mud = MudClass(settling="constant", velocity=0.0, initial=0.0, initial_bed={})
    site = site_of((1000.0, 1000.0))
    depth = np.array([4.0, 0.0])
    tank = Tank(Sediment(site, SedimentOptions(classes=(mud,), operations=(operation,))), site,
                depth)
    tank.run(600.0, 10, depth=depth)
    np.testing.assert_allclose(tank.tracers["mud"], [300.0 / 4000.0, 0.0], atol=1e-15)
    np.testing.assert_allclose(tank.memory["mud_on_bed"], [0.3, 0.0], atol=1e-12)


@pytest.mark.parametrize(("model", "given"), [
    (SedimentOptions, {"morphological_factor": 1e-310}),
    (BedLayer, {"dry_density": 100.0, "erosion_stress": 0.2, "erosion_rate": 1e-3,
                "consolidation_time": 1e-100}),
    (TemperatureOptions, {"least_depth": 0.0}), (WaveOptions, {"interval": 1e-310})])
def test_numbers_too_small_to_reckon_with_are_refused(model, given):
    with pytest.raises(ValidationError, match=list(given)[-1]):
        model(**given)
