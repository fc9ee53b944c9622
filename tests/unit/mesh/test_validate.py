"""Each refusal of a mesh says what was received, what is allowed, and where it can what to do."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.mesh.basins import lattice
from twin_kernel.errors import MeshError
from twin_kernel.mesh import validate


def refusal(mesh):
    """Return the message with which a mesh is refused."""
    with pytest.raises(MeshError) as caught:
        validate(mesh)
    return str(caught.value)


def test_a_good_mesh_passes():
    assert validate(lattice()) is None


def test_missing_bed_is_refused_with_the_place():
    mesh = lattice()
    bed = mesh.node_bed.copy()
    bed[[8, 9]] = np.nan
    words = refusal(replace(mesh, node_bed=bed))
    assert "Values of the bed level are missing" in words
    assert "NaN or infinity at 2 nodes, the first: node 8 at x = 150.0, y = 86.6 m" in words
    assert "Allowed: a finite number of metres" in words
    assert "Next: interpolate the gaps" in words


@pytest.mark.parametrize("bed", [1.0e30, -1.0e6])
def test_fill_values_are_no_bed(bed):
    mesh = lattice()
    beds = mesh.node_bed.copy()
    beds[3] = bed
    words = refusal(replace(mesh, node_bed=beds))
    assert f"{bed:g}" in words
    assert "node 3" in words


def test_missing_coordinates_are_refused():
    mesh = lattice()
    x = mesh.node_x.copy()
    x[3] = np.inf
    assert "Values of coordinates are missing" in refusal(replace(mesh, node_x=x))


def test_inverted_triangle_is_refused():
    mesh = lattice()
    faces = mesh.face_nodes.copy()
    faces[5] = faces[5][::-1]
    words = refusal(replace(mesh, face_nodes=faces))
    assert "Triangles are inverted. Received: 1 turn clockwise, the first: triangle 5" in words
    assert "Allowed: nodes in counterclockwise order" in words


def test_flat_triangle_is_refused():
    mesh = lattice()
    y = mesh.node_y.copy()
    y[7] = 0.0  # its lower neighbours lie on y = 0 as well
    assert "Triangles are flat" in refusal(replace(mesh, node_y=y))


def _with_needle(degrees):
    """Return the lattice with a node of triangle 5 moved until its smallest angle is this."""
    mesh = lattice()
    moved, *others = mesh.face_nodes[5]
    x, y = mesh.node_x.copy(), mesh.node_y.copy()
    left = np.tan(np.radians(degrees)) / np.sqrt(3.0)  # of its height, equilateral as it was
    for axis in (x, y):
        middle = axis[others].mean()
        axis[moved] = middle + left * (axis[moved] - middle)
    return replace(mesh, node_x=x, node_y=y)


@pytest.mark.parametrize("degrees", [0.3, 1.1, 1.9])
def test_a_needle_is_refused_with_its_angle_and_place(degrees):
    words = refusal(_with_needle(degrees))
    assert "Triangles are needles" in words
    assert f"{degrees:g} degrees in triangle 5" in words
    assert "Allowed: 2 degrees or more" in words


def test_a_sliver_is_no_needle_but_is_told():
    with pytest.warns(UserWarning, match=r"an angle under 5 degrees: 1, .* 2\.1 in triangle 5"):
        assert validate(_with_needle(2.1)) is None
    with warnings.catch_warnings(action="error"):
        assert validate(_with_needle(6.0)) is None


def test_repeated_triangle_is_refused():
    mesh = lattice()
    faces = np.concatenate([mesh.face_nodes, np.roll(mesh.face_nodes[:1], 1, axis=1)])
    words = refusal(replace(mesh, face_nodes=faces, face_zone=None))
    assert "Triangles are repeated. Received: 1" in words


def test_overlapping_triangles_are_refused():
    mesh = lattice()
    # A triangle laid over the mesh on an inner edge makes three on that edge.
    extra = np.array([[8, 9, 30]])
    words = refusal(replace(mesh, face_nodes=np.concatenate([mesh.face_nodes, extra]),
                            face_zone=None))
    assert "An edge belongs to more than two triangles" in words


def test_boundary_that_touches_itself_is_refused():
    mesh = lattice()
    # Two triangles missing that share one inner node only: the hole's rim passes it twice.
    around = np.flatnonzero((mesh.face_nodes == 16).any(axis=1))
    middle = np.angle((mesh.node_x[mesh.face_nodes[around]].mean(axis=1) - mesh.node_x[16])
                      + 1j * (mesh.node_y[mesh.face_nodes[around]].mean(axis=1) - mesh.node_y[16]))
    opposite = around[np.argsort(middle)][[0, 3]]
    words = refusal(replace(mesh, face_nodes=np.delete(mesh.face_nodes, opposite, axis=0),
                            face_zone=None))
    assert "The boundary has a hole" in words
    assert "4 boundary edges at node 16 at x = 300.0, y = 173.2 m" in words
    assert "Next: fill the missing triangles there" in words


def test_one_missing_triangle_is_a_hole():
    mesh = lattice()
    inside = np.flatnonzero((mesh.face_nodes == 16).any(axis=1))[0]
    words = refusal(replace(mesh, face_nodes=np.delete(mesh.face_nodes, inside, axis=0),
                            face_zone=None))
    assert "The boundary has a hole: a triangle is missing inside" in words
    assert "Next: fill it" in words


def test_seam_of_coinciding_nodes_is_refused():
    mesh = lattice(columns=6, rows=2)
    left, right = lattice(columns=3, rows=2), lattice(columns=3, rows=2)
    n = left.n_node
    torn = replace(
        mesh, node_x=np.concatenate([left.node_x, right.node_x + 300.0]),
        node_y=np.concatenate([left.node_y, right.node_y]), node_bed=np.full(2 * n, -5.0),
        face_nodes=np.concatenate([left.face_nodes, right.face_nodes + n]), open_boundaries={},
        face_zone=None)
    words = refusal(torn)
    assert "The boundary has a hole: nodes coincide without being one. Received: 3 places" in words
    assert "Next: merge nodes that coincide" in words


def test_parts_that_are_not_connected_are_refused():
    one, n = lattice(2, 2), 9
    two = replace(
        one, node_x=np.concatenate([one.node_x, one.node_x + 5000.0]),
        node_y=np.tile(one.node_y, 2), node_bed=np.full(2 * n, -5.0),
        face_nodes=np.concatenate([one.face_nodes, one.face_nodes + n]), face_zone=None)
    words = refusal(two)
    assert "parts that are not connected. Received: 2 parts, the smallest of 8 triangles" in words
    assert "Next: keep the largest part" in words


def test_node_in_no_triangle_is_refused():
    mesh = lattice()
    more = {name: np.append(getattr(mesh, name), 8999.0) for name in ("node_x", "node_y",
                                                                      "node_bed")}
    words = refusal(replace(mesh, **more))
    assert "Nodes belong to no triangle. Received: 1" in words
    assert "renumber(mesh) drops them" in words


def test_open_boundary_inside_is_refused():
    mesh = lattice()
    words = refusal(replace(mesh, open_boundaries={"ocean": np.array([[8, 9]])}))
    assert "The open boundary 'ocean' is not on the boundary of the mesh" in words
    assert "Received: edge of nodes 8 and 9" in words
    assert "Allowed: edges that belong to one triangle only" in words


def test_empty_open_boundary_is_refused():
    words = refusal(replace(lattice(), open_boundaries={"ocean": np.empty((0, 2), dtype=int)}))
    assert "The open boundary 'ocean' has no edges" in words


def test_overlapping_open_boundaries_are_refused():
    mesh = lattice()
    same = mesh.open_boundaries["ocean"]
    words = refusal(replace(mesh, open_boundaries={"ocean": same, "sea": same[:1]}))
    assert "Open boundaries overlap" in words
    assert "in 'ocean' and in 'sea'" in words


def test_quadrilaterals_are_refused():
    words = refusal(replace(lattice(), face_nodes=np.zeros((4, 4), dtype=int)))
    assert "faces that are not triangles. Received: face_nodes of shape (4, 4)" in words


def test_empty_mesh_is_refused():
    words = refusal(replace(lattice(), face_nodes=np.empty((0, 3), dtype=int), face_zone=None))
    assert "The mesh is empty" in words


def test_nodes_that_do_not_exist_are_refused():
    mesh = lattice()
    words = refusal(replace(mesh, face_nodes=mesh.face_nodes + 1))
    assert "Received: node numbers 1 to 35. Allowed: 0 to 34" in words


def test_bed_of_another_mesh_is_refused():
    words = refusal(replace(lattice(), node_bed=np.zeros(3)))
    assert "node_bed is not for the nodes of this mesh. Received: shape (3,)" in words


def test_zones_of_another_mesh_are_refused():
    mesh = lattice()
    words = refusal(replace(mesh, face_zone=np.full(mesh.n_face, 2)))
    assert "face_zone is not for the triangles and zones of this mesh" in words
