"""Salt, mud and oxygen leave one start as the rivers say, in 30 hours of the real river."""

from __future__ import annotations

import numpy as np
import pytest

import twin_kernel as twin
from benchmarks import ten_days
from benchmarks.scenarios import SCENARIOS, means
from benchmarks.scenarios_judged import figures_of

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return the results of the first 30 hours of both scenarios, by name."""
    folder = tmp_path_factory.mktemp("rivers")
    asked = {one.name: twin.launch(one.case(folder, 1.25)) for one in SCENARIOS}  # side by side
    return {name: twin.open_results(run.wait(progress=False).folder)
            for name, run in asked.items()}


@pytest.fixture(scope="module")
def figures(runs):
    """Figures meaned over the last 25 hours, two tides."""
    return {name: figures_of(means(results, hours=25)) for name, results in runs.items()}


def test_both_start_alike(runs):
    """So that whatever differs later is the rivers' doing."""
    low, flood = (means(results, 0, 0) for results in runs.values())
    for name, profile in low.items():
        np.testing.assert_array_equal(profile, flood[name], err_msg=name)  # NaN where dry


def test_salt_retreats_before_the_flood(figures):
    """Salt frozen at the common start would stay together: 0 km.

    The Garonne brings 920 m3/s more in flood than in low flow; in the mean of hours 5 to 30, less 3
    h of the change, it has done so for 14.5 h: 48e6 m3. At the salinity of 2, about km 88, a
    kilometre holds 5 to 7e6 m3: 8 km. Half of that, since mixing gives part of it back.
    """
    low, flood = (figures[name]["salinity 2, km"] for name in ("low flow", "flood"))
    assert flood + 4.0 < low < flood + 16.0


def test_salt_leaves_its_start(figures, runs):
    """The flood takes it seaward from where it was, low flow does not: the limit of 0.5, km 107.

    There the Garonne is 770 m3/s above the middling start for 14.5 h, 40e6 m3 of 4e6 in a
    kilometre: 10 km, and a quarter of it asked; a tide's mean lies up to 2 km off its start at
    mid-level.
    """
    start = figures_of(means(runs["flood"], 0, 0))["salinity 0.5, km"]
    assert figures["flood"]["salinity 0.5, km"] < start - 2.5
    assert figures["low flow"]["salinity 0.5, km"] > start - 2.0


def test_mud_goes_seaward_in_the_flood(figures):
    """Of the Garonne 920 m3/s more for 14.5 h are 48e6 m3, of 7e6 in a kilometre: 7 km; half."""
    low, flood = (figures[name]["middle of the concentration, km"]
                  for name in ("low flow", "flood"))
    assert low > flood + 3.5


def test_the_domain_keeps_its_mud(runs):
    """It drained by 1.4 % a day when it lay down to the mouth and over the shelf; 1 % at most."""
    for name, results in runs.items():
        budget = results.summary["budgets"]["mud"]
        assert abs(budget["end"] / budget["start"] - 1.0) < 0.01, name


def test_ten_days_are_timed_with_their_budgets(tmp_path):
    """An hour of them on one core and on two: salt, mud and oxygen are in the table."""
    report = ten_days.report(quick=True)
    report.write(tmp_path)
    table = report.tables["Cost and budgets"]
    assert {"water", "salt", "mud", "oxygen"} < set(table.columns)
    assert (table[["water", "salt", "mud", "oxygen"]].astype(float).abs() < 1e-9).all(axis=None)
    assert (tmp_path / "ten_days.md").is_file()
