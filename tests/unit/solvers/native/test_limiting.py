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


@pytest.mark.parametrize("columns", [4, 80])
@pytest.mark.parametrize("place", ["first", "middle", "last", "none"])
def test_no_cell_hides_that_another_is_no_number(columns, place):
    """On one strip and on several; without NaN it is the largest rate, wherever that is."""
    model = model_on(rectangle(100.0 * columns, 8000.0, columns, 80, lambda x, y: -1.0 + 0 * x),
                     60.0)
    grid, state = model.grid, state_on(model, 0.0)
    strips = len(grid.face_strips) - 1
    assert (strips > 1) == (columns == 80)
    flux = np.linspace(1.0, 2.0, grid.n_edge)
    flux[grid.n_internal:] = 0.0
    faces = {"first": 0, "middle": grid.n_face // 2, "last": grid.n_face - 1}
    if place in faces:
        flux[grid.face_edges[faces[place], 0]] = np.nan
    rate = limiting.exchange_rate(flux, state.volume, grid.face_area, grid.face_edges,
                                  grid.face_sign, grid.face_strips)
    leaves = np.maximum(flux[grid.face_edges] * grid.face_sign, 0.0).sum(axis=1)
    assert rate == pytest.approx((leaves / state.volume).max(), rel=1e-12, nan_ok=True)
    assert np.isnan(rate) == (place in faces)
