"""Strips cover the grid once, and follow from its size alone."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analytic.channels import rectangle
from twin_kernel.solvers.native.grid import build_grid
from twin_kernel.solvers.native.strips import MOST_THREADS, face_strips


@pytest.mark.parametrize(("n_face", "count"), [
    (10, 1), (7999, 1), (8000, 4), (18_667, 8), (250_000, 2 * MOST_THREADS),
    (4_000_000, 2 * MOST_THREADS)])
def test_the_number_of_strips_follows_from_the_size(n_face, count):
    """One, or two for each of 2 to 16 threads that have enough to do."""
    strips = face_strips(n_face)
    assert len(strips) == count + 1
    assert (strips[0], strips[-1]) == (0, n_face)
    assert np.ptp(np.diff(strips)) <= 1
    assert strips.dtype == np.uint64  # signed, the loops over them take half as long again


@pytest.mark.parametrize(("farthest", "count"), [(2000, 8), (2001, 4), (4001, 2), (8001, 1)])
def test_a_strip_touches_the_two_beside_it_only(farthest, count):
    """However far in number the neighbours of a triangle are: 16,000 of them in fewer strips."""
    assert len(face_strips(16_000, farthest)) == count + 1


def test_edges_go_with_the_strip_of_their_left_triangle():
    """Every internal and level edge once."""
    mesh = rectangle(10_000.0, 5000.0, 100, 50, open_ends=("west",))
    grid = build_grid(mesh, {"west": "water_level"})
    faces, edges = grid.face_strips, grid.edge_strips
    assert len(faces) == len(edges) == 5
    assert (edges[0], edges[-1]) == (0, grid.n_level)
    middle = edges[1]
    assert (grid.edge_left[:middle] < faces[1]).all()
    assert (grid.edge_left[middle: grid.n_internal] >= faces[1]).all()
