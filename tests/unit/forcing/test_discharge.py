"""Discharge: a number, the climatology or a series; anything doubtful is refused."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from twin_kernel.errors import ForcingError
from twin_kernel.forcing import discharge_series

TIMES = pd.date_range("2015-03-02", "2015-03-05", freq="300s").to_numpy()
DAILY = pd.Series([100.0, 200.0, 300.0, 400.0, 500.0, 600.0],
                  pd.date_range("2015-03-01", periods=6, tz="UTC"))


def test_number():
    values, origin = discharge_series(120, TIMES, "garonne")
    assert (values == 120.0).all()
    assert origin == "constant, 120 m3/s"


def test_climatology_passes_through_monthly_means():
    middle = np.array(["2015-01-16T12:00", "2015-08-16T12:00"], "datetime64[ns]")
    values, origin = discharge_series("climatology", middle, "garonne")
    assert values == pytest.approx([684, 137], rel=1e-4)
    assert "indicative" in origin


def test_climatology_is_continuous_over_new_year():
    times = pd.date_range("2014-12-20", "2015-01-12", freq="1h").to_numpy()
    values, _ = discharge_series("climatology", times, "garonne")
    assert np.abs(np.diff(values)).max() < 0.5


def test_series_is_linear_between_its_values():
    values, _ = discharge_series(DAILY, TIMES, "garonne")
    assert values[0] == 200.0
    assert values[-1] == 500.0
    assert values[144] == pytest.approx(250.0)


def test_file(tmp_path):
    path = tmp_path / "garonne.csv"
    path.write_text("time,discharge\n2015-03-01T00:00Z,100\n2015-03-09T00:00Z,900\n")
    values, origin = discharge_series(str(path), TIMES, "garonne")
    assert values[0] == 200.0
    assert hashlib.sha256(path.read_bytes()).hexdigest() in origin


def test_days_left_out_are_bridged_and_weeks_are_not():
    """Three days missing of a daily series; two weeks are a flood that nobody would see missing."""
    days = pd.date_range("2015-02-01", periods=60)
    daily = pd.Series(300.0, days)
    values, _ = discharge_series(daily.drop(days[30:33]), TIMES, "garonne")
    assert (values == 300.0).all()
    with pytest.raises(ForcingError, match=r"has a gap.*360 h from 2015-03-02"):
        discharge_series(daily.drop(days[30:44]), TIMES, "garonne")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (-5.0, r"garonne is negative\. Received: -5 m3/s\. Allowed: 0 to 20,000 m3/s"),
        (float("nan"), "garonne is not a number"),
        (1e6, "beyond any flood"),
        (None, "'climatology', a pandas Series"),
        (True, "no discharge of garonne"),
        ([1, 2], "no discharge of garonne"),
        ("nowhere.csv", "names no file.*nowhere.csv"),
        (DAILY.iloc[:3], r"does not cover the period.*2015-03-01 00:00:00 to 2015-03-03 00:00:00"),
        (DAILY.iloc[::-1], "do not increase"),
        (DAILY.iloc[:0], "is empty"),
        (DAILY * np.nan, "is not a number"),
        (-DAILY, "is negative"),
        (DAILY.tz_convert("Europe/Paris"), "not in UTC"),
        (DAILY.reset_index(drop=True), "not an instant"),
    ],
)
def test_refusals(given, message):
    with pytest.raises(ForcingError, match=message):
        discharge_series(given, TIMES, "garonne")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,flow\n2015-03-01,5\n", "lacks columns.*date, flow.*time,discharge"),
        ("", "is not a CSV file"),
        ("time,discharge\n2015-03-01,many\n2015-03-09,5\n", "is not a number"),
        ("time,discharge\nyesterday,5\n", "not an instant"),
    ],
)
def test_bad_files(tmp_path, text, message):
    path = tmp_path / "garonne.csv"
    path.write_text(text)
    with pytest.raises(ForcingError, match=message):
        discharge_series(path, TIMES, "garonne")


def test_river_without_column_in_the_climatology():
    with pytest.raises(ForcingError, match=r"no column for loire.*garonne, dordogne"):
        discharge_series("climatology", TIMES, "loire")


@pytest.mark.parametrize("start", ["1900-01-01", "2099-12-31"])
def test_climatology_has_the_first_and_the_last_day_of_the_years_allowed(start):
    """The middles of the months around them lie outside the years."""
    times = pd.date_range(start, periods=24, freq="1h").to_numpy()
    values, _ = discharge_series("climatology", times, "garonne")
    of_another_year = pd.date_range(f"2014{start[4:]}", periods=24, freq="1h").to_numpy()
    assert values == pytest.approx(discharge_series("climatology", of_another_year, "garonne")[0])
