"""What a cell may give: no more than it has, and nothing of next to nothing."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analytic.channels import model_on, rectangle, state_on
from twin_kernel.solvers.native import limiting


def _limited(volume_of_one: float, outflow: float):
    """Limit fluxes that would take `outflow` (m3/s) out of one inner cell for 60 s.

    Returns the volume left in it (m3), and the velocities.
    """
    model = model_on(rectangle(400.0, 200.0, 4, 2, lambda x, y: -1.0), 60.0)
    grid, state = model.grid, state_on(model, 0.0)
    inner = np.flatnonzero((grid.face_edges < grid.n_internal).all(axis=1))[0]
    state.volume[inner] = volume_of_one
    edges = grid.face_edges[inner]
    flux, u = np.zeros((2, grid.n_edge))
    flux[edges] = grid.face_sign[inner] * outflow / 3.0
    u[edges] = np.sign(flux[edges])
    after, scale = np.empty((2, grid.n_face))
    limiting.limit_fluxes(
        flux, u, state.volume, (grid.face_area, grid.face_edges, grid.face_sign),
        (grid.edge_left, grid.edge_right), (grid.face_strips, grid.edge_strips),
        grid.n_internal, 60.0, after, scale)
    return after[inner], flux, u


@pytest.mark.parametrize("volume", [100.0, 1e-3, 1e-9, 5e-324, 0.0, -5e-324])
def test_no_volume_is_too_small(volume):
    """Down to the least number there is, and under zero where rounding left it there.

    A triangle that gave two thirds of what it had in every step came there after a day, and what
    it might give, over what it would give, was zero over zero.
    """
    left, flux, u = _limited(volume, 50.0)
    assert np.isfinite(flux).all()
    assert np.isfinite(u).all()
    assert left >= min(volume, 0.0)


def test_a_cell_dries_to_a_film_and_no_further():
    volume = 100.0
    for _ in range(2000):
        volume, _, _ = _limited(volume, 50.0)
    assert 1e-10 < volume <= 1e-9
