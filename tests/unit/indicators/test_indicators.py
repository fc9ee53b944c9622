"""Indicators give back the tide and the salt that a synthetic run was made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.unit.indicators.synthetic_run import (
    AMPLITUDE,
    GAUGES,
    LATITUDE,
    PHASE_PER_KM,
    SALT_LIMIT_KM,
    write_run,
)
from twin_kernel.errors import InputError
from twin_kernel.forcing import predict_tide
from twin_kernel.indicators import (
    constituent_profile,
    harmonic_analysis,
    level_skill,
    phase_difference,
    salt_intrusion_length,
    separable,
    tidal_range_profile,
    tide_skill,
)
from twin_kernel.results import open_results

TEN_MINUTES_OF_M2 = 28.984 / 6.0  # degrees


@pytest.fixture(scope="module")
def short_run(tmp_path_factory):
    return open_results(write_run(tmp_path_factory.mktemp("runs") / "short"))


@pytest.fixture(scope="module")
def long_run(tmp_path_factory):
    return open_results(write_run(tmp_path_factory.mktemp("runs") / "long", 16.0, factor=1.1))


def test_analysis_gives_back_the_constants_of_the_prediction():
    times = pd.date_range("2015-09-01", "2015-09-20", freq="10min").to_numpy()
    constants = pd.DataFrame({"constituent": ["M2", "S2", "M4"], "amplitude": [1.5, 0.5, 0.2],
                              "phase": [120.0, 350.0, 10.0]})
    found = harmonic_analysis(predict_tide(constants, times, LATITUDE), times, LATITUDE)
    known = constants.set_index("constituent")
    np.testing.assert_allclose(found.loc[known.index, "amplitude"], known["amplitude"], atol=1e-9)
    np.testing.assert_allclose(found.loc[known.index, "phase"], known["phase"], atol=1e-6)
    assert found.drop(known.index)["amplitude"].max() < 1e-9


@pytest.mark.parametrize(("hours", "constituents", "word"), [
    (72, ["M2", "S2"], "too short"), (400, ["M2", "X9"], "X9"), (6, None, "too short")])
def test_analysis_refuses(hours, constituents, word):
    times = np.datetime64("2015-09-01", "ns") + np.arange(hours) * np.timedelta64(1, "h")
    with pytest.raises(InputError, match=word):
        harmonic_analysis(np.zeros(hours), times, LATITUDE, constituents)


def test_fortnight_separates_s2_but_not_n2():
    assert "S2" in separable(15.0)
    assert "N2" not in separable(15.0)


def test_phases_are_compared_around_the_circle():
    np.testing.assert_allclose(phase_difference([2.0, 358.0, 190.0], [358.0, 2.0, 10.0]),
                               [4.0, -4.0, 180.0])


def test_skill_sees_a_tide_too_large_and_late(long_run):
    skill = tide_skill(long_run)
    assert list(skill.index.get_level_values("gauge").unique()) == list(GAUGES)
    m2 = skill.xs("M2", level="constituent")
    np.testing.assert_allclose(m2["amplitude_error"], 10.0, atol=0.3)
    np.testing.assert_allclose(m2["phase_error"], TEN_MINUTES_OF_M2, atol=0.3)
    np.testing.assert_allclose(m2["phase_error_minutes"], 10.0, atol=0.6)
    assert m2.loc["Port-Bloc", "published_amplitude"] == pytest.approx(1.52, abs=0.02)


def test_short_record_does_not_claim_s2(short_run):
    computed = tide_skill(short_run)["computed_amplitude"].unstack()
    assert computed["S2"].isna().all()
    assert computed["M2"].notna().all()
    # Asked for alone it must not be given what M2 holds.
    assert tide_skill(short_run, constituents=["S2"])["computed_amplitude"].isna().all()


def test_record_shorter_than_a_tide_separates_nothing():
    assert separable(5.0 / 24.0) == []


def test_level_error_leaves_the_mean_out(short_run):
    error = level_skill(short_run)["rms_error"]
    assert (error > 0.05).all()  # ten minutes late
    assert (error < 0.29).all()  # the mean is 0.3 m off


def test_period_outside_the_run_is_refused(short_run):
    with pytest.raises(InputError, match="outside the results"):
        tide_skill(short_run, period=("2015-09-01", "2015-10-01"))


def test_unknown_gauge_is_refused_with_those_there(short_run):
    with pytest.raises(InputError, match="Port-Bloc, Bordeaux"):
        tide_skill(short_run, gauges=["Paris"])


def test_salt_intrusion_is_where_the_salinity_was_put(short_run):
    length = salt_intrusion_length(short_run)
    assert len(length) == len(short_run.times)
    np.testing.assert_allclose(length, SALT_LIMIT_KM, atol=0.6)
    assert (salt_intrusion_length(short_run, 41.0) == 0.0).all()


@pytest.mark.parametrize(("threshold", "branch", "word"), [
    (0.0, "garonne", "threshold"), (2.0, "seine", "garonne")])
def test_salt_intrusion_refuses(short_run, threshold, branch, word):
    with pytest.raises(InputError, match=word):
        salt_intrusion_length(short_run, threshold, branch)


def test_profiles_give_back_amplitude_and_speed_of_the_wave(short_run):
    found = constituent_profile(short_run)["M2"]
    np.testing.assert_allclose(found["amplitude"], AMPLITUDE, rtol=2e-3)
    slope = np.polyfit(found.index, np.unwrap(found["phase"], period=360.0), 1)[0]
    assert slope == pytest.approx(PHASE_PER_KM, rel=0.01)
    ranges = tidal_range_profile(short_run)
    nodal_and_hourly = ranges["mean"] / (2.0 * AMPLITUDE)  # f of M2 is 1 within 4 %
    assert nodal_and_hourly.between(0.93, 1.05).all()
    assert (ranges["smallest"] <= ranges["largest"]).all()
