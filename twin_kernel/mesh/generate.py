"""Triangles in the open water (Netgen) and along the reaches, joined into one mesh."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
import shapely.ops
from scipy.spatial import cKDTree

from twin_kernel.errors import MeshError
from twin_kernel.mesh.domain import Reach

__all__ = ["boundary_rings", "join_reaches", "triangulate"]

SizeFunction = Callable[[np.ndarray], np.ndarray]
"""Edge length wanted (n,) m at points (n, 2) m."""


def boundary_rings(water: shapely.Polygon, reaches: list[Reach], corners: np.ndarray,
                   size: SizeFunction) -> list[np.ndarray]:
    """Place nodes on the shores at the spacing wanted.

    Parameters
    ----------
    water : shapely.Polygon
    reaches : list of Reach
        Their first edge replaces the shore between its two nodes.
    corners : (n, 2) float64
        Points of the shore that stay nodes, m.
    size : callable

    Returns
    -------
    list of (n, 2) float64
        Rings without repeated end; the outer one first.

    Raises
    ------
    MeshError
        Where shores at this spacing cross one another.
    """
    ends = [point for reach in reaches for point in (reach.left[0], reach.right[0])]
    fixed = np.array([*ends, *corners]).reshape(-1, 2)
    rings = [_outer_ring(water.exterior, fixed, reaches, size)]
    for interior in water.interiors:
        ring = _spaced(np.asarray(interior.coords), size, least=5)
        rings.append(ring[:-1])
    polygon = shapely.Polygon(rings[0], rings[1:])
    if not polygon.is_valid:
        raise MeshError("Shores cross one another at this resolution",
                        received=shapely.is_valid_reason(polygon),
                        allowed="islands and arms wider than the local edge length",
                        next_step="reduce the edge length, or close the narrow arm")
    return rings


def _outer_ring(exterior, fixed, reaches, size) -> np.ndarray:
    points = np.asarray(shapely.LinearRing(exterior.coords).normalize().coords)
    ring = shapely.LineString(points)
    place = np.array([ring.project(shapely.Point(p)) for p in fixed])
    order = np.argsort(place)
    pieces = []
    for k, here in enumerate(order):
        after = order[(k + 1) % len(order)]
        if _is_reach_edge(here, after, len(reaches)):
            pieces.append(fixed[[here]])
            continue
        piece = _between(ring, place[here], place[after])
        piece[0], piece[-1] = fixed[here], fixed[after]
        pieces.append(_spaced(piece, size, least=1)[:-1])
    return np.concatenate(pieces)


def _is_reach_edge(a: int, b: int, n_reach: int) -> bool:
    return a // 2 == b // 2 and max(a, b) < 2 * n_reach


def _between(ring: shapely.LineString, start: float, stop: float) -> np.ndarray:
    if stop > start:
        return np.array(shapely.ops.substring(ring, start, stop).coords)
    head = np.array(shapely.ops.substring(ring, start, ring.length).coords)
    tail = np.array(shapely.ops.substring(ring, 0.0, stop).coords)
    return np.concatenate([head, tail[1:]])


def _spaced(line: np.ndarray, size: SizeFunction, least: int) -> np.ndarray:
    """Return points on a line, ends kept, at the spacing wanted."""
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    fine = np.linspace(0.0, length[-1], max(int(length[-1] / 10.0), 20))
    at = np.stack([np.interp(fine, length, line[:, k]) for k in (0, 1)], axis=1)
    wanted = size(at)
    count = np.concatenate([[0.0], np.cumsum(np.diff(fine) * 2 / (wanted[1:] + wanted[:-1]))])
    n = max(round(count[-1]), least)
    along = np.interp(np.linspace(0.0, count[-1], n + 1), count, fine)
    return np.stack([np.interp(along, length, line[:, k]) for k in (0, 1)], axis=1)


def triangulate(rings: list[np.ndarray], size: SizeFunction,
                background: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mesh the water between the rings with Netgen.

    Parameters
    ----------
    rings : list of (n, 2) float64
        Outer ring first, m; their segments become edges, unsplit.
    size : callable
    background : (n, 2) float64
        Points at which the size is imposed.

    Returns
    -------
    nodes : (n_node, 2) float64
    faces : (n_face, 3) int64, counterclockwise
    """
    from netgen.geom2d import SplineGeometry
    from netgen.meshing import MeshingParameters, meshsize

    geometry = SplineGeometry()
    origin = rings[0].mean(axis=0)
    for number, ring in enumerate(rings):
        outer = shapely.LinearRing(ring).is_ccw == (number == 0)
        ring = ring if outer else ring[::-1]
        ids = [geometry.AppendPoint(*(point - origin)) for point in ring]
        lengths = np.hypot(*(np.roll(ring, -1, axis=0) - ring).T)
        for k, length in enumerate(lengths):
            geometry.Append(["line", ids[k], ids[(k + 1) % len(ids)]], leftdomain=1,
                            rightdomain=0, maxh=1.2 * length, bc="shore")
    parameters = MeshingParameters(meshsize.moderate, maxh=float(size(background).max()),
                                   optsteps2d=8, grading=0.15)
    for point, h in zip(background - origin, size(background), strict=True):
        parameters.RestrictH(float(point[0]), float(point[1]), 0.0, float(h))
    mesh = geometry.GenerateMesh(mp=parameters)
    nodes = np.array([(p[0], p[1]) for p in mesh.Points()]) + origin
    faces = np.array([[v.nr - 1 for v in element.vertices] for element in mesh.Elements2D()])
    return nodes, _counterclockwise(nodes, faces)


def _counterclockwise(nodes: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (nodes[faces[:, k]] for k in range(3))
    turned = np.cross(np.c_[b - a, np.zeros(len(a))], np.c_[c - a, np.zeros(len(a))])[:, 2] < 0
    faces = faces.astype(np.int64)
    faces[turned] = faces[turned][:, ::-1]
    return faces


def join_reaches(nodes: np.ndarray, faces: np.ndarray,
                 reaches: list[Reach]) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Add the reaches' zigzag rows to a mesh that holds their first two nodes.

    Returns
    -------
    nodes, faces
        Of the whole.
    upstream : dict of str to (1, 2) int64
        The last edge of each reach, the boundary where its discharge enters.
    """
    upstream = {}
    for reach in reaches:
        zigzag = np.empty((2 * len(reach.left), 2))
        zigzag[0::2], zigzag[1::2] = reach.left, reach.right
        gap, first = cKDTree(nodes).query(zigzag[:2])
        if gap.max() > 1e-3:
            raise MeshError(f"The reach '{reach.name}' does not join the open water",
                            received=f"gap of {gap.max():.3g} m", allowed="0.001 m",
                            next_step="begin the reach at two nodes of the open water's mesh")
        number = np.concatenate([first, len(nodes) + np.arange(len(zigzag) - 2)])
        rows = np.stack([number[:-2], number[1:-1], number[2:]], axis=1)
        nodes = np.concatenate([nodes, zigzag[2:]])
        faces = np.concatenate([faces, _counterclockwise(nodes, rows)])
        upstream[reach.name] = number[None, -2:]
    return nodes, faces, upstream
