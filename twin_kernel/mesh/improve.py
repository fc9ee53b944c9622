"""Makes triangles acute: cuts corners, flips edges, moves nodes.

The staggered scheme is second order where the circumcentre of each triangle lies inside, that
is where every angle is less than 90°. Netgen optimises other figures; the few triangles it
leaves obtuse are made acute here where the shores allow it.
"""

from __future__ import annotations

import numpy as np

from twin_kernel.mesh.edges import edges, signed_area

__all__ = ["cut_corners", "improve"]

_LARGEST_COSINE, _SMALLEST_COSINE = np.cos(np.radians(38.0)), np.cos(np.radians(80.0))
_FLIP_ABOVE = 180.0 + 1e-6  # degrees; sum of the angles opposite to an edge that is not Delaunay
_ROUNDS, _STEPS = 3, 100
_STEP, _MEMORY, _SQUARE_MEMORY, _FLOOR = 0.02, 0.9, 0.99, 1e-2  # of the descent
_SHORE_STIFFNESS = 0.5  # against moving a node of the shore by the length of its edges


def cut_corners(faces: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Take away triangles with two edges on the shore, where water could only turn.

    Parameters
    ----------
    faces : (n_face, 3) int64
    keep : (n_edge, 2) int64
        Boundary edges that are no shore: there the mesh opens.

    Returns
    -------
    (m, 3) int64
        Nodes may be left in no triangle.
    """
    size = faces.max() + 1
    opening = np.sort(keep, axis=1) @ [size, 1]
    while True:
        table = edges(faces)
        kept = np.isin(table.nodes @ [size, 1], opening)
        shore = (table.second < 0)[table.face_edges]
        corner = (shore.sum(axis=1) >= 2) & ~kept[table.face_edges].any(axis=1)
        if not corner.any():
            return faces
        faces = faces[~corner]


def improve(nodes: np.ndarray, faces: np.ndarray,
            fixed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and triangles with fewer obtuse angles; shores move a little.

    Parameters
    ----------
    nodes : (n_node, 2) float64
        m.
    faces : (n_face, 3) int64
        Counterclockwise.
    fixed : (n_fixed,) int64
        Nodes that stay in place.

    Returns
    -------
    nodes, faces
        Of the same shapes; never an inverted triangle.
    """
    for _ in range(_ROUNDS):
        faces = _flip(nodes, faces)
        moved = _move(nodes, faces, fixed)
        if signed_area(*moved.T, faces).min() > 0.0:
            nodes = moved
    return nodes, _flip(nodes, faces)


def _angles(nodes: np.ndarray, faces: np.ndarray) -> np.ndarray:
    z = nodes[faces] @ [1, 1j]
    return np.degrees(np.angle((np.roll(z, 1, axis=1) - z) / (np.roll(z, -1, axis=1) - z)))


def _flip(nodes: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Flip inner edges until the triangulation is Delaunay."""
    faces = faces.copy()
    for _ in range(50):
        table = edges(faces)
        opposite = np.roll(_angles(nodes, faces), -2, axis=1)  # edge k joins nodes k and k + 1
        total = np.bincount(table.face_edges.ravel(), opposite.ravel(), minlength=len(table.nodes))
        bad = np.flatnonzero((table.second >= 0) & (total > _FLIP_ABOVE))
        if len(bad) == 0:
            break
        busy: set[int] = set()
        for edge in bad[np.argsort(-total[bad], kind="stable")]:
            pair = int(table.first[edge]), int(table.second[edge])
            if not busy.isdisjoint(pair):
                continue
            busy.update(pair)
            _flip_one(faces, *pair, set(table.nodes[edge].tolist()))
    return faces


def _flip_one(faces: np.ndarray, one: int, other: int, shared: set[int]) -> None:
    """Replace the edge that two triangles share by the one between their other nodes."""
    a = next(node for node in faces[one].tolist() if node not in shared)
    b = next(node for node in faces[other].tolist() if node not in shared)
    turn = faces[one].tolist()
    start = turn.index(a)
    left, right = turn[(start + 1) % 3], turn[(start + 2) % 3]
    faces[one], faces[other] = (a, left, b), (a, b, right)


def _move(nodes: np.ndarray, faces: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """Move nodes to where no angle is too large or too small, as far as they can.

    A descent whose steps follow the size of recent gradients (Kingma & Ba 2015, arXiv:1412.6980)
    needs no linear algebra library, whose threads could make two builds differ in the last bit.
    """
    stiffness, size = _shore(nodes, faces)
    shift, mean, square = np.zeros_like(nodes), np.zeros_like(nodes), np.zeros_like(nodes)
    for step in range(1, _STEPS + 1):
        slope = size * _excess_slope(nodes + size * shift, faces) + 2.0 * stiffness * shift
        slope[fixed] = 0.0
        mean = _MEMORY * mean + (1.0 - _MEMORY) * slope
        square = _SQUARE_MEMORY * square + (1.0 - _SQUARE_MEMORY) * slope**2
        pace = _STEP * (1.0 - step / (_STEPS + 1))
        shift -= pace * (mean / (1.0 - _MEMORY**step)) / (
            np.sqrt(square / (1.0 - _SQUARE_MEMORY**step)) + _FLOOR)
    return nodes + size * shift


def _shore(nodes: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return stiffness (zero off the shore) and mean length of the edges of each node (n, 1)."""
    table = edges(faces)
    length = np.hypot(*(nodes[table.nodes[:, 0]] - nodes[table.nodes[:, 1]]).T)
    ends, twice = table.nodes.ravel(), np.repeat(length, 2)
    count = np.maximum(np.bincount(ends, minlength=len(nodes)), 1)
    stiffness = np.zeros((len(nodes), 1))
    stiffness[table.nodes[table.boundary]] = _SHORE_STIFFNESS
    return stiffness, (np.bincount(ends, twice, minlength=len(nodes)) / count)[:, None]


def _excess_slope(nodes: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return the gradient (n, 2) of the sum of squares by which cosines leave their bounds."""
    z = nodes[:, 0] + 1j * nodes[:, 1]
    slope = np.zeros(len(nodes), dtype=complex)
    for k in range(3):
        at, ahead, behind = (faces[:, (k + j) % 3] for j in range(3))
        u, v = z[ahead] - z[at], z[behind] - z[at]
        nu, nv = np.abs(u), np.abs(v)
        cosine = (u.real * v.real + u.imag * v.imag) / (nu * nv)
        over = (np.minimum(cosine - _SMALLEST_COSINE, 0.0)
                + np.maximum(cosine - _LARGEST_COSINE, 0.0))
        du = 2.0 * over * (v / (nu * nv) - cosine * u / nu**2)
        dv = 2.0 * over * (u / (nu * nv) - cosine * v / nv**2)
        for numbers, part in ((ahead, du), (behind, dv), (at, -du - dv)):
            slope += np.bincount(numbers, part.real, len(nodes))
            slope += 1j * np.bincount(numbers, part.imag, len(nodes))
    return np.stack([slope.real, slope.imag], axis=1)
