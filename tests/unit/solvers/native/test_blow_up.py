"""What a process makes not finite is told in its own step, with its place."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analytic.channels import model_on, rectangle, state_on
from tests.analytic.tanks import site_of
from twin_kernel.errors import SolverError
from twin_kernel.solvers.native.dye import Dye, DyeOptions

MESH = rectangle(1000.0, 300.0, 6, 3, lambda x, y: -5.0 + 0.0 * x)
_SITE = site_of(np.full(MESH.n_face, 1000.0))


class _Breaking(Dye):
    """A dye that is no number from the second step on, in one triangle."""

    def __init__(self, where: str) -> None:
        super().__init__(_SITE, DyeOptions(releases=({"mass": 1.0, "zone": "river"},)))
        self._where = where

    def advance(self, water, tracers, memory):
        super().advance(water, tracers, memory)
        if water.time > 60.0:
            (tracers["dye_1"] if self._where == "tracer" else memory["dye.released"])[0] = np.nan


@pytest.mark.parametrize(("where", "name"), [("tracer", "dye_1"), ("memory", "dye.released")])
def test_in_the_step_that_made_it(where, name):
    model = model_on(MESH, 60.0, processes=[_Breaking(where)])
    state = state_on(model, 0.0)
    model.advance(state, 1)
    with pytest.raises(SolverError, match=f"{name} is not finite") as told:
        model.advance(state, 1)
    assert "step 2" in str(told.value)
    if where == "tracer":
        assert f"triangle {model.grid.order[0]} " in str(told.value)
        assert "a process" in str(told.value)


def test_a_residence_that_goes_on_is_no_blow_up():
    """Its time is not known before the end, which is no reason to stop."""
    model = model_on(MESH, 60.0, processes=[
        Dye(_SITE, DyeOptions(residence_zones=("river",), water_age=True))])
    state = state_on(model, 0.0)
    model.advance(state, 2)
    assert state.memory["dye.residence"][1] == pytest.approx(1.0)
