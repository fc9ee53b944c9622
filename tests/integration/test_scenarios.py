"""Salt, mud and oxygen leave one start as the rivers say, in 30 hours of the real river."""

from __future__ import annotations

import pytest

import twin_kernel as twin
from benchmarks.scenarios import SCENARIOS, means
from benchmarks.scenarios_judged import figures_of

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return the results of the first 30 hours of both scenarios, by name."""
    folder, found = tmp_path_factory.mktemp("rivers"), {}
    for scenario in SCENARIOS:
        run = twin.launch(scenario.case(folder, 1.25))
        run.wait(progress=False)
        found[scenario.name] = twin.open_results(run.folder)
    return found


@pytest.fixture(scope="module")
def figures(runs):
    """Figures meaned over the last 25 hours, two tides."""
    return {name: figures_of(means(results, hours=25)) for name, results in runs.items()}


def test_both_start_alike(runs):
    """So that whatever differs later is the rivers' doing."""
    low, flood = (means(results, 0, 0) for results in runs.values())
    for name, profile in low.items():
        assert (profile == flood[name]).all(), name


def test_salt_retreats_before_the_flood(figures):
    """Frozen salt would stay together: 0 km.

    The Garonne brings 920 m3/s more in flood than in low flow, since 14.5 h in the mean of hours 5
    to 30 less the 3 h of the change: 48e6 m3. The salinity of 2 starts at km 87, where a kilometre
    holds some 4e6 m3: 12 km. Half of that, since the front is not a piston.
    """
    assert figures["low flow"]["salinity 2, km"] > figures["flood"]["salinity 2, km"] + 6.0


def test_the_flood_takes_the_salt_from_bordeaux(figures, runs):
    """From 1.0 at the start to a half at most; low flow leaves three quarters of it there."""
    start = figures_of(means(runs["flood"], 0, 0))["salinity at Bordeaux"]
    assert start > 0.8
    assert figures["flood"]["salinity at Bordeaux"] < 0.5 * start
    assert figures["low flow"]["salinity at Bordeaux"] > 0.75 * start
