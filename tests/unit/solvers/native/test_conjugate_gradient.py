"""The linear solver against a direct one, and whatever the number of strips and threads."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

from tests.analytic.channels import rectangle
from twin_kernel.solvers.native.compiling import threads_used
from twin_kernel.solvers.native.conjugate_gradient import factorise, renew, solve
from twin_kernel.solvers.native.grid import build_grid


def _system(rows, courant):
    """A wet basin: areas on the diagonal, weights of (5) for a Courant number of the waves."""
    grid = build_grid(rectangle(8000.0, 4000.0, 2 * rows, rows), {})
    rng = np.random.default_rng(3)
    edge = rng.uniform(0.2, 1.0, grid.n_edge) * courant**2 * grid.face_area.mean()
    weights = np.where(grid.face_neighbour == np.arange(grid.n_face)[:, None], 0.0,
                       edge[grid.face_edges])
    return grid, weights, grid.face_area + weights.sum(axis=1), rng.standard_normal(grid.n_face)


def _solved(grid, weights, diagonal, right_side, strips, relative=1.0e-10, factored=None):
    n = grid.n_face
    factor = (*np.zeros((4, n)), np.zeros((n, 3)), np.zeros((n, 3)))
    factorise(diagonal if factored is None else factored, weights, grid.face_neighbour, strips,
              factor)
    if factored is not None:
        renew(diagonal, strips, factor)
    x = np.zeros(n)
    done = solve(right_side, grid.face_neighbour, strips, factor, relative, x, np.zeros((4, n)))
    return x, done


def _exact(grid, weights, diagonal, right_side):
    n = grid.n_face
    rows = np.repeat(np.arange(n), 3)
    matrix = coo_matrix((-weights.ravel(), (rows, grid.face_neighbour.ravel())), shape=(n, n))
    return spsolve((matrix + coo_matrix((diagonal, (range(n), range(n))))).tocsc(), right_side)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_it_solves_as_a_direct_solver_does(count):
    """Whatever the strips; 1e-8: the residual asked, 1e-10, times a condition number of 80."""
    grid, weights, diagonal, right_side = _system(20, 5.0)
    strips = np.linspace(0, grid.n_face, count + 1).astype(np.uint64)
    exact = _exact(grid, weights, diagonal, right_side)
    x, done = _solved(grid, weights, diagonal, right_side, strips)
    assert 0 < done < 100
    assert np.abs(x - exact).max() < 1.0e-8 * np.abs(exact).max()


def test_a_factor_of_another_diagonal_still_leads_to_the_solution():
    """As after Newton's first step, where some cells have changed their wet area."""
    grid, weights, diagonal, right_side = _system(20, 5.0)
    strips = np.array([0, grid.n_face], np.uint64)
    dried = diagonal - np.where(np.arange(grid.n_face) % 50 == 0, 0.9 * grid.face_area, 0.0)
    exact = _exact(grid, weights, dried, right_side)
    x, done = _solved(grid, weights, dried, right_side, strips, factored=diagonal)
    assert 0 < done < 100
    assert np.abs(x - exact).max() < 1.0e-8 * np.abs(exact).max()


def test_threads_change_no_bit():
    """Sums are added strip by strip, in order."""
    grid, weights, diagonal, right_side = _system(40, 5.0)
    strips = np.linspace(0, grid.n_face, 9).astype(np.uint64)
    with threads_used(1):
        one, _ = _solved(grid, weights, diagonal, right_side, strips)
    with threads_used(2):
        two, _ = _solved(grid, weights, diagonal, right_side, strips)
    np.testing.assert_array_equal(one, two)


def test_iterations_follow_the_courant_number_and_not_the_mesh():
    """Sixteen times the triangles at the same Courant number: a third more at most.

    The smallest basin is a few Courant lengths wide, so its walls still shorten the search.
    """
    counts = []
    for rows in (15, 30, 60):
        grid, weights, diagonal, right_side = _system(rows, 5.0)
        strips = np.array([0, grid.n_face], np.uint64)
        counts.append(_solved(grid, weights, diagonal, right_side, strips, relative=1.0e-3)[1])
    assert counts[-1] <= 1.34 * counts[0], counts


def test_strips_cost_few_iterations():
    """Sixteen strips, each seven rows thin: 1.7 times as many iterations as one of them.

    It was 3.6 times with a factor for each strip, which left out what couples them.
    """
    grid, weights, diagonal, right_side = _system(60, 5.0)
    smooth = np.cos(grid.face_x / 800.0) * grid.face_area + 0.1 * right_side
    counts = [_solved(grid, weights, diagonal, smooth,
                      np.linspace(0, grid.n_face, count + 1).astype(np.uint64), 1.0e-6)[1]
              for count in (1, 16)]
    assert counts[1] <= 2.0 * counts[0], counts
