"""Oxygen against Streeter & Phelps (1925), published tables and the Gironde's summers."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.unit.solvers.native.parcels import site_of, started, water_of
from twin_kernel.catalog import river_definition
from twin_kernel.solvers.native.water_quality import WaterQuality, WaterQualityOptions
from twin_kernel.solvers.native.water_quality.oxygen import (
    current_reaeration,
    saturation,
    schmidt,
    wind_velocity,
)

DAY = 86400.0
SITE = site_of()
NOTHING_ELSE = {"hydrolysis": 0.0, "nitrification": 0.0, "bed_demand": 0.0, "mud_carbon": 0.0,
                "wind_reaeration": "none", "least_transfer": 0.0,
                "initial_particulate_organic_carbon": 0.0}


def parcel(options, days, dt, depth=8.0, speed=0.7, **tracers_given):
    """Return the oxygen of a parcel after each step."""
    process = WaterQuality(SITE, WaterQualityOptions(**options))
    water = water_of(SITE, depth, speed, dt)
    tracers, memory = started(process, water, **tracers_given)
    oxygen = [tracers["dissolved_oxygen"][0]]
    for _ in range(round(days * DAY / dt)):
        process.advance(water, tracers, memory)
        oxygen.append(tracers["dissolved_oxygen"][0])
    return np.array(oxygen)


def measured_order(steps, errors):
    return np.polyfit(np.log(steps), np.log(errors), 1)[0]


def streeter_phelps(days, demand, k_d, k_a, saturated):
    """Return O from no deficit at first: D = k_d L0 / (k_a - k_d) (e^(-k_d t) - e^(-k_a t))."""
    return saturated - k_d * demand / (k_a - k_d) * (np.exp(-k_d * days) - np.exp(-k_a * days))


SAG = {**NOTHING_ELSE, "oxidation": 0.3, "oxidation_theta": 1.0, "reaeration_theta": 1.0,
       "oxygen_for_carbon": 0.0, "initial_dissolved_organic_carbon": 4.0, "temperature": 20.0}
DEMAND = 4.0 * 32.0 / 12.0


def sag_rates():
    k_a = 3.93 * 0.7**0.5 / 3.0**1.5
    return DEMAND, 0.3, k_a, saturation(20.0, 0.0)


def test_oxygen_sag_converges_to_streeter_phelps():
    steps, errors = np.array([0.4, 0.2, 0.1, 0.05, 0.025]), []
    for dt in steps:
        found = parcel(SAG, 6.0, dt * DAY, depth=3.0)
        exact = streeter_phelps(dt * np.arange(len(found)), *sag_rates())
        errors.append(np.abs(found - exact).max())
    # The mean demand of a step instead of its course: second order.
    assert measured_order(steps, errors) == pytest.approx(2.0, abs=0.1)
    assert errors[-1] < 1.0e-4 * DEMAND


def test_critical_deficit_and_its_time():
    """t_c = ln(k_a/k_d)/(k_a - k_d) and D_c = (k_d/k_a) L0 exp(-k_d t_c), without first deficit."""
    demand, k_d, k_a, saturated = sag_rates()
    dt = 600.0
    found = parcel(SAG, 6.0, dt, depth=3.0)
    critical = math.log(k_a / k_d) / (k_a - k_d)
    # The minimum is found to a step; around it the sag is flat and its value far closer.
    assert found.argmin() * dt / DAY == pytest.approx(critical, abs=1.01 * dt / DAY)
    deficit = k_d / k_a * demand * math.exp(-k_d * critical)
    assert saturated - found.min() == pytest.approx(deficit, rel=1.0e-5)


def test_limited_oxidation_converges_at_first_order():
    """Against scipy's integration of the equations of the package header, near exhaustion."""
    options = {"oxidation": 1.0, "hydrolysis": 0.5, "nitrification": 0.8, "temperature": 24.0,
               "bed_demand": 2.0, "initial_dissolved_organic_carbon": 6.0, "initial_ammonia": 1.5,
               "initial_particulate_organic_carbon": 3.0, "settling_velocity": 0.6,
               "wind_reaeration": "none"}
    warm = 4.0

    def change(_, state):
        o, d, p, n = state
        g, g_n = o / (o + 0.5), o / (o + 1.0)
        hydrolysis, oxidation = 0.5 * 1.047**warm * p, 1.0 * 1.047**warm * g * d
        nitrified = 0.8 * 1.083**warm * g_n * n
        air = 3.93 * math.sqrt(0.7 / 3.0) / 3.0 * 1.024**warm * (saturation(24.0, 10.0) - o)
        mud = 32 / 12 * 0.02 * 15.0 * 0.7 * 1.047**warm * g
        bed = 2.0 * 1.065**warm * g / 3.0
        return [air - 32 / 12 * oxidation - 64 / 14 * nitrified - mud - bed,
                hydrolysis - oxidation, -hydrolysis - 0.2 * p, -nitrified]

    first = [saturation(24.0, 10.0), 6.0, 3.0, 1.5]
    exact = solve_ivp(change, (0.0, 3.0), first, rtol=1e-10, atol=1e-12).y[0, -1]
    steps = np.array([0.1, 0.05, 0.025, 0.0125, 0.00625])
    errors = [abs(parcel(options, 3.0, dt * DAY, depth=3.0, salinity=10.0, mud=0.7)[-1] - exact)
              for dt in steps]
    assert measured_order(steps, errors) == pytest.approx(1.0, abs=0.15)
    # At the 60 s of the Gironde, a ninth of the last step, far below what can be measured.
    assert errors[-1] < 0.02


@pytest.mark.parametrize(("temperature", "salinity", "printed"), [
    (0.0, 0.0, 14.62), (10.0, 0.0, 11.29), (20.0, 0.0, 9.09), (25.0, 0.0, 8.26),
    (30.0, 0.0, 7.56)])
def test_saturation_is_that_of_printed_tables(temperature, salinity, printed):
    """US Geological Survey tables after Benson & Krause (1984), given to 0.01 mg/L."""
    assert saturation(temperature, salinity) == pytest.approx(printed, abs=0.0101)


def test_saturation_of_the_sea():
    """7.4 mg/L at 20 degC and 35, to the decimal that textbooks agree on."""
    assert saturation(20.0, 35.0) == pytest.approx(7.4, abs=0.05)


def test_saturation_agrees_with_weiss():
    """Weiss (1970), Deep-Sea Res. 17, equation 4, ml/L times 1.429 mg/ml: other measurements and
    another fit, 0.34 % apart at most here."""
    for t in (2.0, 12.0, 22.0, 30.0):
        for s in (0.0, 15.0, 35.0):
            k = (t + 273.15) / 100.0
            logarithm = (-173.4292 + 249.6339 / k + 143.3483 * math.log(k) - 21.8492 * k
                         + s * (-0.033096 + 0.014259 * k - 0.0017 * k * k))
            assert saturation(t, s) == pytest.approx(1.429 * math.exp(logarithm), rel=0.004)


def test_reaeration_of_the_current():
    """(D U/h^3)^(1/2) with the diffusivity of oxygen at 20 degC, 2.09e-9 m2/s, of O'Connor &
    Dobbins; 3.93 is this rounded."""
    for u, h in ((0.3, 1.0), (0.7, 8.0), (2.0, 15.0)):
        assert current_reaeration(u, h) == pytest.approx(
            DAY * math.sqrt(2.09e-9 * u / h**3), rel=0.01)


def test_reaeration_of_the_wind():
    """At Sc = 660, 0.251 x 7^2 = 12.3 cm/h (Wanninkhof 2014), 0.31 x 7^2 = 15.2 cm/h (1992); Sc of
    oxygen at 20 degC in the sea is 568 in the paper's table."""
    assert wind_velocity("wanninkhof_2014", 7.0)[0] / 0.24 == pytest.approx(12.3, abs=0.05)
    assert wind_velocity("wanninkhof_1992", 7.0)[0] / 0.24 == pytest.approx(15.2, abs=0.05)
    assert schmidt(20.0, 35.0) == pytest.approx(568.0, abs=1.0)
    assert wind_velocity("banks_herrera", 5.0) == pytest.approx(
        (0.728 * 5**0.5 - 1.585 + 0.93, False))
    options = {**SAG, "oxidation": 0.0, "current_reaeration": "none", "initial_saturation": 0.5,
               "wind_reaeration": "wanninkhof_2014"}
    process = WaterQuality(SITE, WaterQualityOptions(**options))
    water = water_of(SITE, 2.0, 0.0, DAY, wind_x=-3.0, wind_y=4.0)
    tracers, memory = started(process, water)
    process.advance(water, tracers, memory)
    velocity = 0.251 * 25.0 * 0.24 * math.sqrt(660.0 / schmidt(20.0, 0.0))
    # Exact in one step, whatever its length: only rounding is left.
    assert memory["oxygen_saturation"][0] == pytest.approx(
        1.0 - 0.5 * math.exp(-velocity / 2.0), rel=1e-12)


def test_nitrification_uses_the_oxygen_of_its_equation():
    """NH4+ + 2 O2: 64 g for 14 g, and what ammonia loses nitrate gains, to rounding."""
    options = {**NOTHING_ELSE, "oxidation": 0.0, "nitrification": 1.0,
               "current_reaeration": "none", "initial_ammonia": 1.0, "initial_nitrate": 0.0}
    process, water = WaterQuality(SITE, WaterQualityOptions(**options)), water_of(SITE, dt=3600.0)
    tracers, memory = started(process, water)
    before = tracers["dissolved_oxygen"][0]
    for _ in range(48):
        process.advance(water, tracers, memory)
    gained = tracers["nitrate"][0]
    assert gained > 0.5
    assert tracers["ammonia"][0] == pytest.approx(1.0 - gained, abs=1e-14)
    assert before - tracers["dissolved_oxygen"][0] == pytest.approx(64 / 14 * gained, rel=1e-13)


@pytest.mark.parametrize(("rates", "lowest"), [
    ({"bed_demand": 0.5}, (1.0, 3.0)),
    (river_definition("gironde").processes["water_quality"], (3.0, 5.0))],
    ids=["of the solver", "of the Gironde"])
def test_mud_suffocates_the_summer_and_not_the_winter(rates, lowest):
    """The Garonne at Bordeaux under the turbidity maximum: 8 m, 0.7 m/s, 1 kg/m3 of mud, no wind.
    Measured: under 5 mg/L in warm low flows, 2 mg/L in July 2006, no lack of oxygen in winter
    (Lanoux et al. 2013). The solver's rates give 2.2 mg/L; those of the Gironde, whose mud resists
    more, 4.0 over mud: under the 5 of warm low flows, not the 2 of July 2006."""
    given = {**rates, "bed_demand": rates.get("mud_bed_demand", rates["bed_demand"]), "wind": 0.0}
    summer, winter = (parcel({**given, "temperature": degrees}, 20.0, 600.0, mud=1.0)
                      for degrees in (26.0, 8.0))
    clear = parcel({**given, "temperature": 26.0}, 20.0, 600.0, mud=0.0)
    below = np.flatnonzero(summer < 5.0) * 600.0 / DAY
    assert 1.0 < below[0] < 7.0
    assert lowest[0] < summer.min() < lowest[1]
    assert winter.min() > 6.0
    # It is the mud that does it: the same summer without.
    assert clear.min() > 5.0
