"""What a process makes not finite is told in its own step, with its place."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analytic.channels import mapped, model_on, rectangle, state_on
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


class _Digging(Dye):
    """A dredger without end: 150 m of bed in the second step, in one triangle."""

    def __init__(self) -> None:
        super().__init__(_SITE, DyeOptions(releases=({"mass": 1.0, "zone": "river"},)))

    def start(self, water, tracers, memory):
        super().start(water, tracers, memory)
        memory["bed_level_change"] = np.zeros(MESH.n_face)

    def advance(self, water, tracers, memory):
        super().advance(water, tracers, memory)
        if water.time > 60.0:
            memory["bed_level_change"][5] = -150.0


def test_a_bed_that_leaves_its_bounds():
    """It is told as such, with its place, not as a time step too long."""
    model = model_on(MESH, 60.0, processes=[_Digging()])
    state = state_on(model, 0.0)
    model.advance(state, 1)
    with pytest.raises(SolverError, match="bed moved by -150 m, bounds -100 to 100 m") as told:
        model.advance(state, 1)
    assert f"triangle {model.grid.order[5]} " in str(told.value)
    assert "lower morphological_factor" in str(told.value)


def test_a_discharge_let_in_at_once_is_named_though_its_front_has_gone():
    """100,000 m3/s into 300 m by 5 m at rest: shorter steps would not help."""
    mesh = rectangle(9000.0, 300.0, 90, 3, lambda x, y: -5.0 + 0.0 * x, ("west", "east"))
    model = model_on(mesh, 60.0, {"west": "water_level", "east": "discharge"},
                     values={"west": [0.0, 0.0], "east": [1.0e5, 1.0e5]})
    with pytest.raises(SolverError, match="blew up") as told:
        model.advance(state_on(model, 0.0), 60)
    assert "discharge of the open boundary 'east'" in str(told.value)
    assert "Next: let the discharge rise over hours" in str(told.value)


def test_a_field_of_the_memory_is_told_where_it_broke():
    class Burying(Dye):
        def start(self, water, tracers, memory):
            super().start(water, tracers, memory)
            memory["mud_on_bed"] = np.zeros((MESH.n_face, 2))

        def advance(self, water, tracers, memory):
            super().advance(water, tracers, memory)
            memory["mud_on_bed"][7, 1] = np.nan

    model = model_on(MESH, 60.0, processes=[
        Burying(_SITE, DyeOptions(releases=({"mass": 1.0, "zone": "river"},)))])
    with pytest.raises(SolverError, match="mud_on_bed is not finite") as told:
        model.advance(state_on(model, 0.0), 1)
    assert f"triangle {model.grid.order[7]} " in str(told.value)
    assert "a process" in str(told.value)


def test_less_water_than_none_is_a_fault():
    """A discharge that takes from a film what it has not: a solver's checks refuse it before."""
    mesh = rectangle(1000.0, 300.0, 6, 3, lambda x, y: -0.05 + 0.0 * x, ("east",))
    model = model_on(mesh, 60.0, {"east": "discharge"}, values={"east": (-50.0, -50.0)})
    with pytest.raises(SolverError, match=r"a triangle holds -[\d.e+]+ m3 of water") as told:
        model.advance(state_on(model, 0.0), 20)
    assert "depth -" in str(told.value)


def test_a_discharge_of_nothing_is_no_cause():
    """A jump of the tide beside a river without water: the tide is named."""
    mesh = rectangle(1000.0, 300.0, 6, 3, lambda x, y: -5.0 + 0.0 * x, ("west", "east"))
    model = model_on(mesh, 60.0, {"west": "water_level", "east": "discharge"}, (0.0, 120.0, 1e9),
                     {"west": (0.0, 60.0, 60.0), "east": (0.0, 0.0, 0.0)})
    with pytest.raises(SolverError, match="blew up") as told:
        model.advance(state_on(model, 0.0), 60)
    assert "0 m3/s" not in str(told.value)


def test_needles_are_named_where_they_are_the_cause():
    """Four triangles of 2 to 3 degrees in a tide of 5 m: shorter steps blow up as well."""
    def bed(x, y):
        return -4.0 + 5.0 * x / 6000.0 + 1.5 * ((y - 300.0) / 300.0) ** 2

    mesh = rectangle(6000.0, 600.0, 40, 6, bed, ("west",))
    x, y = mesh.node_x.copy(), mesh.node_y.copy()
    for node, to in {223: (2178.146, 496.692), 181: (2170.533, 487.351),
                     140: (2249.369, 451.250)}.items():
        x[node], y[node] = to
    times = np.arange(0.0, 8000.0, 300.0)
    model = model_on(mapped(mesh, x, y, bed), 60.0, {"west": "water_level"}, times,
                     {"west": 2.5 * np.sin(2.0 * np.pi * times / 44714.0)}, {"west": 35.0},
                     manning=0.025, latitude=45.0)
    with pytest.raises(SolverError, match=r"a triangle with an angle of 2\.. degrees") as told:
        model.advance(state_on(model, 0.0, 20.0), 120)
    assert "shorter steps do not help" in str(told.value)
    assert "halve" not in str(told.value)
