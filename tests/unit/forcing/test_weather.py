"""Weather: constants, climatology or a series; anything doubtful is refused."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from twin_kernel.errors import CatalogError, ForcingError
from twin_kernel.forcing import weather_series
from twin_kernel.variables import VARIABLES

TIMES = pd.date_range("2015-03-02", "2015-03-03", freq="1h").to_numpy()
HOURLY = pd.DataFrame({"wind_x": np.arange(49.0) / 10.0, "wind_y": 1.0, "air_pressure": 101000.0},
                      pd.date_range("2015-03-01T12:00", periods=49, freq="1h", tz="UTC"))


def speed_of(weather):
    return np.hypot(weather["wind_x"], weather["wind_y"]).values


@pytest.mark.parametrize(
    ("from_direction", "towards"),
    [(0.0, (0.0, -10.0)), (90.0, (-10.0, 0.0)), (180.0, (0.0, 10.0)), (270.0, (10.0, 0.0)),
     (360.0, (0.0, -10.0))],
)
def test_wind_blows_away_from_where_it_comes(from_direction, towards):
    weather = weather_series({"wind_speed": 10, "wind_from_direction": from_direction}, TIMES)
    got = (weather["wind_x"].values[0], weather["wind_y"].values[0])
    assert got == pytest.approx(towards, abs=1e-12)
    assert set(weather.data_vars) == {"wind_x", "wind_y"}


def test_dataset_has_cf_attributes_and_origin():
    weather = weather_series({"air_temperature": 15.0, "cloud_cover": 0.5}, TIMES)
    assert weather["air_temperature"].attrs == VARIABLES["air_temperature"].attributes()
    assert weather["air_temperature"].attrs["units"] == "degC"
    assert (weather["time"].values == TIMES).all()
    assert weather["time"].dtype == "datetime64[ns]"
    assert weather.attrs["source"] == "constant: air_temperature 15, cloud_cover 0.5"
    assert weather.attrs["attribution"] == "values given by the user"


def test_climatology_passes_through_monthly_means():
    middle = np.array(["2015-01-16T12:00", "2015-07-16T12:00"], "datetime64[ns]")
    weather = weather_series("climatology", middle)
    assert weather["air_temperature"].values == pytest.approx([6.6, 21.4], rel=1e-3)
    assert speed_of(weather) == pytest.approx([3.7, 3.3], rel=1e-3)
    assert "indicative" in weather.attrs["source"]
    assert "Estuary Twin" in weather.attrs["attribution"]


def test_climatology_is_a_plausible_year_of_bordeaux():
    """Annual means of temperature about 13.8 degC and radiation about 150 W/m2 (indicative)."""
    year = pd.date_range("2015-01-01", "2015-12-31T23:00", freq="1D").to_numpy()
    weather = weather_series("climatology", year)
    assert weather["air_temperature"].mean() == pytest.approx(13.8, abs=0.3)
    assert weather["shortwave"].mean() == pytest.approx(150.0, rel=0.1)
    assert (weather["wind_x"] > 0.0).all()  # westerly all year
    assert np.abs(np.diff(weather["air_temperature"])).max() < 0.2


def test_unknown_climatology():
    with pytest.raises(CatalogError):
        weather_series("climatology", TIMES, climatology="nothing")


def test_series_is_linear_between_its_rows():
    weather = weather_series(HOURLY, np.array(["2015-03-02T00:30"], "datetime64[ns]"))
    assert weather["wind_x"].values == pytest.approx([1.25])
    assert weather["air_pressure"].values == pytest.approx([101000.0])


def test_directions_are_interpolated_across_north():
    """Half way from 350° to 20° by unit vectors is 5°, not 185°."""
    table = pd.DataFrame({"wind_speed": 10.0, "wind_from_direction": [350.0, 20.0],
                          "swell_from_direction": [350.0, 20.0]},
                         pd.DatetimeIndex(["2015-03-02", "2015-03-02T02:00"]))
    weather = weather_series(table, np.array(["2015-03-02T01:00"], "datetime64[ns]"))
    assert weather["swell_from_direction"].values == pytest.approx([5.0])
    got = np.degrees(np.arctan2(-weather["wind_x"].values, -weather["wind_y"].values))
    assert got == pytest.approx([5.0])


def test_file(tmp_path):
    path = tmp_path / "merignac.csv"
    path.write_text("# Mérignac, UTC\ntime,wind_speed,wind_from_direction,relative_humidity\n"
                    "2015-03-02T00:00Z,4,270,0.8\n2015-03-03T00:00Z,8,270,0.6\n")
    weather = weather_series(path, TIMES)
    assert weather["wind_x"].values[[0, 12, 24]] == pytest.approx([4.0, 6.0, 8.0])
    assert weather["relative_humidity"].values[12] == pytest.approx(0.7)
    assert hashlib.sha256(path.read_bytes()).hexdigest() in weather.attrs["source"]


def without(table, row):
    return table.drop(table.index[row])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "a dict of constants"),
        (5.0, "no weather"),
        ({}, "no weather is given"),
        ({"wind": 5.0}, r"unknown columns\. Received: wind\. Allowed: time \(UTC\), wind_speed"),
        ({"wind_speed": "strong"}, "wind_speed is not a number"),
        ({"wind_speed": True}, "wind_speed is not a number"),
        ({"wind_speed": 5.0}, "not given once and whole.*give both of one pair"),
        ({"wind_speed": 5.0, "wind_from_direction": 0.0, "wind_x": 0.0, "wind_y": 5.0}, "once"),
        ({"wind_speed": -5.0, "wind_from_direction": 0.0}, "wind_speed is out of range"),
        ({"wind_speed": 5.0, "wind_from_direction": 400.0}, "0 to 360 degree"),
        ({"air_pressure": 1013.0}, r"Received: 1013 .*87000 to 108500 Pa.*1 hPa is 100 Pa"),
        ({"air_temperature": 288.0}, "0 degC is 273.15 K"),
        ({"relative_humidity": 80.0}, "80 % is 0.8"),
        ({"cloud_cover": 4.0}, "4 eighths are 0.5"),
        ({"air_temperature": float("nan")}, "not numbers"),
        ("nowhere.csv", r"names no file\. Received: nowhere.csv\. Allowed: 'climatology', or"),
        ("climate", r"Received: climate\..*did you mean 'climatology'\?"),
        (HOURLY.iloc[:20], "does not cover the period.*2015-03-02 07:00:00"),
        (HOURLY.iloc[15:], "does not cover the period"),
        (HOURLY.iloc[::-1], "do not increase"),
        (HOURLY.iloc[:0], "is empty"),
        (HOURLY.where(HOURLY["wind_x"] != 2.0), "wind_x at 2015-03-02 08:00:00, 3 in all"),
        (HOURLY.tz_convert("Europe/Paris"), "not in UTC"),
        (HOURLY.reset_index(drop=True), "not an instant"),
    ],
)
def test_refusals(given, message):
    with pytest.raises(ForcingError, match=message):
        weather_series(given, TIMES)


def test_gap_is_refused_where_it_is():
    holed = without(HOURLY, slice(20, 26))
    assert weather_series(holed, TIMES)["wind_x"].values[10] == pytest.approx(2.2)
    with pytest.raises(ForcingError, match="7 h from 2015-03-02 07:00:00 to 2015-03-02 14:00:00"):
        weather_series(holed, TIMES, longest_gap=6 * 3600.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [("date,wind_x\n2015-03-01,5\n", "lacks columns.*date, wind_x"),
     ("", "is not a CSV file"),
     ("time,air_temperature\n2015-03-01,mild\n2015-03-09,5\n", "not numbers"),
     ("time,air_temperature\nyesterday,5\n", "not an instant")],
)
def test_bad_files(tmp_path, text, message):
    path = tmp_path / "weather.csv"
    path.write_text(text)
    with pytest.raises(ForcingError, match=message):
        weather_series(path, TIMES)


def test_given_table_is_left_as_it_is():
    table = pd.DataFrame({"wind_speed": 5.0, "wind_from_direction": 10.0}, HOURLY.index)
    before = table.copy()
    weather_series(table, TIMES)
    pd.testing.assert_frame_equal(table, before)
