"""What is not there is refused with what is; positions along the river are right."""

import numpy as np
import pytest

from tests.unit.results.synthetic import SALT_AT_MOUTH, SALT_SLOPE, band
from twin_kernel.errors import InputError
from twin_kernel.results import channel_position, profile, reaches, station_km
from twin_kernel.results.selecting import (
    face_field,
    frame_number,
    frames_between,
    station_names,
)


def test_nearest_frame_is_chosen(results):
    assert frame_number(results, "2015-09-15T05:20Z") == 5
    assert frame_number(results) == 48


def test_time_outside_is_refused_with_the_period(results):
    with pytest.raises(InputError, match=r"2016-01-01T00:00:00Z.*2015-09-15T00:00:00Z to "
                                         r"2015-09-17T00:00:00Z"):
        frame_number(results, "2016-01-01")


def test_unknown_variable_is_refused_with_the_nearest(results):
    with pytest.raises(InputError, match=r"'salinty'.*water_level.*did you mean 'salinity'"):
        face_field(results, "salinty")


def test_unknown_station_is_refused_with_those_there_are(results):
    with pytest.raises(InputError, match=r"'Blaye'.*Royan.*Bordeaux"):
        station_names(results, ["Royan", "Blaye"])


def test_period_reaching_outside_is_refused(results):
    with pytest.raises(InputError, match="reaches outside"):
        frames_between(results.times, ("2015-09-16", "2015-09-20"))


def test_period_between_two_frames_is_refused(results):
    with pytest.raises(InputError, match="No instant"):
        frames_between(results.times, ("2015-09-16T00:10", "2015-09-16T00:20"))


def test_speed_follows_from_its_components(results):
    # 0.3 and 0.4 m/s in single precision
    np.testing.assert_allclose(face_field(results, "current_speed", 0), 0.5, rtol=1e-6)


def test_distance_from_the_mouth(results):
    _, km = band()
    position = channel_position(results)
    # A centre stands 133 m beside the line: in a bend its nearest point is that much off along it.
    np.testing.assert_allclose(position["km"], km, atol=0.6)
    assert list(position["branch"].unique()) == ["estuary", "garonne"]


def test_a_point_at_sea_has_no_distance(results):
    place = channel_position(results, np.array([350_000.0]), np.array([6_510_000.0]))
    assert place.at[0, "branch"] == "ocean"
    assert np.isnan(place.at[0, "km"])


def test_stations_lie_on_their_paths(results):
    garonne, dordogne = station_km(results), station_km(results, "dordogne")
    assert list(garonne.index[2:]) == ["Lamena", "Pauillac-Trompeloup", "Ambès", "Bordeaux"]
    assert garonne["Bordeaux"] == pytest.approx(95, abs=4)
    assert "Bordeaux" not in dordogne
    assert "Ambès" in dordogne


def test_reaches_refuse_what_is_no_path(results):
    with pytest.raises(InputError, match=r"'loire'.*estuary, garonne, dordogne"):
        reaches(results, "loire")
    with pytest.raises(InputError, match="more than 0 km"):
        reaches(results, length=0)


def test_profile_of_salinity_is_the_mean_of_its_reach(results):
    salinity = profile(results, "salinity", frames=slice(0, 1)).isel(time=0)
    estuary = salinity.sel(km=slice(5, 60))
    # Linear in km: the reach's middle, up to the place of its few triangles (0.6 km).
    expected = SALT_AT_MOUTH - SALT_SLOPE * estuary["km"].values
    np.testing.assert_allclose(estuary, expected, atol=0.6 * SALT_SLOPE)


def test_profile_is_nan_where_dry(results):
    salinity = profile(results, "salinity").isel(time=0)
    assert np.isnan(salinity.sel(km=slice(124, 150))).all()
    assert np.isfinite(salinity.sel(km=slice(0, 116))).all()
