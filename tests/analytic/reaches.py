"""Narrow rivers as the mesh makes them, one row of triangles, for the analytic tests."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.analytic.channels import rectangle
from twin_kernel.mesh.domain import make_reach
from twin_kernel.mesh.generate import join_reaches
from twin_kernel.mesh.topology import Mesh


def axis(length, width, wavelength=0.0, amplitude=0.0):
    """Return the line of a river (m, every 50 m): straight, or a sine of a wavelength.

    Its columns are those of `twin_kernel.mesh.domain.section_line`, and ``s`` the distance along
    it; `width` is a number or a function of it.
    """
    x = np.linspace(0.0, length, round(length / 10.0) + 1)
    turn = 2.0 * np.pi / wavelength if wavelength else 0.0
    y = amplitude * np.sin(turn * x)
    s = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    even = np.linspace(0.0, s[-1], round(s[-1] / 50.0) + 1)
    x = np.interp(even, s, x)
    across = width(even) if callable(width) else np.full(len(x), float(width))
    return pd.DataFrame({"km": even / 1000.0, "x": x, "y": amplitude * np.sin(turn * x),
                         "width": across, "s": even})


def along(line, x, y):
    """Return the distance along a line (m) of points, by the nearest of its own points."""
    fine = np.linspace(0.0, line["s"].iloc[-1], 20 * len(line))
    at = np.stack([np.interp(fine, line["s"], line[one]) for one in ("x", "y")])
    return np.array([fine[np.argmin(np.hypot(at[0] - a, at[1] - b))]
                     for a, b in zip(x, y, strict=True)])


def reach_mesh(line, bed):
    """Return the reach on a line with a bed of the distance along it, open at both ends."""
    reach = make_reach(line, "reach", 0.0)
    first = np.stack([reach.left[0], reach.right[0]])
    nodes, faces, upstream = join_reaches(first, np.zeros((0, 3), dtype=np.int64), [reach])
    return Mesh(nodes[:, 0].copy(), nodes[:, 1].copy(), faces,
                np.asarray(bed(along(line, *nodes.T)), dtype=float), "EPSG:2154", "test",
                {"down": np.array([[0, 1]]), "up": upstream["reach"]})


def length_of(mesh, width):
    """Return the length (m) of a straight reach: its area over its width."""
    x, y = mesh.node_x[mesh.face_nodes], mesh.node_y[mesh.face_nodes]
    area = 0.5 * np.abs((x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0])
                        - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0]))
    return area.sum() / width


def joined(rows, width, length, bed):
    """Return a square basin open at its far side with a reach out of it, and the basin's faces."""
    reach = make_reach(axis(length, width), "reach", 0.0)
    high, low = reach.left[0], reach.right[0]
    side = np.hypot(*(high - low))
    basin = rectangle(rows * side * np.sqrt(0.75), rows * side, rows, rows, open_ends=("west",))
    up = (high - low) / side  # along the shore of the basin, which the reach leaves at a slant
    out = np.array([up[1], -up[0]])
    nodes = (low + np.outer(basin.node_x - basin.node_x.max(), out)
             + np.outer(basin.node_y - rows // 2 * side, up))
    nodes, faces, upstream = join_reaches(nodes, basin.face_nodes, [reach])
    return Mesh(nodes[:, 0].copy(), nodes[:, 1].copy(), faces, np.full(len(nodes), bed),
                "EPSG:2154", "test", {"sea": basin.open_boundaries["west"],
                                      "up": upstream["reach"]}), basin.n_face
