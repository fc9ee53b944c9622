"""Cuts every triangle of a mesh in four, and carries a running simulation onto the finer mesh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.driver import Case, Simulation
from twin_kernel.mesh import Mesh
from twin_kernel.mesh.edges import edges

__all__ = ["continued", "split"]

_WET = 0.01  # m
_SHARES = np.array([[4, 1, 1], [1, 4, 1], [1, 1, 4], [2, 2, 2]]) / 6.0
"""Of the corners of a triangle in the centroids of the four that it is split in."""

Bed = Callable[[np.ndarray, np.ndarray], np.ndarray]


def split(mesh: Mesh, bed: Bed | None = None) -> Mesh:
    """Return the mesh with a node at the middle of each edge.

    Parameters
    ----------
    mesh : Mesh
    bed : callable, optional
        Bed level (m) at x, y; linear along the old edges where none is given.

    Returns
    -------
    Mesh
        Triangles 4 i to 4 i + 3 cover triangle i, and are similar to it.
    """
    table = edges(mesh.face_nodes)
    middle = mesh.n_node + table.face_edges  # of node k and k + 1
    corner = np.asarray(mesh.face_nodes, dtype=np.int64)
    a, b, c = corner.T
    ab, bc, ca = middle.T
    faces = np.stack([a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca], axis=1).reshape(-1, 3)
    first, second = table.nodes.T
    x, y, z = (np.concatenate([old, 0.5 * (old[first] + old[second])])
               for old in (mesh.node_x, mesh.node_y, mesh.node_bed))
    return replace(
        mesh, node_x=x, node_y=y, node_bed=z if bed is None else bed(x, y), face_nodes=faces,
        face_zone=np.repeat(mesh.face_zone, 4),
        open_boundaries={name: _halves(np.asarray(pairs), table.nodes, mesh.n_node)
                         for name, pairs in mesh.open_boundaries.items()})


def _halves(pairs: np.ndarray, edge_nodes: np.ndarray, n_node: int) -> np.ndarray:
    key = edge_nodes @ [n_node, 1]  # ascending, as the nodes of the edges are
    middle = n_node + np.searchsorted(key, np.sort(pairs, axis=1) @ [n_node, 1])
    return np.concatenate([np.stack([pairs[:, 0], middle], axis=1),
                           np.stack([middle, pairs[:, 1]], axis=1)])


def continued(coarse: Simulation, fine: Case, time_step: float, threads: int = 1) -> Simulation:
    """Return a simulation on the split mesh that starts from what a coarser one has reached.

    Its boundaries run on from the time reached. Levels and velocities are linear between the nodes
    of the coarse mesh, where they are means of the wet triangles around: steps between coarse
    triangles would set off waves as short as the fine ones. Levels reach over dry triangles too:
    fine ones there that lie under the water would else be filled by a dam break.
    """
    wet = coarse.depths() > _WET
    mesh, speeds = coarse.case.mesh, coarse.velocities()
    level, *speed = (_linear(mesh, field, wet) for field in (coarse.levels(), *speeds.T))
    moved = replace(fine, times=fine.times - coarse.time, level=level,
                    salinity=np.repeat(coarse.salinity(), 4))
    simulation = Simulation(moved, time_step, threads)
    simulation.set_velocities(np.stack(speed, axis=1) * np.repeat(wet, 4)[:, None])
    return simulation


def _linear(mesh: Mesh, field: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Return (4 n_face,) values at the centroids of the split mesh, from those of wet triangles."""
    corner = np.asarray(mesh.face_nodes, dtype=np.int64)
    mean, counts = np.where(wet, field, 0.0), wet
    node, known = np.zeros(mesh.n_node), np.zeros(mesh.n_node, dtype=bool)
    reached = ~known
    while reached.any():
        total, count = (np.bincount(corner.ravel(), np.repeat(one, 3), mesh.n_node)
                        for one in (mean * counts, counts.astype(float)))
        reached = ~known & (count > 0.0)
        node[reached] = total[reached] / count[reached]
        known |= reached
        counts = known[corner].any(axis=1)
        mean = (node * known)[corner].sum(axis=1) / np.maximum(known[corner].sum(axis=1), 1)
    return (node[corner] @ _SHARES.T).ravel()
