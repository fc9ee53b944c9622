"""Edges of a triangulation: which nodes they join, which triangles lie beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Edges", "edges", "signed_area"]


@dataclass(frozen=True)
class Edges:
    """Edges in ascending order of their nodes.

    Attributes
    ----------
    nodes : (n_edge, 2) int64
        The two nodes, the smaller number first.
    first, second : (n_edge,) int64
        Triangles beside it; `second` is -1 where there is one only: the boundary.
    count : (n_edge,) int64
        How many triangles share it; more than two is not a mesh.
    face_edges : (n_face, 3) int64
        Edges of each triangle; number k joins its nodes k and k + 1.
    """

    nodes: np.ndarray
    first: np.ndarray
    second: np.ndarray
    count: np.ndarray
    face_edges: np.ndarray

    @property
    def boundary(self) -> np.ndarray:
        """Numbers of the edges with a triangle on one side only."""
        return np.flatnonzero(self.count == 1)


def edges(face_nodes: np.ndarray) -> Edges:
    """Return the edges of triangles (n_face, 3)."""
    face_nodes = np.asarray(face_nodes, dtype=np.int64)
    sides = np.stack([face_nodes, np.roll(face_nodes, -1, axis=1)], axis=2).reshape(-1, 2)
    sides = np.sort(sides, axis=1)
    owner = np.repeat(np.arange(len(face_nodes)), 3)
    nodes, first, inverse, count = np.unique(
        sides, axis=0, return_index=True, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(-1)
    second = np.full(len(nodes), -1)
    later = np.ones(len(sides), dtype=bool)
    later[first] = False
    second[inverse[later]] = owner[later]
    return Edges(nodes, owner[first], second, count, inverse.reshape(-1, 3))


def signed_area(node_x: np.ndarray, node_y: np.ndarray, face_nodes: np.ndarray) -> np.ndarray:
    """Return the area of triangles (n_face,), m2, negative where they turn clockwise."""
    x, y = node_x[face_nodes], node_y[face_nodes]
    return 0.5 * ((x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0])
                  - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0]))
