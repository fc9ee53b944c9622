"""Relaxation of the few equations of the levels that a solution has left."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analytic.channels import rectangle
from twin_kernel.solvers.native.flow import volume_of
from twin_kernel.solvers.native.grid import build_grid
from twin_kernel.solvers.native.relaxation import relax

TOLERANCE = 1.0e-4


def _beach(courant=3.0):
    """A beach half under water, and the system of which a level of 0.1 m is the solution."""
    grid = build_grid(rectangle(4000.0, 2000.0, 40, 20, bed=lambda x, y: x / 4000.0 - 0.5), {})
    n = grid.n_face
    itself = grid.face_neighbour == np.arange(n)[:, None]
    weights = np.where(itself, 0.0, courant**2 * grid.face_area.mean())
    level = np.full(n, 0.1)
    return grid, level, (weights, np.zeros(n), _volumes(grid, level))


def _volumes(grid, level):
    return np.array([volume_of(own, *bed, area) for own, bed, area in
                     zip(level, grid.face_bed, grid.face_area, strict=True)])


def _residual(grid, level, system):
    weights, boundary_weight, right_side = system
    return (right_side - _volumes(grid, level) - boundary_weight * level
            + (weights * (level[grid.face_neighbour] - level[:, None])).sum(axis=1))


def _relaxed(grid, level, system):
    residual = _residual(grid, level, system)
    waits = np.zeros(grid.n_face, bool)
    done = relax(level, residual, system, (grid.face_neighbour, grid.face_bed, grid.face_area),
                 TOLERANCE, np.zeros(grid.n_face, np.int64), waits)
    assert not waits.any()
    return done, residual


@pytest.mark.parametrize("depth", [-0.35, 0.0, 0.01])
def test_what_is_left_near_a_triangle_is_passed_on(depth):
    """Deep, at the waterline, and dry: where the levels end, all equations hold."""
    grid, level, system = _beach()
    bed = grid.face_bed.mean(axis=1)
    level[np.abs(bed - 0.1 - depth).argmin()] += 1.0e-4
    assert np.abs(_residual(grid, level, system) / grid.face_area).max() > 2.0 * TOLERANCE
    done, residual = _relaxed(grid, level, system)
    assert done
    # The residual carried along is that of the levels, to the round-off of 1e5 m3.
    np.testing.assert_allclose(residual, _residual(grid, level, system), atol=1.0e-8)
    assert np.abs(residual / grid.face_area).max() <= TOLERANCE


def test_water_that_is_too_much_to_hide_is_left_to_a_solution_of_the_whole():
    """A level 1 m off in one triangle: the sum of the residuals is over what all may hold."""
    grid, level, system = _beach()
    system[2][0] += grid.face_area.sum() * TOLERANCE * 2.0
    done, residual = _relaxed(grid, level, system)
    assert not done
    np.testing.assert_allclose(residual, _residual(grid, level, system), atol=1.0e-8)


def test_many_equations_are_left_alone():
    """More than one triangle in 50: nothing is touched."""
    grid, level, system = _beach()
    level[::100] += 1.0e-3
    before = level.copy()
    assert not _relaxed(grid, level, system)[0]
    np.testing.assert_array_equal(level, before)
