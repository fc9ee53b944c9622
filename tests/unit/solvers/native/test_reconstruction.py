"""Cell vectors: exact for uniform flow in triangles of any shape, and never a jet of their own."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analytic.channels import mapped, model_on, rectangle, set_in_motion, state_on

ANGLES = np.radians(np.arange(0.0, 180.0, 7.0))


def _model(length, width, shear=0.0):
    """Return a model on 4 by 2 triangles, and as many leaning ones, 10 m deep."""
    mesh = rectangle(length, width, 4, 2)
    return model_on(mapped(mesh, mesh.node_x + shear * mesh.node_y, mesh.node_y,
                           lambda x, y: -10.0), 1.0)


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize(("width", "shear"), [(100.0, 0.0), (2.0, 0.0), (5000.0, 0.0),
                                              (100.0, 1.5), (20.0, 4.0)])
def test_uniform_flow_is_kept_whole(width, shear, angle):
    """Along, across and between: slivers of 1:25, and angles up to 165 degrees.

    Away from walls, whose edges carry nothing.
    """
    model = _model(200.0, width, shear)
    state = state_on(model, 0.0)
    set_in_motion(model, state, lambda x, y: np.cos(angle) + 0.0 * x,
                  lambda x, y: np.sin(angle) + 0.0 * x)
    grid = model.grid
    inside = (grid.face_edges < grid.n_internal).all(axis=1)
    assert inside.any()
    velocity = np.stack(model.velocities(state), axis=1)[inside]
    np.testing.assert_allclose(velocity, np.tile([np.cos(angle), np.sin(angle)],
                                                 (inside.sum(), 1)), atol=1e-9)


def test_long_sides_that_differ_make_no_jet():
    """In at 1.6 m/s on one long side and out at 4.7 on the other, as over a fall.

    In a triangle of 1:13 with an angle a little over a right one, Perot's weights alone make
    several times the fastest edge of it.
    """
    model = _model(120.0, 800.0, shear=0.1)
    grid, state = model.grid, state_on(model, 0.0)
    inside = np.flatnonzero((grid.face_edges < grid.n_internal).all(axis=1))
    weights = np.stack([grid.reconstruct_x, grid.reconstruct_y], axis=1)[inside]
    most = np.zeros(len(inside))
    for k, cell in enumerate(inside):
        edges, sign = grid.face_edges[cell], grid.face_sign[cell]
        long = np.argsort(grid.edge_length[edges])[1:]
        state.u[:] = 0.0
        state.u[edges[long]] = sign[long] * [-1.6, 4.7]
        u, v = model.velocities(state)
        # A uniform flow midway between two normals 94 degrees apart, and a tenth.
        assert np.hypot(u[cell], v[cell]) < 1.1 * 4.7 / np.cos(np.radians(47.0)) + 0.05
        most[k] = np.hypot(*(weights[k] @ state.u[edges]))
    assert most.max() > 3.0 * 4.7
