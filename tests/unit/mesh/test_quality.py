"""Figures of meshes whose figures are known, and improvement measured by them."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.mesh.basins import lattice
from twin_kernel.mesh import plot_quality, quality, renumber, validate
from twin_kernel.mesh.edges import edges
from twin_kernel.mesh.improve import cut_corners, improve


def test_equilateral_triangles_are_ideal():
    figures = quality(lattice(side=200.0))
    assert figures.centres_inside == 1.0
    assert figures.smallest_angle.min() == pytest.approx(60.0)
    assert figures.largest_angle.max() == pytest.approx(60.0)
    assert figures.edge_length == pytest.approx((200.0, 200.0, 200.0))
    assert figures.centre_distance == pytest.approx((1 / np.sqrt(3), 1 / np.sqrt(3)))
    assert figures.area == pytest.approx(48 * np.sqrt(3) / 4 * 200.0**2)
    assert figures.corner_triangles == 2  # the two sharp ends of the parallelogram


def test_right_triangles_have_centres_in_one_place():
    mesh = lattice(columns=3, rows=3, side=1.0)
    square = replace(mesh, node_x=mesh.node_x - mesh.node_y / np.sqrt(3),
                     node_y=mesh.node_y / np.sqrt(0.75))
    figures = quality(square)
    assert figures.centre_distance[0] == pytest.approx(0.0, abs=1e-12)
    assert figures.largest_angle.min() == pytest.approx(90.0)


def test_quality_reads_as_lines():
    words = str(quality(lattice()))
    assert "circumcentres inside   100.00 %" in words
    assert "edge length            100 to 100 m, median 100 m" in words
    assert "triangles              48" in words


def test_quality_is_pictured():
    assert {panel.get_label() for panel in plot_quality(lattice()).axes} >= {"map", "angle", "size"}


def test_renumbering_brings_neighbours_together():
    mesh = lattice(columns=30, rows=30)
    shuffle = np.random.default_rng(3).permutation(mesh.n_face)
    shuffled = replace(mesh, face_nodes=mesh.face_nodes[shuffle])
    ordered = renumber(shuffled)
    validate(ordered)

    def spread(one):
        table = edges(one.face_nodes)
        inner = table.second >= 0
        return np.abs(table.first - table.second)[inner].mean()

    assert spread(ordered) < 60 < 500 < spread(shuffled)
    corners = np.sort((ordered.node_x + 1j * ordered.node_y)[ordered.face_nodes].mean(axis=1))
    wanted = np.sort((mesh.node_x + 1j * mesh.node_y)[mesh.face_nodes].mean(axis=1))
    np.testing.assert_allclose(corners, wanted)


def test_renumbering_drops_unused_nodes_and_keeps_boundaries():
    mesh = lattice()
    more = {name: np.insert(getattr(mesh, name), 0, 9999.0) for name in ("node_x", "node_y",
                                                                         "node_bed")}
    shifted = replace(mesh, **more, face_nodes=mesh.face_nodes + 1, open_boundaries={
        name: pairs + 1 for name, pairs in mesh.open_boundaries.items()})
    ordered = renumber(shifted)
    assert ordered.n_node == mesh.n_node
    validate(ordered)
    ends = ordered.open_boundaries["ocean"].ravel()
    assert ordered.node_x[ends].max() == mesh.node_x[mesh.open_boundaries["ocean"]].max()


def test_corners_are_cut_but_not_at_open_boundaries():
    mesh = lattice()
    none = np.empty((0, 2), dtype=int)
    assert len(cut_corners(mesh.face_nodes, none)) == mesh.n_face - 2
    assert len(cut_corners(mesh.face_nodes, mesh.open_boundaries["ocean"])) == mesh.n_face - 1


def test_improving_makes_a_shaken_mesh_acute():
    mesh = lattice(columns=14, rows=12)
    rim = np.unique(edges(mesh.face_nodes).nodes[edges(mesh.face_nodes).boundary])
    nodes = np.stack([mesh.node_x, mesh.node_y], axis=1)
    shaken = nodes + np.random.default_rng(1).uniform(-28.0, 28.0, nodes.shape)
    shaken[rim] = nodes[rim]

    def figures(at, faces):
        return quality(replace(mesh, node_x=at[:, 0], node_y=at[:, 1], face_nodes=faces))

    before = figures(shaken, mesh.face_nodes)
    moved, faces = improve(shaken, mesh.face_nodes, rim)
    after = figures(moved, faces)
    assert before.centres_inside < 0.92
    assert after.centres_inside > 0.99
    assert after.area == pytest.approx(before.area)
    np.testing.assert_array_equal(moved[rim], shaken[rim])


def test_improving_flips_edges_that_are_not_delaunay():
    nodes = np.array([[0.0, 0.0], [200.0, 0.0], [100.0, 40.0], [100.0, -40.0]])
    faces = np.array([[0, 1, 2], [1, 0, 3]])
    _, flipped = improve(nodes, faces, np.arange(4))
    assert sorted(map(tuple, np.sort(flipped, axis=1).tolist())) == [(0, 2, 3), (1, 2, 3)]
