"""What a calibration may change is checked before anything runs."""

from __future__ import annotations

import numpy as np
import pytest

from twin_kernel.errors import CatalogError
from twin_kernel.studies.calibration import CalibrationRecipe, FittedParameter, calibration_recipe


def test_the_recipe_of_the_gironde_holds_together():
    """Its parameters start within their bounds, and its constituents are analysed."""
    recipe = calibration_recipe("gironde")
    assert len(recipe.names) == len(recipe.prior) == recipe.bounds.shape[1]
    assert (recipe.bounds[0] <= recipe.prior).all()
    assert (recipe.prior <= recipe.bounds[1]).all()
    assert {"M2", "S2", "N2", "M4", "M6"} == set(recipe.fitted)


def test_a_river_without_a_recipe_is_refused_with_those_that_have_one():
    """And with the file to write."""
    with pytest.raises(CatalogError, match="gironde"):
        calibration_recipe("adour")


@pytest.mark.parametrize(("change", "said"), [
    ({"parameters": [{"name": "bed.nowhere", "prior": 0.0, "deviation": 1.0,
                      "bounds": [-1.0, 1.0]}]}, "no zone"),
    ({"fitted": {"K2": 0.02}}, "not analysed"),
    ({"fitted_part": {"MS4": 0.1}}, "a part of what is not fitted: MS4"),
    ({"follows": {"bed.garonne": ("bed.nowhere",)}}, "no zone of the river: bed.nowhere"),
    ({"days": -1.0}, "greater than 0"),
    ({"colour": "blue"}, "Extra inputs"),
])
def test_a_recipe_that_does_not_hold_together_is_refused(change, said):
    """By the sentence that says what is wrong."""
    content = calibration_recipe("gironde").model_dump()
    with pytest.raises(ValueError, match=said):
        CalibrationRecipe(**{**content, **change})


def test_a_small_constituent_is_asked_for_more_exactly_than_a_large_one():
    """6 mm and a tenth of what is observed, in quadrature; 3 cm of M2 wherever it is."""
    recipe = calibration_recipe("gironde").model_copy(
        update={"fitted": {"M2": 0.03, "M4": 0.006}, "fitted_part": {"M4": 0.1}})
    sigma = recipe.sigma(np.array([[1.5j, -1.9], [0.08, 0.3j]]))
    np.testing.assert_allclose(sigma, [[0.03, 0.03], [0.01, np.hypot(0.006, 0.03)]])


def test_a_prior_out_of_its_bounds_is_refused():
    """The search could not begin."""
    with pytest.raises(ValueError, match="out of"):
        FittedParameter(name="bed.garonne", prior=3.0, deviation=1.0, bounds=(-1.0, 1.0))


def test_what_follows_a_parameter_takes_its_value():
    """A zone, whatever the order; constituents take factors elsewhere."""
    recipe = calibration_recipe("gironde")
    given = recipe.named(np.arange(len(recipe.names), dtype=float))
    assert given["bed.upper_garonne"] == given["bed.garonne"] == recipe.names.index("bed.garonne")
    assert set(given) - set(recipe.names) == {
        "bed.upper_garonne", "bed.upper_dordogne", "manning.upper_dordogne"}
