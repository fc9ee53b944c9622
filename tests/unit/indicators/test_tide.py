"""Skill, ranges and profiles of tides whose answer is known."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from tests.unit.indicators.conftest import AMPLITUDE, GROWTH
from twin_kernel.errors import InputError
from twin_kernel.indicators import (
    constituent_profile,
    level_skill,
    plot_tidal_range,
    spring_neap,
    tidal_range_profile,
    tidal_ranges,
    tide_skill,
)


def test_the_published_tide_has_perfect_skill(fortnight):
    skill = tide_skill(fortnight)
    assert list(skill.index.get_level_values("constituent").unique()) == ["M2", "S2", "M4"]
    assert len(skill) == 18
    # Both sides are the same numbers; the file keeps them in double precision.
    np.testing.assert_allclose(skill[["amplitude_error", "phase_error", "vector_error"]], 0,
                               atol=1e-9)


def test_published_constants_stand_beside_and_differ_by_the_leak(fortnight):
    row = tide_skill(fortnight, ["Royan"]).loc[("Royan", "M2")]
    assert row["published_amplitude"] == pytest.approx(1.509, abs=0.001)
    # N2 is a fifth of M2: a fortnight cannot tell them apart
    assert 0.01 < abs(row["observed_amplitude"] - row["published_amplitude"]) < 0.35


def test_a_late_and_small_tide_is_seen_as_such(fortnight, monkeypatch):
    level = fortnight.stations["water_level"]
    # 20 minutes late and a tenth small, about another mean
    changed = fortnight.stations.assign(water_level=0.9 * level.shift(time=2) + 7.0)
    monkeypatch.setitem(vars(fortnight), "stations", changed)
    row = tide_skill(fortnight, ["Bordeaux"]).loc[("Bordeaux", "M2")]
    # A constant delay moves the leaking N2 by a slightly other angle than M2 (0.2°)
    assert row["amplitude_error"] == pytest.approx(-10, abs=0.1)
    assert row["phase_error_minutes"] == pytest.approx(20, abs=0.5)
    levels = level_skill(fortnight, ["Bordeaux"]).loc["Bordeaux"]
    assert 0.1 < levels["rms_error"] < 0.5
    assert levels["computed_range"] == pytest.approx(0.9 * levels["observed_range"], rel=0.01)


def test_what_a_short_run_cannot_separate_is_not_a_number(half_day):
    with pytest.warns(UserWarning, match="do not tell M2, S2, M4"):
        skill = tide_skill(half_day, ["Royan"])
    assert skill["computed_amplitude"].loc[("Royan", "S2")] != skill["computed_amplitude"].loc[
        ("Royan", "S2")]
    assert skill["published_amplitude"].notna().all()


def test_skill_refuses_what_is_no_gauge(fortnight):
    with pytest.raises(InputError, match=r"'Blaye'.*Royan"):
        tide_skill(fortnight, ["Blaye"])


def test_range_of_a_cosine():
    times = np.datetime64("2015-09-15", "ns") + np.arange(0, 5 * 144) * np.timedelta64(10, "m")
    hours = np.arange(len(times)) / 6
    ranges = tidal_ranges(2.0 * np.cos(2 * np.pi * hours / 12.4206), times)
    # Ten-minute values miss at most 1 - cos(pi/74.5) = 0.09 % of the range
    np.testing.assert_allclose(ranges, 4.0, rtol=1e-3)
    assert len(ranges) == 9


def test_range_refuses_short_and_coarse_series():
    times = np.datetime64("2015-09-15", "ns") + np.arange(10) * np.timedelta64(1, "h")
    with pytest.raises(InputError, match="12 h 25 min"):
        tidal_ranges(np.zeros(10), times)
    with pytest.raises(InputError, match="at most 90 minutes"):
        tidal_ranges(np.zeros(10), times[0] + np.arange(10) * np.timedelta64(3, "h"))


def test_range_grows_along_the_channel(fortnight):
    table = tidal_range_profile(fortnight)
    expected = 2 * (AMPLITUDE + GROWTH * table.index)
    # Hourly maps miss at most 3.2 % of a range; the triangle is within 1.6 km of the middle.
    assert (table["mean"] <= expected + 2 * GROWTH * 1.6 + 1e-6).all()
    assert (table["mean"] >= 0.968 * expected - 2 * GROWTH * 1.6).all()
    assert (table["smallest"] <= table["largest"]).all()


def test_constituents_along_the_channel(fortnight):
    table = constituent_profile(fortnight, constituents=("M2",))
    amplitude = table["M2", "amplitude"]
    slope = np.polyfit(table.index, amplitude, 1)[0]
    # The synthetic tide has no nodal correction, the analysis divides by it: up to 4 % (M2).
    assert slope == pytest.approx(GROWTH, rel=0.05)
    assert amplitude.iloc[0] == pytest.approx(AMPLITUDE, rel=0.05)
    late = np.unwrap(np.radians(table["M2", "phase"]))
    assert np.polyfit(table.index, late, 1)[0] == pytest.approx(0.02, rel=0.01)


def test_constituents_that_do_not_separate_are_refused(half_day):
    with pytest.raises(InputError, match="too short"):
        constituent_profile(half_day, constituents=("M2", "S2"))


def test_spring_and_neap_are_found(fortnight):
    table = spring_neap(fortnight)
    spring, neap = (table[table["kind"] == kind].index[0] for kind in ("spring", "neap"))
    # The neap of 22 and the spring of 29 September 2015, two days after quadrature and full moon
    assert (neap.month, neap.day) in {(9, 21), (9, 22), (9, 23)}
    assert (spring.month, spring.day) in {(9, 29), (9, 30)}
    assert table["range"].max() > 2 * table["range"].min()


def test_picture_of_the_range_has_the_gauges(fortnight):
    axes = plot_tidal_range(fortnight, language="fr")
    dots = axes.lines[1].get_ydata()
    assert len(dots) >= 5
    assert axes.get_ylabel() == "marnage (m)"
    plt.close("all")
