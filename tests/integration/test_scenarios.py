"""Salt, mud and oxygen answer the rivers in the observed sense, in one day of the real river."""

from __future__ import annotations

import pytest

import twin_kernel as twin
from benchmarks.scenarios import SCENARIOS, figures_of, means
from twin_kernel.solvers.native.water_quality.oxygen import saturation

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def figures():
    """Tide-meaned figures after 30 hours of the dry and of the wet scenario."""
    found = {}
    for scenario in SCENARIOS:
        run = twin.launch(scenario.case(1.25))
        run.wait(progress=False)
        found[scenario.name.split()[0]] = figures_of(means(twin.open_results(run.folder)))
    return found


def test_salt_retreats_before_the_rivers(figures):
    """1370 m3/s more through some 8,000 m2 move the front 15 km in a day, less where it is wide.

    The starts differ too, by the river's indicative profile: 22 km for ten times the discharge.
    """
    assert figures["dry"]["salinity 2, km"] > figures["wet"]["salinity 2, km"] + 10.0


def test_warm_low_water_lacks_more_oxygen(figures):
    """Against its own saturation, so that the colder water's larger one does not decide."""
    missing = {name: float(saturation(one["temperature at Bordeaux, degC"], 0.0))
               - one["oxygen at Bordeaux, mg/L"] for name, one in figures.items()}
    assert missing["dry"] > missing["wet"] + 0.1
