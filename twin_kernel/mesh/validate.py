"""Refuses meshes that no solver could use, and says where and why."""

from __future__ import annotations

import warnings

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from twin_kernel.errors import MeshError
from twin_kernel.mesh.edges import Edges, edges, signed_area
from twin_kernel.mesh.topology import Mesh
from twin_kernel.variables import VARIABLES

__all__ = ["validate"]

_SMALLEST_AREA = 1.0e-6  # of the square of the longest side; less is a line, not a triangle
# Degrees. Under 2, one of eight calm tides of 1 m blew up, under 0.7, five. Of spring tides of
# 2.5 m with every process, three of seven at 2, one of six at 3.
_SMALLEST_ANGLE, _SOUND_ANGLE = 2.0, 5.0


def validate(mesh: Mesh) -> None:
    """Return nothing where a solver can use the mesh; warn of triangles that may upset it.

    Parameters
    ----------
    mesh : Mesh

    Raises
    ------
    MeshError
        Where arrays do not fit one another, coordinates or bed are not finite, a face is not a
        triangle, is inverted, flat or repeated, a node is in no triangle or twice in one place,
        the boundary has a hole, parts are not connected, or an open boundary is not on the
        boundary or overlaps another one.
    """
    _check_arrays(mesh)
    _check_values(mesh)
    _check_triangles(mesh)
    table = edges(mesh.face_nodes)
    _check_boundary(mesh, table)
    _check_connected(mesh, table)
    _check_open_boundaries(mesh, table)


def _place(mesh: Mesh, node: int) -> str:
    return f"node {node} at x = {mesh.node_x[node]:.1f}, y = {mesh.node_y[node]:.1f} m"


def _check_arrays(mesh: Mesh) -> None:
    faces = np.asarray(mesh.face_nodes)
    if faces.ndim != 2 or faces.shape[1] != 3:
        raise MeshError("The mesh has faces that are not triangles",
                        received=f"face_nodes of shape {faces.shape}", allowed="(n_face, 3)",
                        next_step="split quadrilaterals before")
    if len(faces) == 0:
        raise MeshError("The mesh is empty", received="0 triangles", allowed="1 or more",
                        next_step="check that the file was exported with its triangles")
    for name in ("node_y", "node_bed"):
        if np.shape(getattr(mesh, name)) != np.shape(mesh.node_x):
            raise MeshError(f"{name} is not for the nodes of this mesh",
                            received=f"shape {np.shape(getattr(mesh, name))}",
                            allowed=f"{np.shape(mesh.node_x)}, as node_x",
                            next_step=f"give {name} one value for each node")
    if faces.min() < 0 or faces.max() >= mesh.n_node:
        raise MeshError("Triangles name nodes that do not exist",
                        received=f"node numbers {faces.min()} to {faces.max()}",
                        allowed=f"0 to {mesh.n_node - 1}",
                        next_step="count nodes from 0, or set start_index in the file")
    zone = np.asarray(mesh.face_zone)
    if zone.shape != (len(faces),) or zone.min() < 0 or zone.max() >= len(mesh.zone_names):
        raise MeshError("face_zone is not for the triangles and zones of this mesh",
                        received=f"shape {zone.shape}, numbers {zone.min()} to {zone.max()}",
                        allowed=f"({len(faces)},), 0 to {len(mesh.zone_names) - 1}",
                        next_step="give every triangle the position of its zone in zone_names")


def _check_values(mesh: Mesh) -> None:
    for name, words in {"node_x": "coordinates", "node_y": "coordinates",
                        "node_bed": "the bed level"}.items():
        bad = np.flatnonzero(~np.isfinite(getattr(mesh, name)))
        if len(bad):
            raise MeshError(f"Values of {words} are missing",
                            received=f"NaN or infinity at {len(bad)} nodes, the first: "
                                     f"{_place(mesh, bad[0])}",
                            allowed="a finite number of metres at every node",
                            next_step="interpolate the gaps before")
    low, high = VARIABLES["bed_level"].valid_range
    bad = np.flatnonzero((mesh.node_bed < low) | (mesh.node_bed > high))
    if len(bad):
        raise MeshError("Bed levels are not those of the Earth",
                        received=f"{mesh.node_bed[bad[0]]:g} m at {len(bad)} nodes, the first: "
                                 f"{_place(mesh, bad[0])}",
                        allowed=f"{low:g} to {high:g} m, above the vertical datum",
                        next_step="replace fill values before, and give metres")


def _check_triangles(mesh: Mesh) -> None:
    faces = np.asarray(mesh.face_nodes)
    area = signed_area(mesh.node_x, mesh.node_y, faces)
    x, y = mesh.node_x[faces], mesh.node_y[faces]
    sides = np.sort((x - np.roll(x, 1, axis=1)) ** 2 + (y - np.roll(y, 1, axis=1)) ** 2, axis=1)
    flat = np.flatnonzero(np.abs(area) <= _SMALLEST_AREA * sides[:, 2])
    if len(flat):
        raise MeshError("Triangles are flat",
                        received=f"{len(flat)} without area, the first: triangle {flat[0]} with "
                                 f"{_place(mesh, faces[flat[0], 0])}",
                        allowed="three nodes that do not lie on one line",
                        next_step="remove them, or move one of their nodes")
    # The smallest angle lies between the two longer sides.
    angle = np.degrees(np.arcsin(2.0 * np.abs(area) / np.sqrt(sides[:, 1] * sides[:, 2])))
    needles, worst = np.flatnonzero(angle < _SMALLEST_ANGLE), int(angle.argmin())
    if len(needles):
        raise MeshError("Triangles are needles",
                        received=f"{len(needles)} with an angle under {_SMALLEST_ANGLE:g} degrees, "
                                 f"the sharpest: {angle[worst]:.2g} degrees in triangle {worst} "
                                 f"with {_place(mesh, faces[worst, 0])}",
                        allowed=f"{_SMALLEST_ANGLE:g} degrees or more, better 20",
                        next_step="move or merge their nodes in the tool that made the mesh")
    if angle[worst] < _SOUND_ANGLE:
        warnings.warn(
            f"Triangles with an angle under {_SOUND_ANGLE:g} degrees: "
            f"{int(np.sum(angle < _SOUND_ANGLE))}, the sharpest {angle[worst]:.2g} in triangle "
            f"{worst} with {_place(mesh, faces[worst, 0])}: swift water there may blow "
            "up; move or merge their nodes in the tool that made the mesh", stacklevel=3)
    inverted = np.flatnonzero(area < 0)
    if len(inverted):
        raise MeshError("Triangles are inverted",
                        received=f"{len(inverted)} turn clockwise, the first: triangle "
                                 f"{inverted[0]} with {_place(mesh, faces[inverted[0], 0])}",
                        allowed="nodes in counterclockwise order",
                        next_step="swap two nodes of each where the mesh does not fold over itself")
    repeated = len(faces) - len(np.unique(np.sort(faces, axis=1), axis=0))
    if repeated:
        raise MeshError("Triangles are repeated", received=f"{repeated} with the nodes of another",
                        allowed="each triangle once",
                        next_step="keep one triangle of each three nodes")


def _check_boundary(mesh: Mesh, table: Edges) -> None:
    unused = np.setdiff1d(np.arange(mesh.n_node), mesh.face_nodes)
    if len(unused):
        raise MeshError("Nodes belong to no triangle",
                        received=f"{len(unused)}, the first: {_place(mesh, unused[0])}",
                        allowed="every node in a triangle",
                        next_step="twin_kernel.mesh.renumber(mesh) drops them")
    if table.count.max() > 2:
        bad = table.nodes[table.count.argmax()]
        raise MeshError("An edge belongs to more than two triangles",
                        received=f"nodes {bad[0]} and {bad[1]} in {table.count.max()} triangles, "
                                 f"{_place(mesh, bad[0])}",
                        allowed="one triangle on the boundary, two inside",
                        next_step="remove the triangles that lie over others there")
    degree = np.bincount(table.nodes[table.boundary].ravel(), minlength=mesh.n_node)
    torn = np.flatnonzero((degree != 0) & (degree != 2))
    if len(torn):
        raise MeshError("The boundary has a hole: it touches itself and does not close to rings",
                        received=f"{degree[torn[0]]} boundary edges at {_place(mesh, torn[0])}",
                        allowed="two boundary edges at each boundary node",
                        next_step="fill the missing triangles there, or merge nodes that coincide")
    _check_missing_triangle(mesh, table)
    _check_seams(mesh, table)


def _check_missing_triangle(mesh: Mesh, table: Edges) -> None:
    """Refuse closed rings of three edges: an island takes more, a triangle left out just three."""
    rim = table.nodes[table.boundary]
    graph = coo_matrix((np.ones(len(rim)), rim.T), shape=(mesh.n_node, mesh.n_node))
    rings, label = connected_components(graph, directed=False)
    size = np.bincount(label[rim[:, 0]], minlength=rings)
    if np.any(size == 3) and mesh.n_face > 1:
        node = rim[size[label[rim[:, 0]]] == 3][0, 0]
        raise MeshError("The boundary has a hole: a triangle is missing inside",
                        received=f"{int(np.sum(size == 3))} rings of three edges, the first with "
                                 f"{_place(mesh, node)}",
                        allowed="islands of four edges or more",
                        next_step="fill it, or give the island one more node")


def _check_seams(mesh: Mesh, table: Edges) -> None:
    """Refuse nodes in one place: a seam there would be a wall, and no one would see it."""
    rim = np.unique(table.nodes[table.boundary])
    place = np.round(np.stack([mesh.node_x[rim], mesh.node_y[rim]], axis=1), 3)
    _, first, count = np.unique(place, axis=0, return_index=True, return_counts=True)
    if np.any(count > 1):
        raise MeshError("The boundary has a hole: nodes coincide without being one",
                        received=f"{int(np.sum(count > 1))} places, the first: "
                                 f"{_place(mesh, rim[first[count > 1][0]])}",
                        allowed="boundary nodes at least 1 mm apart",
                        next_step="merge nodes that coincide, so that water can pass the seam")


def _check_connected(mesh: Mesh, table: Edges) -> None:
    inner = table.second >= 0
    graph = coo_matrix((np.ones(inner.sum()), (table.first[inner], table.second[inner])),
                       shape=(mesh.n_face, mesh.n_face))
    parts, label = connected_components(graph, directed=False)
    if parts > 1:
        size = np.bincount(label)
        lost = np.flatnonzero(label == size.argmin())[0]
        raise MeshError("The mesh is in parts that are not connected",
                        received=f"{parts} parts, the smallest of {size.min()} triangles with "
                                 f"{_place(mesh, mesh.face_nodes[lost, 0])}",
                        allowed="one part, connected through edges",
                        next_step="keep the largest part, or mesh the passage between them")


def _check_open_boundaries(mesh: Mesh, table: Edges) -> None:
    rim = {tuple(pair) for pair in table.nodes[table.boundary].tolist()}
    taken: dict[tuple, str] = {}
    for name, pairs in mesh.open_boundaries.items():
        pairs = np.asarray(pairs)
        if pairs.ndim != 2 or pairs.shape[1] != 2 or len(pairs) == 0:
            raise MeshError(f"The open boundary '{name}' has no edges",
                            received=f"array of shape {pairs.shape}",
                            allowed="(n_edge, 2) node numbers, one edge or more",
                            next_step="name the pairs of nodes of its edges, or leave it out")
        for pair in map(tuple, np.sort(pairs, axis=1).tolist()):
            if pair not in rim:
                raise MeshError(f"The open boundary '{name}' is not on the boundary of the mesh",
                                received=f"edge of nodes {pair[0]} and {pair[1]}",
                                allowed="edges that belong to one triangle only",
                                next_step="take them from twin_kernel.mesh.edges.edges")
            if pair in taken:
                raise MeshError("Open boundaries overlap",
                                received=f"edge {pair} in '{taken[pair]}' and in '{name}'",
                                allowed="each edge in one open boundary",
                                next_step="leave the edge in one of them")
            taken[pair] = name
