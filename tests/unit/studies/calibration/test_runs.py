"""Runs of a calibration: real ones, short, and never repeated."""

from __future__ import annotations

import numpy as np
import pytest

from twin_kernel.studies.calibration import calibration_recipe
from twin_kernel.studies.calibration.runs import GaugeRuns


@pytest.fixture
def recipe():
    """Three hours, one parameter of each kind."""
    whole = calibration_recipe("gironde")
    chosen = [one for one in whole.parameters
              if one.name in ("manning.lower_estuary", "bed.garonne", "ocean.M2.real")]
    return whole.model_copy(update={"days": 0.125, "spin_up_days": 0.0,
                                    "parameters": tuple(chosen)})


@pytest.mark.long
def test_a_run_is_computed_once_and_follows_its_parameters(recipe, tmp_path, monkeypatch):
    """A second search finds the runs of the first; each kind of parameter moves the level."""
    from twin_kernel.settings import get_settings

    settings = get_settings().model_copy(update={"data_directory": tmp_path})
    monkeypatch.setattr("twin_kernel.studies.calibration.runs.get_settings", lambda: settings)
    first = GaugeRuns(recipe, progress=False)
    choices = [recipe.prior, *(recipe.prior + np.diag(recipe.deviation))]
    levels = first.levels(choices)
    assert first.computed == 4
    assert levels[0].shape == (18, 6)
    for moved in levels[1:]:
        assert np.abs(moved - levels[0]).max() > 1e-4  # m
    again = GaugeRuns(recipe, progress=False)
    for one, other in zip(again.levels(choices), levels, strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.computed == 0


def test_the_tide_imposed_follows_its_factors(recipe):
    """A factor of 1.1 lifts M2 and those that follow it by a tenth, and nothing else."""
    runs = GaugeRuns(recipe, progress=False)
    before, after = (runs.tide_imposed(values).set_index("constituent")
                     for values in (recipe.prior, recipe.prior + np.array([0.0, 0.0, 0.1])))
    ratio = (after["amplitude"] / before["amplitude"]).round(9)
    followers = ["M2", *recipe.follows["M2"]]
    assert (ratio[followers] == 1.1).all()
    assert (ratio.drop(followers) == 1.0).all()
    np.testing.assert_allclose(after["phase"], before["phase"], atol=1e-9)
