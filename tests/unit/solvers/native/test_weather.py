"""The weather at a time of the run."""

import numpy as np
import pandas as pd
import pytest

from twin_kernel.forcing import weather_series
from twin_kernel.solvers.native.weather import Weather

TIMES = pd.date_range("2015-03-02", periods=3, freq="1h").to_numpy()
TABLE = pd.DataFrame({"wind_x": [0.0, 6.0, 3.0], "wind_y": 1.0,
                      "swell_from_direction": [350.0, 10.0, 340.0]}, pd.DatetimeIndex(TIMES))


def test_linear_in_time_and_constant_beyond():
    weather = Weather.of(weather_series(TABLE, TIMES), TIMES[0])
    assert weather.at(1800.0)["wind_x"] == pytest.approx(3.0)
    assert weather.at(5400.0)["wind_x"] == pytest.approx(4.5)
    assert set(weather.at(0.0)) == {"wind_x", "wind_y", "swell_from_direction"}
    assert all(type(value) is float for value in weather.at(0.0).values())


def test_starts_within_the_series():
    weather = Weather.of(weather_series(TABLE, TIMES), TIMES[1])
    assert weather.at(0.0)["wind_x"] == pytest.approx(6.0)


@pytest.mark.parametrize(("time", "direction"), [(0.0, 350.0), (900.0, 355.0), (2700.0, 5.0),
                                                 (3600.0, 10.0), (4800.0, 0.0), (6000.0, 350.0)])
def test_direction_turns_the_short_way(time, direction):
    weather = Weather.of(weather_series(TABLE, TIMES), TIMES[0])
    got = weather.at(time)["swell_from_direction"]
    assert 0.0 <= got < 360.0
    assert np.cos(np.radians(got - direction)) == pytest.approx(1.0, abs=1e-9)
