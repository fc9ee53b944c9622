"""Surge: the inverse barometer and series, on water levels and nothing else."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from twin_kernel.errors import ForcingError
from twin_kernel.forcing import add_surge, boundary_forcing, weather_series
from twin_kernel.forcing.surge import inverse_barometer

FORCING = boundary_forcing("gironde", "2015-03-02", "2015-03-02T06:00")
TIMES = FORCING["time"].values
SERIES = pd.Series([0.0, 0.6, 0.0], pd.DatetimeIndex(
    ["2015-03-02", "2015-03-02T03:00", "2015-03-02T06:00"]))


def low(pressure):
    return weather_series({"air_pressure": pressure}, TIMES)


def added(forcing):
    return (forcing["value"] - FORCING["value"]).values


def test_one_hectopascal_is_one_centimetre():
    """1 hPa / (1025 x 9.81) = 9.94 mm; the rule says 10 mm."""
    assert inverse_barometer(np.array([101325.0, 101225.0])) == pytest.approx([0.0, 9.945e-3],
                                                                               abs=1e-6)


def test_low_pressure_raises_the_sea_and_leaves_rivers_alone():
    """970 hPa, about the core of Martin in 1999: +0.43 m."""
    got = added(add_surge(FORCING, weather=low(97000.0)))
    level = FORCING["kind"].values == "water_level"
    assert got[level] == pytest.approx(4325.0 / (1025.0 * 9.81))
    assert (got[~level] == 0.0).all()
    assert level.any()
    assert (~level).any()


def test_series_and_pressure_add_up():
    forcing = add_surge(FORCING, weather=low(100325.0), surge=SERIES)
    level = FORCING["kind"].values == "water_level"
    middle = len(TIMES) // 2
    assert added(forcing)[level][0, [0, middle // 2, middle]] == pytest.approx(
        0.09945 + np.array([0.0, 0.3, 0.6]), abs=1e-5)
    assert forcing.attrs["surge"].startswith("inverse barometer about 101325 Pa")
    assert "surge series given by the user" in forcing.attrs["surge"]
    assert forcing.attrs["attribution"] == FORCING.attrs["attribution"]


def test_file_and_number(tmp_path):
    path = tmp_path / "martin.csv"
    SERIES.rename("surge").rename_axis("time").to_csv(path)
    by_file = add_surge(FORCING, surge=path)
    assert np.array_equal(added(by_file), added(add_surge(FORCING, surge=SERIES)))
    assert "martin.csv, sha256" in by_file.attrs["surge"]
    assert added(add_surge(FORCING, surge=1)).max() == pytest.approx(1.0)


def test_the_forcing_given_is_left_as_it_is():
    before = FORCING.copy(deep=True)
    add_surge(FORCING, surge=1.0)
    xr.testing.assert_identical(FORCING, before)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "no surge to add"),
        ({"surge": 6.0}, r"Received: 6 m at .*Allowed: -5 to 5 m"),
        ({"surge": -2.0, "weather": None, "again": True}, "already"),
        ({"surge": float("nan")}, "out of range"),
        ({"surge": True}, "no surge"),
        ({"surge": [1.0]}, "a pandas Series with UTC times"),
        ({"surge": "nowhere.csv"}, "names no file"),
        ({"surge": SERIES.iloc[:2]}, "does not cover the period"),
        ({"surge": SERIES * np.nan}, "not numbers"),
        ({"surge": pd.Series([0.0, 0.0], pd.DatetimeIndex(["2015-03-01", "2015-03-03"]))}, "gap"),
        ({"weather": weather_series({"cloud_cover": 0.5}, TIMES)}, "no air pressure.*cloud_cover"),
        ({"weather": low(101000.0).isel(time=slice(0, 5))}, "does not cover"),
    ],
)
def test_refusals(given, message):
    given = dict(given)
    forcing = add_surge(FORCING, surge=1.0) if given.pop("again", False) else FORCING
    with pytest.raises(ForcingError, match=message):
        add_surge(forcing, **given)


def test_file_without_its_column(tmp_path):
    path = tmp_path / "surge.csv"
    path.write_text("time,height\n2015-03-01,1\n")
    with pytest.raises(ForcingError, match=r"lacks columns.*time, height.*time,surge"):
        add_surge(FORCING, surge=path)
