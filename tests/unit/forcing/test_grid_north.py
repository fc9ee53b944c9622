"""Weather turned from true north to the axes of a projection."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from pyproj import Proj

from twin_kernel.forcing import to_grid_north, weather_series
from twin_kernel.forcing.grid_north import true_north_azimuth
from twin_kernel.mesh.projections import transformer
from twin_kernel.runs import Case
from twin_kernel.runs.setup import build_setup

LAMBERT_93 = "EPSG:2154"
TIMES = np.array(["2015-08-01", "2015-08-02"], "datetime64[ns]")


def _place(longitude, latitude):
    return np.transpose([transformer("EPSG:4326", LAMBERT_93).transform(longitude, latitude)])


@pytest.mark.parametrize("longitude", [-1.2, -0.5, 3.0, 5.0])
def test_true_north_is_minus_the_meridian_convergence(longitude):
    """PROJ's own figure, by derivatives; ours by a step of 11 m: they share rounding only."""
    azimuth = true_north_azimuth(LAMBERT_93, *_place(longitude, 45.2))
    convergence = Proj(LAMBERT_93).get_factors(longitude, 45.2).meridian_convergence
    assert azimuth == pytest.approx(-convergence, abs=1e-3)


def test_south_wind_of_the_gironde_blows_along_its_meridian():
    """From Ambès due north: where the wind takes a float, its longitude stays."""
    x, y = _place(-0.55, 45.04)
    mesh = SimpleNamespace(crs=LAMBERT_93, node_x=x, node_y=y)
    weather = to_grid_north(weather_series(
        {"wind_speed": 10.0, "wind_from_direction": 180.0, "swell_from_direction": 359.0}, TIMES),
        mesh)
    wind_x, wind_y = weather["wind_x"].values[0], weather["wind_y"].values[0]
    assert np.hypot(wind_x, wind_y) == pytest.approx(10.0)
    longitude, latitude = transformer(LAMBERT_93, "EPSG:4326").transform(
        x + 100.0 * wind_x, y + 100.0 * wind_y)
    assert longitude == pytest.approx(-0.55, abs=1e-6)  # 8 cm in 1 km
    assert latitude > 45.04
    # Half a turn from the wind, but for its one degree: both turned by the same angle.
    toward = np.degrees(np.arctan2(wind_x, wind_y)) % 360.0
    assert weather["swell_from_direction"].values == pytest.approx(toward - 1.0)
    assert weather["wind_x"].attrs["standard_name"] == "x_wind"


def test_weather_without_wind_is_unchanged():
    mesh = SimpleNamespace(crs=LAMBERT_93, node_x=np.array([4e5]), node_y=np.array([6.47e6]))
    given = weather_series({"air_temperature": 15.0}, TIMES)
    xr.testing.assert_equal(to_grid_north(given, mesh), given)


def test_wind_of_a_case_is_turned():
    setup = build_setup(Case(start="2015-08-01", stop="2015-08-02", weather={
        "wind_speed": 10.0, "wind_from_direction": 180.0}))
    wind = setup.weather.isel(time=0)
    assert np.degrees(np.arctan2(wind["wind_x"], wind["wind_y"])) == pytest.approx(2.66, abs=0.05)
    assert "+2.6" in setup.weather.attrs["grid_north"]


def test_swell_of_the_options_and_of_the_weather_come_from_the_same_side():
    """The same number, given in either place."""
    period = {"start": "2015-08-01", "stop": "2015-08-02"}
    by_option = build_setup(Case(**period, processes={"waves": {"swell_from_direction": 290.0}}))
    by_weather = build_setup(Case(**period, processes={"waves": {}}, weather={
        "wind_speed": 0.0, "wind_from_direction": 0.0, "swell_from_direction": 290.0}))
    turned = by_option.processes["waves"]["swell_from_direction"]
    assert turned == pytest.approx(292.66, abs=0.05)
    assert by_weather.weather["swell_from_direction"].values == pytest.approx(turned)
