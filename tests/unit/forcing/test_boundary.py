"""The forcing has the form that solvers read, says its origin, and refuses bad values."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from twin_kernel.catalog import gauge_constants, ocean_boundary_constants
from twin_kernel.errors import CatalogError, ForcingError
from twin_kernel.forcing import boundary_forcing, predict_tide

PERIOD = ("2015-03-01T00:00Z", "2015-03-03T00:00Z")


def test_form():
    forcing = boundary_forcing("gironde", *PERIOD, discharge={"garonne": 120.0})
    assert forcing["value"].dims == ("boundary", "time")
    assert list(forcing["boundary"].values) == ["ocean", "garonne", "dordogne"]
    assert list(forcing["kind"].values) == ["water_level", "discharge", "discharge"]
    assert list(forcing["salinity"].values) == [35.0, 0.0, 0.0]
    assert forcing["time"].values[0] == np.datetime64("2015-03-01")
    assert forcing["time"].values[-1] == np.datetime64("2015-03-03")
    assert set(np.diff(forcing["time"].values)) == {np.timedelta64(300, "s")}
    assert (forcing["value"].sel(boundary="garonne") == 120.0).all()
    assert 379 < forcing["value"].sel(boundary="dordogne").mean() < 394  # February to March


def test_values_of_the_ocean_are_tide_plus_offset():
    forcing = boundary_forcing("gironde", *PERIOD, sea_level_offset=0.3)
    tide = predict_tide(ocean_boundary_constants(), forcing["time"].values, 45.2)
    assert forcing["value"].sel(boundary="ocean").values == pytest.approx(tide + 0.3, abs=1e-12)


def test_period_that_is_no_multiple_of_the_interval_is_covered():
    forcing = boundary_forcing("gironde", "2015-03-01", "2015-03-01T01:01:07")
    assert forcing["time"].values[-1] == np.datetime64("2015-03-01T01:01:07")


def test_same_call_gives_the_same_bits():
    first, second = (boundary_forcing("gironde", *PERIOD) for _ in range(2))
    xr.testing.assert_identical(first, second)
    assert first.attrs == second.attrs


def test_constants_of_the_user():
    constants = gauge_constants("Royan")
    forcing = boundary_forcing("gironde", *PERIOD, constants=constants)
    tide = predict_tide(constants, forcing["time"].values, 45.2)
    assert forcing["value"].sel(boundary="ocean").values == pytest.approx(tide, abs=1e-12)
    assert "catalogue" not in forcing.attrs["source_ocean"]


def test_provenance_names_producers_and_can_be_written(tmp_path):
    forcing = boundary_forcing("gironde", *PERIOD, discharge={"garonne": 120.0})
    assert "TICON-4" in forcing.attrs["attribution"]
    assert "CC-BY-4.0" in forcing.attrs["attribution"]
    assert "sha256" in forcing.attrs["source_ocean"]
    assert "indicative" in forcing.attrs["source_dordogne"]
    assert forcing.attrs["source_garonne"] == "constant, 120 m3/s"
    forcing.to_netcdf(tmp_path / "forcing.nc")
    with xr.open_dataset(tmp_path / "forcing.nc") as read:
        assert read["value"].values == pytest.approx(forcing["value"].values)
        assert read.attrs == forcing.attrs


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sea_level_offset": 30}, r"sea_level_offset is out of range\. Received: 30\. "
                                   r"Allowed: -5 to 5 m\. Next: give"),
        ({"sea_level_offset": float("nan")}, "sea_level_offset is out of range"),
        ({"sea_level_offset": "high"}, "sea_level_offset is out of range"),
        ({"sea_level_offset": True}, "sea_level_offset is out of range"),
        ({"ocean_salinity": -1}, "ocean_salinity.*0 to 42"),
        ({"interval": 0}, "interval.*10 to 3600 s"),
        ({"discharge": {"garonne": -1}}, "discharge of garonne is negative"),
        ({"discharge": {"loire": 5}}, "Received: loire. Allowed: garonne, dordogne"),
        ({"discharge": {"ocean": 5}}, "Received: ocean. Allowed: garonne, dordogne"),
        ({"discharge": {"garonne": pd.Series([1.0], pd.DatetimeIndex(["2015-03-01"]))}},
         "does not cover the period"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ForcingError, match=message):
        boundary_forcing("gironde", *PERIOD, **options)


def test_period_that_does_not_advance():
    with pytest.raises(ForcingError, match="stop is not after start"):
        boundary_forcing("gironde", PERIOD[1], PERIOD[0])


def test_unknown_river():
    with pytest.raises(CatalogError, match="Allowed: gironde"):
        boundary_forcing("loire", *PERIOD)
