"""The mesh of the twin: unstructured triangles with a bed level and named open boundaries."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

__all__ = ["Mesh"]


@dataclass(frozen=True)
class Mesh:
    """Triangles, bed and boundaries; what every solver of the twin starts from.

    Attributes
    ----------
    node_x, node_y : (n_node,) float64
        Projected coordinates, m.
    face_nodes : (n_face, 3) int64
        Node numbers of each triangle, from 0, counterclockwise.
    node_bed : (n_node,) float64
        Bed level at nodes, m above `vertical_datum`, positive upwards.
    crs : str
        Projected coordinate reference system, for example "EPSG:2154".
    vertical_datum : str
        In words, what level 0 is.
    open_boundaries : dict of str to (n_edge, 2) int64
        Node pairs of the boundary edges of each open boundary; all others are walls.
    face_zone : (n_face,) int64
        Number of the friction zone of each triangle, an index into `zone_names`.
    zone_names : tuple of str
        Names of the friction zones.
    """

    node_x: np.ndarray
    node_y: np.ndarray
    face_nodes: np.ndarray
    node_bed: np.ndarray
    crs: str
    vertical_datum: str
    open_boundaries: dict[str, np.ndarray] = field(default_factory=dict)
    face_zone: np.ndarray | None = None
    zone_names: tuple[str, ...] = ("everywhere",)

    def __post_init__(self) -> None:
        if self.face_zone is None:
            object.__setattr__(self, "face_zone", np.zeros(len(self.face_nodes), dtype=np.int64))

    @property
    def n_node(self) -> int:
        """Number of nodes."""
        return len(self.node_x)

    @property
    def n_face(self) -> int:
        """Number of triangles."""
        return len(self.face_nodes)
