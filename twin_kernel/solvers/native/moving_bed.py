"""The bed that mud and sand move: edge levels from the change in the triangles.

An edge moves by the mean of the two triangles beside it, weighted by their areas, so that the
volume of bed under all edges changes by exactly what the triangles gained. Water is not moved: a
bed that rises lifts the level over it.
"""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.grid import Grid

__all__ = ["MovingBed"]


@njit(cache=True)
def _move(change, bed_at_start, edge_left, edge_right, face_area, face_edges, edge_bed, face_bed):
    for e in range(len(edge_bed)):
        a = edge_left[e]
        b = edge_right[e]
        moved = change[a]
        if b >= 0:
            moved = ((face_area[a] * change[a] + face_area[b] * change[b])
                     / (face_area[a] + face_area[b]))
        edge_bed[e] = bed_at_start[e] + moved
    for i in range(len(face_area)):
        z0, z1, z2 = (edge_bed[face_edges[i, 0]], edge_bed[face_edges[i, 1]],
                      edge_bed[face_edges[i, 2]])
        low = min(z0, z1, z2)
        high = max(z0, z1, z2)
        face_bed[i, 0] = low
        face_bed[i, 1] = z0 + z1 + z2 - low - high
        face_bed[i, 2] = high
        # The middle one by subtraction may leave its place by a last bit.
        face_bed[i, 1] = min(max(face_bed[i, 1], low), high)


class MovingBed:
    """Levels of the bed at edges and in triangles, by now.

    Attributes
    ----------
    edge_bed : (n_edge,) float64
        m above the vertical datum.
    face_bed : (n_face, 3) float64
        The same at the edges of each triangle, ascending.
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self.edge_bed, self.face_bed = grid.edge_bed.copy(), grid.face_bed.copy()

    def follow(self, memory: dict[str, np.ndarray]) -> None:
        """Take the bed to its level at the start plus ``memory["bed_level_change"]``, if any."""
        if "bed_level_change" in memory:
            g = self._grid
            _move(memory["bed_level_change"], g.edge_bed, g.edge_left, g.edge_right, g.face_area,
                  g.face_edges, self.edge_bed, self.face_bed)
