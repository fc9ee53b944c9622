"""Cuts every triangle of a mesh in four, and carries a running simulation onto the finer mesh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.driver import Case, Simulation
from twin_kernel.mesh import Mesh
from twin_kernel.mesh.edges import edges

__all__ = ["continued", "split"]

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

    Its boundaries run on from the time reached. Waves of the size of the coarse triangles remain
    for some steps: they are no better start than that, and far better than rest.
    """
    moved = replace(
        fine, times=fine.times - coarse.time, level=np.repeat(coarse.levels(), 4),
        salinity=np.repeat(coarse.salinity(), 4))
    simulation = Simulation(moved, time_step, threads)
    simulation.set_velocities(np.repeat(coarse.velocities(), 4, axis=0))
    return simulation
