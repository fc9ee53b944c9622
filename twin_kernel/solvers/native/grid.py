"""The staggered grid: what the kernels need of a mesh, in contiguous arrays.

Triangles are renumbered by reverse Cuthill-McKee, and edges follow the triangles, so that
loops over either touch memory that is near. Edges are ordered by kind: internal, level,
discharge, wall; walls carry no velocity and no kernel visits them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import reverse_cuthill_mckee

from twin_kernel.errors import MeshError
from twin_kernel.mesh.topology import Mesh
from twin_kernel.solvers.native.strips import edge_strips, face_strips

__all__ = ["Grid", "build_grid"]

# A centre is moved towards the centroid until it lies this far inside (barycentric coordinate),
# which keeps every centre-to-centre distance positive on meshes with obtuse triangles.
_INSIDE = 0.08

_ROUGHLY = 1.1  # more than a flow that is uniform but for the width of a triangle asks for


@dataclass(frozen=True)
class Grid:
    """Geometry and topology of the staggered grid.

    Attributes
    ----------
    order : (n_face,) int64
        Number in the mesh of each triangle of the grid.
    n_internal, n_level, n_active : int
        Edges ``[0, n_internal)`` are internal, up to ``n_level`` carry a level, up to
        ``n_active`` a discharge; the rest are walls.
    edge_left, edge_right : (n_edge,) int32
        Triangles beside each edge; right is -1 on the boundary.
    edge_boundary : (n_edge,) int32
        Number of the open boundary of a boundary edge in `boundary_names`, else -1.
    edge_length, edge_distance, edge_bed : (n_edge,) float64
        Length, distance between the centres beside it measured along its normal, bed level, m.
    normal_x, normal_y : (n_edge,) float64
        Unit normal from left to right.
    left_share : (n_edge,) float64
        Part of `edge_distance` that lies in the left triangle.
    face_area : (n_face,) float64
        m2.
    face_edges : (n_face, 3) uint32
        Unsigned, as `face_neighbour`: compiled loops need not ask whether an index is negative.
    face_sign : (n_face, 3) float64
        +1 where the edge's normal leaves the triangle.
    face_bed : (n_face, 3) float64
        Bed of the three edges, ascending, m.
    reconstruct_x, reconstruct_y : (n_face, 3) float64
        Weights of Perot's cell vector.
    swiftest : (n_face,) float64
        Largest length of that vector, over the largest velocity of the triangle's edges.
    face_neighbour : (n_face, 3) uint32
        The triangle beyond each edge of `face_edges`; the triangle itself where there is none.
    face_strips, edge_strips : (n_strip + 1,) uint64
        Bounds of the strips of triangles, and of internal and level edges: see `strips`.
    """

    order: np.ndarray
    n_internal: int
    n_level: int
    n_active: int
    edge_left: np.ndarray
    edge_right: np.ndarray
    edge_boundary: np.ndarray
    edge_length: np.ndarray
    edge_distance: np.ndarray
    edge_bed: np.ndarray
    normal_x: np.ndarray
    normal_y: np.ndarray
    left_share: np.ndarray
    face_area: np.ndarray
    face_x: np.ndarray
    face_y: np.ndarray
    face_edges: np.ndarray
    face_sign: np.ndarray
    face_bed: np.ndarray
    reconstruct_x: np.ndarray
    reconstruct_y: np.ndarray
    swiftest: np.ndarray
    face_neighbour: np.ndarray
    face_strips: np.ndarray
    edge_strips: np.ndarray
    boundary_names: tuple[str, ...]

    @property
    def n_face(self) -> int:
        """Number of triangles."""
        return len(self.face_area)

    @property
    def n_edge(self) -> int:
        """Number of edges, walls included."""
        return len(self.edge_left)


def build_grid(mesh: Mesh, boundary_kinds: dict[str, str]) -> Grid:
    """Build the staggered grid of a mesh.

    Parameters
    ----------
    mesh : Mesh
        Valid, counterclockwise.
    boundary_kinds : dict of str to str
        "water_level" or "discharge" for each open boundary of the mesh.

    Returns
    -------
    Grid

    Raises
    ------
    MeshError
        Where an edge belongs to more than two triangles or an open boundary is not one.
    """
    faces = _ordered_faces(mesh)
    order, face_nodes = faces
    nodes, left, right = _edges(face_nodes)
    boundary = _boundary_numbers(mesh, nodes, right, tuple(boundary_kinds))
    kind = _edge_kinds(right, boundary, list(boundary_kinds.values()))
    by_kind = np.argsort(kind, kind="stable")
    nodes, left, right = nodes[by_kind], left[by_kind], right[by_kind]
    counts = np.cumsum(np.bincount(kind, minlength=4))
    topology = _face_tables(len(face_nodes), left, right)
    strips = face_strips(len(face_nodes), int((right - left).max()))
    return Grid(
        order=order,
        n_internal=int(counts[0]), n_level=int(counts[1]), n_active=int(counts[2]),
        edge_left=left.astype(np.int32), edge_right=right.astype(np.int32),
        edge_boundary=boundary[by_kind].astype(np.int32),
        boundary_names=tuple(boundary_kinds),
        face_strips=strips,
        edge_strips=edge_strips(strips, left, int(counts[0]), int(counts[1])),
        **topology,
        **_geometry(mesh, face_nodes, nodes, left, right, topology),
    )


def _ordered_faces(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    face_nodes = np.asarray(mesh.face_nodes)
    _, left, right = _edges(face_nodes)
    inner = right >= 0
    n = len(face_nodes)
    graph = coo_matrix((np.ones(inner.sum()), (left[inner], right[inner])), shape=(n, n))
    order = reverse_cuthill_mckee((graph + graph.T).tocsr(), symmetric_mode=True)
    order = np.asarray(order, dtype=np.int64)
    return order, face_nodes[order]


def _edges(face_nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return node pairs (ascending), left and right triangles, in order of the left triangle."""
    n = len(face_nodes)
    sides = np.stack([face_nodes, np.roll(face_nodes, -1, axis=1)], axis=2).reshape(-1, 2)
    sides = np.sort(sides, axis=1)
    owner = np.repeat(np.arange(n), 3)
    unique, first, inverse, count = np.unique(
        sides, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    if count.max() > 2:
        bad = unique[count.argmax()]
        raise MeshError(
            "An edge of the mesh belongs to more than two triangles",
            received=f"nodes {bad[0]} and {bad[1]} in {count.max()} triangles",
            allowed="one triangle (boundary) or two",
            next_step="twin mesh quality FILE shows where; repair the mesh",
        )
    left = owner[first]
    right = np.full(len(unique), -1)
    second = np.ones(3 * n, dtype=bool)
    second[first] = False
    right[inverse.reshape(-1)[second]] = owner[second]
    along = np.lexsort((right, left))
    return unique[along], left[along], right[along]


def _boundary_numbers(mesh, nodes, right, names) -> np.ndarray:
    numbers = np.full(len(nodes), -1)
    key = nodes[:, 0] * mesh.n_node + nodes[:, 1]
    sorter = np.argsort(key)
    for number, name in enumerate(names):
        pairs = np.sort(np.asarray(mesh.open_boundaries[name]), axis=1)
        wanted = pairs[:, 0] * mesh.n_node + pairs[:, 1]
        place = np.minimum(np.searchsorted(key, wanted, sorter=sorter), len(key) - 1)
        found = sorter[place]
        if np.any(key[found] != wanted) or np.any(right[found] >= 0):
            raise MeshError(
                f"The open boundary '{name}' has edges that are not on the mesh's boundary",
                received=f"{len(pairs)} edges",
                allowed="edges that belong to one triangle only",
                next_step="twin mesh quality FILE lists the boundaries",
            )
        numbers[found] = number
    return numbers


def _edge_kinds(right, boundary, kinds) -> np.ndarray:
    """Return 0 internal, 1 level, 2 discharge, 3 wall for each edge."""
    code = np.array([{"water_level": 1, "discharge": 2}[kind] for kind in kinds] + [3])
    return np.where(right >= 0, 0, code[boundary])


def _face_tables(n_face, left, right) -> dict[str, np.ndarray]:
    n_edge = len(left)
    inner = right >= 0
    face = np.concatenate([left, right[inner]])
    edge = np.concatenate([np.arange(n_edge), np.arange(n_edge)[inner]])
    sign = np.concatenate([np.ones(n_edge), -np.ones(inner.sum())])
    other = np.concatenate([right, left[inner]])
    by_face = np.lexsort((edge, face))
    edge, sign, other = (a[by_face].reshape(n_face, 3) for a in (edge, sign, other))
    itself = np.arange(n_face)[:, None]
    return {
        "face_edges": edge.astype(np.uint32),
        "face_sign": sign,
        "face_neighbour": np.where(other >= 0, other, itself).astype(np.uint32),
    }


def _geometry(mesh, face_nodes, nodes, left, right, topology) -> dict[str, np.ndarray]:
    x, y = mesh.node_x[face_nodes], mesh.node_y[face_nodes]
    area = 0.5 * ((x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0])
                  - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0]))
    centre_x, centre_y = _centres(x, y)
    ax, ay = mesh.node_x[nodes[:, 0]], mesh.node_y[nodes[:, 0]]
    bx, by = mesh.node_x[nodes[:, 1]], mesh.node_y[nodes[:, 1]]
    middle_x, middle_y = 0.5 * (ax + bx), 0.5 * (ay + by)
    length = np.hypot(bx - ax, by - ay)
    normal_x, normal_y = (by - ay) / length, -(bx - ax) / length
    outwards = np.sign((middle_x - x.mean(axis=1)[left]) * normal_x
                       + (middle_y - y.mean(axis=1)[left]) * normal_y)
    normal_x, normal_y = normal_x * outwards, normal_y * outwards
    to_left = (middle_x - centre_x[left]) * normal_x + (middle_y - centre_y[left]) * normal_y
    to_right = (centre_x[right] - middle_x) * normal_x + (centre_y[right] - middle_y) * normal_y
    to_right = np.where(right >= 0, to_right, 0.0)
    distance = to_left + to_right
    bed = mesh.node_bed[nodes].mean(axis=1)
    edges, sign = topology["face_edges"], topology["face_sign"]
    outward = sign * length[edges] / area[:, None]
    return {
        "edge_length": length, "edge_distance": distance, "edge_bed": bed,
        "normal_x": normal_x, "normal_y": normal_y, "left_share": to_left / distance,
        "face_area": area, "face_x": x.mean(axis=1), "face_y": y.mean(axis=1),
        "face_bed": np.sort(bed[edges], axis=1),
        "reconstruct_x": outward * (middle_x[edges] - centre_x[:, None]),
        "reconstruct_y": outward * (middle_y[edges] - centre_y[:, None]),
        "swiftest": _swiftest(normal_x[edges], normal_y[edges]),
    }


def _swiftest(normal_x: np.ndarray, normal_y: np.ndarray) -> np.ndarray:
    """Return how much faster than at its edges (n_face,) water may run in a triangle.

    A uniform flow is seen least where it runs midway between the two normals (n_face, 3) farthest
    apart: its edges have the cosine of half the angle between them of its speed, and no less.
    """
    turn = np.sort(np.arctan2(normal_y, normal_x) % np.pi, axis=1)
    apart = np.diff(turn, axis=1, append=turn[:, :1] + np.pi)
    return _ROUGHLY / np.cos(0.5 * apart.max(axis=1))


def _centres(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return circumcentres, moved towards the centroid where too near an edge or outside."""
    opposite = np.stack(
        [(x[:, (k + 1) % 3] - x[:, (k + 2) % 3]) ** 2 + (y[:, (k + 1) % 3] - y[:, (k + 2) % 3]) ** 2
         for k in range(3)], axis=1)
    total = opposite.sum(axis=1, keepdims=True)
    barycentric = opposite * (total - 2 * opposite)
    barycentric /= barycentric.sum(axis=1, keepdims=True)
    lowest = barycentric.min(axis=1)
    third = 1.0 / 3.0
    share = (third - _INSIDE) / (third - np.minimum(lowest, _INSIDE))
    barycentric = third + share[:, None] * (barycentric - third)
    return (barycentric * x).sum(axis=1), (barycentric * y).sum(axis=1)
