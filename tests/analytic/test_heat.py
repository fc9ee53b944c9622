"""Heat through the surface against its exact solutions, and the sun against printed totals."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from tests.unit.solvers.native.parcels import site_of, started, water_of
from twin_kernel.solvers.native.temperature import Temperature, TemperatureOptions
from twin_kernel.solvers.native.temperature.sun import above_the_air, at_the_surface, position
from twin_kernel.solvers.native.temperature.surface import (
    HEAT_CAPACITY,
    air,
    dew_point,
    exchange_full,
    exchange_linear,
    vapour_pressure,
    wind_function,
)

SITE = site_of()
WEATHER = {"air_temperature": 24.0, "relative_humidity": 0.6, "cloud_cover": 0.3,
           "wind_x": 3.0, "wind_y": -2.0, "shortwave": 250.0}
HOUR = 3600.0


def temperatures(method, depth, dt, steps, initial=12.0, weather=WEATHER, least_depth=0.1):
    process = Temperature(
        SITE, TemperatureOptions(method=method, initial=initial, least_depth=least_depth))
    water = water_of(SITE, depth, dt=dt, **weather)
    tracers, memory = started(process, water)
    found = [initial]
    for _ in range(steps):
        process.advance(water, tracers, memory)
        found.append(tracers["temperature"][0])
    return np.array(found), process.air(water)


def equilibrium(flux, above):
    return brentq(lambda t: flux(t, above)[0], -20.0, 60.0, xtol=1e-12)


@pytest.mark.parametrize(("method", "flux"), [("full", exchange_full),
                                              ("equilibrium", exchange_linear)])
def test_relaxes_exponentially_to_the_equilibrium(method, flux):
    """Close to T_e, dT/dt = K (T_e - T)/(rho c h) with K of the flux at T_e, and so T - T_e falls
    by exp(-K t/(rho c h)). From 0.01 degC away K changes by 0.02 %: tolerance 0.1 % of the fall."""
    _, above = temperatures(method, 2.0, HOUR, 1)
    end = equilibrium(flux, above)
    step = 1.0e-4
    steepness = (flux(end - step, above)[0] - flux(end + step, above)[0]) / (2 * step)
    found, _ = temperatures(method, 2.0, HOUR, 48, initial=end + 0.01)
    exact = 0.01 * np.exp(-steepness * HOUR * np.arange(49) / (2.0 * HEAT_CAPACITY))
    assert exact[-1] < 0.006
    np.testing.assert_allclose(found - end, exact, atol=0.005 * 0.01)


@pytest.mark.parametrize(("method", "flux"), [("full", exchange_full),
                                              ("equilibrium", exchange_linear)])
def test_converges_to_the_integral_of_the_flux(method, flux):
    steps, errors = 2.0 ** np.arange(1, 6), []
    _, above = temperatures(method, 1.0, HOUR, 1)
    exact = solve_ivp(lambda _, t: [flux(t[0], above)[0] / HEAT_CAPACITY], (0, 32 * HOUR), [5.0],
                      rtol=1e-11, atol=1e-11).y[0, -1]
    for step in steps:
        found, _ = temperatures(method, 1.0, step * HOUR, round(32 / step), initial=5.0)
        errors.append(abs(found[-1] - exact))
    order = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    # "full" has the true slope of Q: second order (exponential Rosenbrock); "equilibrium" the K
    # of the beginning: first.
    assert order == pytest.approx(2.0 if method == "full" else 1.0, abs=0.25)


@pytest.mark.parametrize("method", ["full", "equilibrium"])
def test_film_of_water_goes_to_its_equilibrium_and_stays(method):
    found, above = temperatures(method, 1.0e-4, 60.0, 200, least_depth=1.0e-4)
    flux = exchange_full if method == "full" else exchange_linear
    end = equilibrium(flux, above)
    assert found[-1] == pytest.approx(end, abs=1e-6)
    # The linear flux of the first step may overshoot by the curve of Q: by less than a fifth.
    assert np.abs(found[1:] - end).max() < 0.2 * abs(found[0] - end)
    # By default a film follows as the least depth does.
    film, least = (temperatures(method, h, 60.0, 200)[0] for h in (1.0e-4, 0.1))
    np.testing.assert_allclose(film, least, rtol=1e-13)


def test_the_two_methods_agree_on_a_river_in_summer():
    """Two laws fitted apart on the same wind function: 1 degC apart at most in ordinary weather,
    and above the dew point by what the sun brings."""
    ends = [equilibrium(flux, temperatures(method, 1.0, HOUR, 1)[1])
            for method, flux in (("full", exchange_full), ("equilibrium", exchange_linear))]
    assert abs(ends[0] - ends[1]) < 1.0
    assert all(20.0 < end < 28.0 for end in ends)


def test_flux_of_a_summer_evening_worked_by_hand():
    """Chapra (1997), eq. 30.10 to 30.17, with vapour from tables: 23.76 mmHg at 25 degC, 19.83 at
    22. Air of 25 degC, 60 % humid, half clouded, wind of 5 m/s at 7 m; water of 22 degC.

    Atmosphere 448.1 W/m2 × (0.6 + 0.031 × 14.26^(1/2)) × 0.97 × 1.0425 = 324.9; sun 200; radiated
    0.97 × 430.3 = 417.4; evaporation 20.7 × (19.83 - 14.26) = 115.3; conduction 20.7 × 0.47 × 3 =
    29.2 gained. 2 W/m2: the fit of the vapour pressure, 0.4 % of each.
    """
    above = air(25.0, 0.6, 0.5, 5.0 / 0.7 ** (1 / 7), 200.0)
    assert above.gained - 200.0 == pytest.approx(324.9, abs=0.3)
    flux, _ = exchange_full(22.0, above)
    assert flux == pytest.approx(324.9 + 200.0 - 417.4 - 115.3 + 29.2, abs=2.0)


def test_coefficient_of_the_linear_exchange_worked_by_hand():
    """Edinger, Brady & Geyer (1974): dew point 16.7 degC, mean with the water's 22 19.35; beta
    0.35 + 0.015 × 19.35 + 0.0012 × 374.4 = 1.090; K 4.5 + 0.05 × 22 + 1.560 × 20.7 = 37.9."""
    above = air(25.0, 0.6, 0.5, 5.0 / 0.7 ** (1 / 7), 200.0)
    flux, k = exchange_linear(22.0, above)
    assert k == pytest.approx(37.9, abs=0.1)
    assert flux == pytest.approx(37.9 * (16.7 - 22.0) + 200.0, abs=1.0)


def test_wind_function_and_vapour():
    """9.2 + 0.46 W^2; e_s is 23.37 hPa at 20 degC and 6.11 hPa at 0 in tables, from which
    the fit of Alduchov & Eskridge strays by 0.4 % at most."""
    assert wind_function(0.0) == 9.2
    assert wind_function(5.0 / 0.7 ** (1 / 7)) == pytest.approx(9.2 + 0.46 * 25.0)
    assert vapour_pressure(20.0) == pytest.approx(23.37, rel=0.004)
    assert vapour_pressure(0.0) == pytest.approx(6.11, rel=0.004)
    assert dew_point(vapour_pressure(13.0)) == pytest.approx(13.0, abs=1e-12)


def test_saturated_air_of_the_same_temperature_takes_no_heat_but_radiation():
    above = air(18.0, 1.0, 0.0, 6.0, 0.0)
    flux, _ = exchange_full(18.0, above)
    assert flux == pytest.approx(above.gained - 0.97 * 5.670374e-8 * 291.15**4, abs=1e-9)
    # A clear night: the loss by radiation is some tens to a hundred W/m2.
    assert -120.0 < flux < -40.0


def test_water_does_not_get_colder_than_it_freezes():
    frost = {**WEATHER, "air_temperature": -15.0, "shortwave": 0.0}
    process = Temperature(SITE, TemperatureOptions(initial=1.0))
    for salinity, freezing in ((0.0, 0.0), (35.0, -2.01)):
        water = water_of(SITE, 0.2, dt=HOUR, **frost)
        tracers, memory = started(process, water, salinity=salinity)
        for _ in range(100):
            process.advance(water, tracers, memory)
        assert tracers["temperature"][0] == pytest.approx(freezing, abs=0.01)


def daily(function, day, latitude, longitude=0.0):
    """Return the sum over a day, MJ/m2, by minutes."""
    instants = np.datetime64(day, "ns") + np.arange(1440) * np.timedelta64(1, "m")
    return sum(function(one, latitude, longitude) for one in instants) * 60.0 / 1.0e6


def test_daily_sun_above_the_air_is_that_of_the_textbook():
    """FAO Irrigation and Drainage Paper 56, example 8: 32.2 MJ/m2 on 3 September at 20 degrees
    south, with a declination of 6.9 degrees by one sine. Spencer's is 7.6, as almanacs say, and
    his sun is 0.2 % farther: together 1.4 % less."""
    assert daily(above_the_air, "2015-09-03", -20.0) == pytest.approx(32.2, rel=0.02)


@pytest.mark.parametrize("day", ["2015-01-10", "2015-06-21", "2015-10-05"])
def test_daily_sun_above_the_air_is_the_integral(day):
    """H = S E0/pi (w sin(phi) sin(delta) + cos(phi) cos(delta) sin(w)), w the sunset hour angle."""
    _, noon, distance = position(np.datetime64(f"{day}T12", "ns"), 45.0, 0.0)
    phi, delta = math.radians(45.0), math.radians(noon - 45.0)
    sunset = math.acos(-math.tan(phi) * math.tan(delta))
    exact = 1367.0 * distance * 86400.0 / math.pi / 1e6 * (
        sunset * math.sin(phi) * math.sin(delta)
        + math.cos(phi) * math.cos(delta) * math.sin(sunset))
    # The sum by minutes misses sunrise and sunset by less than half a minute.
    assert daily(above_the_air, day, 45.0) == pytest.approx(exact, rel=1e-4)


def test_sun_stands_over_the_river_at_its_noon():
    """Solstice: declination 23.44 degrees, so 68.4 at 45 degrees north; at 0.75 degrees west, with
    an equation of time of -1.8 min on 21 June, noon is at 12:04:50 UTC."""
    start = np.datetime64("2015-06-21T11:30", "ns")
    instants = start + np.arange(4200) * np.timedelta64(1, "s")
    heights = [position(one, 45.0, -0.75)[0] for one in instants]
    highest = instants[int(np.argmax(heights))]
    # Spencer's fit of the equation of time is good to 35 s.
    assert abs(highest - np.datetime64("2015-06-21T12:04:50", "ns")) < np.timedelta64(40, "s")
    assert math.degrees(math.asin(max(heights))) == pytest.approx(68.44, abs=0.05)


def test_sun_at_the_surface():
    """A clear sky lets 0.75 of the sun through, FAO Paper 56, equation 37: two fits, 8 % apart at
    most. Clouds take Reed's part of it; there is nothing at night."""
    def clear(instant, latitude, longitude):
        return at_the_surface(instant, latitude, longitude, 15.0, 0.0)

    def overcast(instant, latitude, longitude):
        return at_the_surface(instant, latitude, longitude, 15.0, 1.0)

    bright = daily(clear, "2015-06-21", 45.0)
    assert bright == pytest.approx(0.75 * daily(above_the_air, "2015-06-21", 45.0), rel=0.08)
    assert daily(overcast, "2015-06-21", 45.0) == pytest.approx(
        (1.0 - 0.62 + 0.0019 * 68.4) * bright, rel=1e-3)
    assert clear(np.datetime64("2015-06-21T00", "ns"), 45.0, 0.0) == 0.0


def test_a_july_day_warms_the_garonne_by_its_own_sun():
    """8 m deep, 26 degC air: some tenths of a degree between dawn and dusk, as sensors show."""
    process = Temperature(SITE, TemperatureOptions(initial=23.0))
    weather = {"air_temperature": 26.0, "relative_humidity": 0.6, "cloud_cover": 0.2,
               "wind_x": 2.0, "wind_y": 0.0}
    tracers, memory = started(process, water_of(SITE))
    found = []
    for minute in range(0, 1440, 10):
        process.advance(water_of(SITE, 8.0, dt=600.0, time=60.0 * (minute + 10), **weather),
                        tracers, memory)
        found.append(tracers["temperature"][0])
    assert 0.2 < max(found) - min(found) < 1.0
    assert 14 < found.index(max(found)) / 6 < 21
