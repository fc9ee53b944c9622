"""How good a mesh is for a staggered scheme: angles, sizes, orthogonality.

The native solver takes the gradient of the level along the line between the circumcentres of
two triangles, which is normal to their common edge. It is second order where each circumcentre
lies inside its triangle, that is where every angle is acute (Casulli & Walters 2000,
doi 10.1002/(SICI)1097-0363(20000215)32:3<331::AID-FLD941>3.0.CO;2-C).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin_kernel.mesh.edges import Edges, edges, signed_area
from twin_kernel.mesh.topology import Mesh

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["MeshQuality", "plot_quality", "quality"]


@dataclass(frozen=True)
class MeshQuality:
    """Figures of a mesh.

    Attributes
    ----------
    n_node, n_face : int
    area : float
        m2.
    edge_length : tuple of float
        Shortest, median and longest edge, m.
    smallest_angle, largest_angle : (n_face,) float64
        Of each triangle, degrees.
    centres_inside : float
        Fraction of triangles whose circumcentre lies inside.
    centre_distance : tuple of float
        Least and median distance of the circumcentres beside an inner edge along its normal,
        over the length of the edge; 0.577 between equilateral triangles, negative where they
        are in the wrong order.
    corner_triangles : int
        Triangles with two edges on the boundary, where water can only turn.
    one_row_edges : float
        Fraction of inner edges whose two nodes are on the boundary: one triangle wide there.
    """

    n_node: int
    n_face: int
    area: float
    edge_length: tuple[float, float, float]
    smallest_angle: np.ndarray
    largest_angle: np.ndarray
    centres_inside: float
    centre_distance: tuple[float, float]
    corner_triangles: int
    one_row_edges: float

    def __str__(self) -> str:
        """Return the figures as lines to print."""
        short, median, long = self.edge_length
        low, middle = self.centre_distance
        return "\n".join([
            f"triangles              {self.n_face}",
            f"nodes                  {self.n_node}",
            f"area                   {self.area / 1e6:.1f} km2",
            f"edge length            {short:.0f} to {long:.0f} m, median {median:.0f} m",
            f"smallest angle         {self.smallest_angle.min():.1f}°, "
            f"median {np.median(self.smallest_angle):.1f}°",
            f"largest angle          {self.largest_angle.max():.1f}°, "
            f"median {np.median(self.largest_angle):.1f}°",
            f"circumcentres inside   {100 * self.centres_inside:.2f} %",
            f"centre distance / edge {low:.3f} at least, median {middle:.3f}",
            f"corner triangles       {self.corner_triangles}",
            f"one triangle wide      {100 * self.one_row_edges:.1f} % of inner edges",
        ])


def quality(mesh: Mesh) -> MeshQuality:
    """Return the figures of a valid mesh."""
    table = edges(mesh.face_nodes)
    angle = face_angles(mesh.node_x, mesh.node_y, mesh.face_nodes)
    a, b = table.nodes.T
    length = np.hypot(mesh.node_x[a] - mesh.node_x[b], mesh.node_y[a] - mesh.node_y[b])
    distance = _centre_distance(angle, table)
    on_rim = np.zeros(mesh.n_node, dtype=bool)
    on_rim[table.nodes[table.boundary]] = True
    inner = table.second >= 0
    walls = (table.second[table.face_edges] < 0).sum(axis=1)
    return MeshQuality(
        n_node=mesh.n_node, n_face=mesh.n_face,
        area=float(signed_area(mesh.node_x, mesh.node_y, mesh.face_nodes).sum()),
        edge_length=(float(length.min()), float(np.median(length)), float(length.max())),
        smallest_angle=angle.min(axis=1), largest_angle=angle.max(axis=1),
        centres_inside=float(np.mean(angle.max(axis=1) < 90.0)),
        centre_distance=((float(distance.min()), float(np.median(distance)))
                         if len(distance) else (np.nan, np.nan)),
        corner_triangles=int(np.sum(walls >= 2)),
        one_row_edges=float(on_rim[table.nodes[inner]].all(axis=1).mean()) if inner.any() else 1.0)


def face_angles(node_x: np.ndarray, node_y: np.ndarray, face_nodes: np.ndarray) -> np.ndarray:
    """Return the angles of triangles at their three nodes (n_face, 3), degrees."""
    z = node_x[face_nodes] + 1j * node_y[face_nodes]
    ahead, behind = np.roll(z, -1, axis=1) - z, np.roll(z, 1, axis=1) - z
    return np.degrees(np.angle(behind / ahead))


def _centre_distance(angle: np.ndarray, table: Edges) -> np.ndarray:
    """Return distances of circumcentres over edge length: half the cotangents opposite to it."""
    opposite = np.roll(angle, -2, axis=1)  # edge k joins nodes k and k + 1
    half = 0.5 / np.tan(np.radians(opposite))
    total = np.bincount(table.face_edges.ravel(), half.ravel(), minlength=len(table.nodes))
    return total[table.second >= 0]


def plot_quality(mesh: Mesh) -> Figure:
    """Return a picture: the mesh coloured by largest angle, and histograms of angles and sizes."""
    import matplotlib.pyplot as plt

    figures = quality(mesh)
    figure, panels = plt.subplot_mosaic(
        [["map", "angle"], ["map", "size"]], figsize=(10, 6), width_ratios=[1.4, 1],
        layout="constrained")
    colour = panels["map"].tripcolor(
        mesh.node_x / 1e3, mesh.node_y / 1e3, mesh.face_nodes, figures.largest_angle,
        vmin=60, vmax=110, cmap="viridis")
    panels["map"].set_aspect("equal")
    panels["map"].set(xlabel="x (km)", ylabel="y (km)",
                      title=f"{figures.n_face:,} triangles, "
                            f"{100 * figures.centres_inside:.1f} % acute")
    figure.colorbar(colour, ax=panels["map"], label="largest angle (°)", extend="max")
    panels["angle"].hist([figures.smallest_angle, figures.largest_angle], bins=np.arange(0, 181, 5),
                         label=["smallest", "largest"])
    panels["angle"].axvline(90.0, color="black", linewidth=0.8)
    panels["angle"].set(xlabel="angle (°)", ylabel="triangles")
    panels["angle"].legend(frameon=False)
    table = edges(mesh.face_nodes)
    a, b = table.nodes.T
    length = np.hypot(mesh.node_x[a] - mesh.node_x[b], mesh.node_y[a] - mesh.node_y[b])
    panels["size"].hist(length, bins=np.geomspace(length.min() * 0.99, length.max() * 1.01, 40))
    panels["size"].set(xlabel="edge length (m)", ylabel="edges", xscale="log")
    return figure
