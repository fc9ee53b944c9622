"""The native solver on the real bed of the Gironde, without the machinery of runs."""

from __future__ import annotations

import numpy as np

from tests.analytic.channels import model_on, state_on
from twin_kernel.catalog import river_mesh


def test_lake_at_rest_over_the_real_bed():
    """Flats and upper rivers are dry at level 0, and nothing moves: under 1e-10 m/s."""
    kinds = {"ocean": "water_level", "garonne": "discharge", "dordogne": "discharge"}
    model = model_on(river_mesh("gironde"), 60.0, kinds,
                     values={"ocean": [0.0, 0.0], "garonne": [0.0, 0.0], "dordogne": [0.0, 0.0]},
                     salinity={name: 35.0 for name in kinds}, manning=0.013, latitude=45.2)
    state = state_on(model, 0.0, np.full(model.grid.n_face, 35.0))
    dry = state.volume == 0.0
    assert dry.sum() > 50
    model.advance(state, 360)
    assert np.abs(state.u).max() < 1e-10
    np.testing.assert_array_equal(state.volume == 0.0, dry)
    assert state.tracer_low[0] == state.tracer_high[0] == 35.0
    assert abs(state.volume.sum() / state.water_at_start - 1.0) < 1e-14


def test_flood_discharge_into_a_dry_river_at_a_long_step():
    """4,000 m3/s and a 120 s step: the step divides itself, and water moves at a river's speed.

    Undivided, water piled up 50 m deep within two hours: momentum moves one cell a step.
    """
    kinds = {"ocean": "water_level", "garonne": "discharge", "dordogne": "discharge"}
    model = model_on(river_mesh("gironde"), 120.0, kinds,
                     values={"ocean": [0.5] * 2, "garonne": [4000.0] * 2, "dordogne": [2000.0] * 2},
                     salinity={name: 0.0 for name in kinds}, manning=0.013, latitude=45.2)
    state = state_on(model, 0.5)
    model.advance(state, 90)
    assert np.abs(state.u).max() < 10.0
    assert (state.volume / model.grid.face_area).max() < 40.0  # the deepest bed is 31 m
    error = state.volume.sum() - state.water_at_start - state.water_entered.sum()
    assert abs(error) < 1e-12 * state.water_at_start
