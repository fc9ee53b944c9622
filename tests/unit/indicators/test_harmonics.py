"""Harmonic analysis gives back the constants a series was made of."""

import numpy as np
import pandas as pd
import pytest

from twin_kernel.errors import InputError
from twin_kernel.forcing import predict_tide
from twin_kernel.indicators import harmonic_analysis, phase_difference, separable
from twin_kernel.indicators.harmonics import analyse_together

LATITUDE = 45.2
TIMES = np.datetime64("2015-09-15T00:00", "ns") + np.arange(15 * 144) * np.timedelta64(10, "m")
CONSTANTS = pd.DataFrame({"constituent": ["M2", "S2", "M4", "K1", "MS4"],
                          "amplitude": [1.5, 0.5, 0.1, 0.06, 0.05],
                          "phase": [107.7, 141.0, 358.9, 70.0, 1.2]})


def check(found, tolerance):
    """Compare as complex numbers, so that 359.9° and 0.1° are near."""
    for row in CONSTANTS.itertuples():
        got = found.loc[row.constituent]
        difference = (got["amplitude"] * np.exp(1j * np.radians(got["phase"]))
                      - row.amplitude * np.exp(1j * np.radians(row.phase)))
        assert abs(difference) < tolerance, row.constituent


def test_constants_are_recovered():
    series = 3.2 + predict_tide(CONSTANTS, TIMES, LATITUDE)
    # Prediction and analysis share utide's arguments; what is left is the condition of the
    # least-squares problem over 15 days, times rounding.
    check(harmonic_analysis(series, TIMES, LATITUDE), 1e-8)


def test_the_yearly_constituent_is_recovered_as_producers_mean_it():
    """SA, whose argument is not utide's own, by both analyses over a year."""
    times = pd.date_range("2015-01-01", periods=400 * 24, freq="h").to_numpy()
    constants = pd.DataFrame({"constituent": ["M2", "SA", "SSA"], "amplitude": [1.5, 0.1, 0.03],
                              "phase": [110.0, 349.0, 100.0]})
    series = predict_tide(constants, times, LATITUDE)
    names = list(constants["constituent"])
    found = harmonic_analysis(series, times, LATITUDE, names)
    together = analyse_together(series[:, None], times, LATITUDE, names)[:, 0]
    # p' moves by 0.02 degrees in a year, which the first takes at the middle of it.
    for k, row in constants.iterrows():
        wanted = row["amplitude"] * np.exp(-1j * np.radians(row["phase"]))
        one = found.loc[row["constituent"]]
        assert abs(one["amplitude"] * np.exp(-1j * np.radians(one["phase"])) - wanted) < 1e-4
        assert abs(together[k] - wanted) < 1e-8


def test_gaps_do_not_matter():
    series = predict_tide(CONSTANTS, TIMES, LATITUDE)
    series[100:300] = np.nan
    check(harmonic_analysis(series, TIMES, LATITUDE), 1e-8)


def test_many_at_once_equal_one_by_one():
    names = separable(15.0)
    level = np.column_stack([predict_tide(CONSTANTS, TIMES, LATITUDE), np.full(len(TIMES), np.nan)])
    level[:, 0] += np.random.default_rng(1).normal(0, 0.1, len(TIMES))
    together = analyse_together(level, TIMES, LATITUDE, names)
    one = harmonic_analysis(level[:, 0], TIMES, LATITUDE, names)
    expected = one["amplitude"] * np.exp(-1j * np.radians(one["phase"]))
    # Both solve the same problem; utide refers its arguments to the mean of the series' own days.
    np.testing.assert_allclose(together[:, 0], expected, atol=1e-8)
    assert np.isnan(together[:, 1]).all()


def test_what_a_fortnight_separates():
    assert {"M2", "S2", "M4", "K1", "O1", "M6", "MS4"} <= set(separable(15.0))
    assert "N2" not in separable(15.0)
    assert "N2" in separable(30.0)
    assert "S2" not in separable(10.0)
    assert separable(0.2) == []


def test_leakage_is_the_same_in_two_series_analysed_alike():
    with_n2 = pd.concat([CONSTANTS, pd.DataFrame(
        {"constituent": ["N2"], "amplitude": [0.3], "phase": [88.0]})])
    series = predict_tide(with_n2, TIMES, LATITUDE)
    shifted = with_n2.assign(amplitude=1.1 * with_n2["amplitude"], phase=with_n2["phase"] + 5.0)
    one = harmonic_analysis(series, TIMES, LATITUDE)
    two = harmonic_analysis(predict_tide(shifted, TIMES, LATITUDE), TIMES, LATITUDE)
    (a, g), (b, h) = one.loc["M2"], two.loc["M2"]
    leak = a * np.exp(1j * np.radians(g)) - 1.5 * np.exp(1j * np.radians(107.7))
    assert abs(leak) > 0.03  # a tenth of N2 at least
    # and cancels but for what the conjugate of N2 leaks, some thousandth of the leak itself
    assert b / a == pytest.approx(1.1, abs=5e-4)
    assert phase_difference(h, g) == pytest.approx(5, abs=0.05)


@pytest.mark.parametrize(("a", "b", "expected"), [
    (2, 358, 4), (358, 2, -4), (180, 0, 180), (0, 180, 180), (10, 10, 0), (725, 0, 5)])
def test_phase_differences_wrap(a, b, expected):
    assert phase_difference(a, b) == pytest.approx(expected)


def test_short_record_is_refused_with_the_length_needed():
    # M2 and S2 gain 0.9 cycle on one another in 13.3 days
    with pytest.raises(InputError, match=r"too short.*at least 13\.3 days"):
        harmonic_analysis(np.zeros(720), TIMES[:720], LATITUDE, ["M2", "S2"])


def test_other_refusals():
    with pytest.raises(InputError, match=r"do not match.*\(3,\)"):
        harmonic_analysis(np.zeros(3), TIMES, LATITUDE)
    with pytest.raises(InputError, match="do not increase"):
        harmonic_analysis(np.zeros(len(TIMES)), TIMES[::-1], LATITUDE)
    with pytest.raises(InputError, match=r"Unknown tidal constituent.*M2X"):
        harmonic_analysis(np.zeros(len(TIMES)), TIMES, LATITUDE, ["M2X"])
    with pytest.raises(InputError, match="too short"):
        harmonic_analysis(np.zeros(20), TIMES[:20], LATITUDE)
