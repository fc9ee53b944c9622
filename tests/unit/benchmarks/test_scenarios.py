"""The figures of a scenario from profiles that are known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.scenarios import figures_of, judged

KM = np.arange(1.0, 160.0, 2.0)


def _state(front, muddiest, worst):
    return {"km": KM, "salinity": 35.0 / (1.0 + np.exp((KM - front) / 8.0)),
            "mud": 1.5 * np.exp(-(((KM - muddiest) / 10.0) ** 2)) + 0.4,
            "dissolved_oxygen": 9.0 - 5.0 * np.exp(-(((KM - worst) / 12.0) ** 2)),
            "temperature": np.full(len(KM), 24.0)}


def test_figures_are_read_off_the_profiles():
    """Where the logistic front has the salinity asked, and where the bumps are."""
    found = figures_of(_state(70.0, 91.0, 97.0))
    assert found["salinity 2, km"] == pytest.approx(70.0 + 8.0 * np.log(16.5), abs=0.2)
    assert found["turbidity maximum, km"] == 91.0
    assert found["its mud, kg/m3"] == pytest.approx(1.9)
    assert found["oxygen minimum, km"] == 97.0
    assert found["oxygen at Bordeaux, mg/L"] == pytest.approx(4.0)


def test_a_river_that_answers_as_observed_passes_and_its_opposite_does_not():
    """Every row tells the one from the other."""
    dry = figures_of(_state(75.0, 95.0, 97.0))
    wet = {**figures_of(_state(30.0, 45.0, 97.0)), "oxygen at Bordeaux, mg/L": 11.0}
    right = judged(dry, wet)
    assert (right["sense"] == "yes").all(), right
    assert (right["size"] == "yes").all(), right
    wrong = judged(wet, dry)
    assert (wrong["sense"] == "NO").sum() >= 4, wrong
