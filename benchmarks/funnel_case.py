"""The funnel test: an idealised Gironde, 150 km from 11 km to 350 m wide, on a sloping shelf.

Level 1.8 sin(2 pi t / 44714 s) at the open sea, ramped over two hours, salinity 35 entering;
Manning 0.018; start at rest with salinity falling from 35 at the mouth to 0 at 60 km. Lengths in
metres, x along the funnel from its mouth, y across.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import shapely

from benchmarks.driver import Case
from twin_kernel.errors import MeshError
from twin_kernel.mesh import Mesh, renumber
from twin_kernel.mesh.edges import edges, signed_area
from twin_kernel.mesh.generate import boundary_rings, triangulate
from twin_kernel.mesh.improve import improve

__all__ = ["BANK", "PLACES", "Gauges", "bed_of", "case_on", "given_mesh", "own_mesh", "tide"]

SHARED = Path(os.environ.get("TWIN_BENCH_DATA")
              or Path(__file__).resolve().parents[2] / "shared" / "data")
"""Folder of the optional meshes: beside the repository, or where TWIN_BENCH_DATA says."""
BANK = {"A": 3.0, "C": -4.5}
"""Bed at the banks, m: mesh A has tidal flats, mesh C none."""
PLACES = (1.0, 60.0, 120.0, 145.0)
"""Kilometres from the mouth where levels are compared."""
DURATION = 45000.0  # s, 12.5 h
LATITUDE = float(np.degrees(np.arcsin(1.03e-4 / (2 * 7.2921e-5))))  # of Coriolis 1.03e-4 1/s
_MANNING, _PERIOD, _AMPLITUDE, _RAMP = 0.018, 44714.0, 1.8, 7200.0
_SEA, _LENGTH, _SHELF_HALF_WIDTH = -40000.0, 150000.0, 30000.0


def half_width(x: np.ndarray) -> np.ndarray:
    """Return the half width of the funnel at x >= 0, m."""
    return 0.5 * np.maximum(11000.0 * np.exp(-x / 38000.0), 350.0)


def bed_of(bank: float):
    """Return the bed level (m) as a function of x and y, for a bed of `bank` m at the banks."""
    def bed(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        shelf = -9.0 - 31.0 * np.minimum(-x / 40000.0, 1.0)
        depth = (9.0 + 2.0 * np.cos(2 * np.pi * x / 30000.0)
                 - 3.0 * np.maximum(x - 80000.0, 0.0) / 70000.0)
        across = np.minimum(np.abs(y) / half_width(np.maximum(x, 0.0)), 1.0) ** 2.5
        return np.where(x < 0.0, shelf, -depth + (depth + bank) * across)

    return bed


def given_mesh(name: str, folder: Path = SHARED) -> Mesh | None:
    """Return mesh "A" or "C" of the published table, None where its file is not there."""
    path = folder / f"funnel_{name}.npz"
    if not path.is_file():
        print(f"{path} is not there (it is optional): the funnel is meshed here instead, and "
              "figures do not compare with those of mesh " + name)
        return None
    with np.load(path) as file:
        return _mesh(file["node_xy"], file["triangles"].astype(np.int64), BANK[name])


def own_mesh(coarseness: float = 1.0, bank: float = BANK["A"]) -> Mesh:
    """Mesh the funnel; coarseness 1 gives about 15 600 triangles, twice as coarse a quarter."""
    x = np.arange(0.0, _LENGTH + 1.0, 250.0)
    upper = np.stack([x, half_width(x)], axis=1)
    corners = np.array([(_SEA, -_SHELF_HALF_WIDTH), (0.0, -_SHELF_HALF_WIDTH),
                        (0.0, _SHELF_HALF_WIDTH), (_SEA, _SHELF_HALF_WIDTH)])
    water = shapely.Polygon([*corners[:2], *(upper * [1.0, -1.0]), *upper[::-1], *corners[2:]])
    ends = np.array([(_LENGTH, -half_width(_LENGTH)), (_LENGTH, half_width(_LENGTH))])

    def size(points: np.ndarray) -> np.ndarray:
        inside = np.clip(half_width(np.maximum(points[:, 0], 0.0)) / 8.0, 80.0, 420.0)
        away = np.hypot(np.minimum(points[:, 0], 0.0),
                        np.maximum(np.abs(points[:, 1]) - 5500.0, 0.0))
        return 1.22 * coarseness * (inside + 0.08 * away)

    rings = boundary_rings(water, [], np.concatenate([corners, ends]), size)
    grid = np.meshgrid(np.arange(_SEA, _LENGTH, 1000.0), np.linspace(-30000.0, 30000.0, 31))
    points = np.concatenate([np.stack([x, 0.0 * x], axis=1),
                             np.stack([one.ravel() for one in grid], axis=1)])
    background = points[shapely.contains_xy(water, *points.T)]
    nodes, faces = triangulate(rings, size, background)
    rim = np.unique(edges(faces).nodes[edges(faces).boundary])
    return _mesh(*improve(nodes, faces, rim), bank)


def _mesh(nodes: np.ndarray, faces: np.ndarray, bank: float) -> Mesh:
    x, y = np.ascontiguousarray(nodes.T, dtype=float)
    turned = signed_area(x, y, faces) < 0.0
    faces[turned] = faces[turned][:, ::-1]
    table = edges(faces)
    rim = table.nodes[table.boundary]
    sea = rim[(x[rim] < _SEA + 10.0).all(axis=1)]
    if len(sea) == 0:
        raise MeshError("The funnel has no open boundary", received=f"x from {x.min():.0f} m",
                        allowed=f"boundary edges at x = {_SEA:.0f} m")
    return renumber(Mesh(x, y, faces, bed_of(bank)(x, y), "EPSG:2154", "mean sea level",
                         {"sea": sea}))


def tide(time: np.ndarray) -> np.ndarray:
    """Return the level imposed at the sea, m, at times in s since the start."""
    return _AMPLITUDE * np.sin(2 * np.pi * time / _PERIOD) * np.clip(time / _RAMP, 0.0, 1.0)


def case_on(mesh: Mesh, latitude: float = LATITUDE) -> Case:
    """Return the funnel test on one of its meshes."""
    times = np.arange(0.0, 10 * DURATION, 30.0)
    x = mesh.node_x[mesh.face_nodes].mean(axis=1)
    return Case(
        mesh, {"sea": "water_level"}, times, {"sea": tide(times)}, {"sea": 35.0},
        np.full(mesh.n_face, _MANNING), latitude, 35.0 * np.clip(1.0 - x / 60000.0, 0.0, 1.0))


class Gauges:
    """Reads levels in the middle of the funnel at `PLACES`.

    A plane is fitted to the levels of the nearest 8 triangles: their own positions differ between
    meshes and schemes, by more than the errors sought where the surface slopes.
    """

    def __init__(self, mesh: Mesh) -> None:
        centre = np.stack([mesh.node_x[mesh.face_nodes].mean(axis=1),
                           mesh.node_y[mesh.face_nodes].mean(axis=1)], axis=1)
        self._near, self._weights = [], []
        for kilometre in PLACES:
            offset = centre - [1000.0 * kilometre, 0.0]
            near = np.argsort(np.hypot(*offset.T))[:8]
            plane = np.column_stack([np.ones(8), offset[near]])
            self._near.append(near)
            self._weights.append(np.linalg.pinv(plane)[0])

    def read(self, levels: np.ndarray) -> np.ndarray:
        """Return the (4,) levels at the places, m, from (n_face,) levels."""
        return np.array([weights @ levels[near]
                         for near, weights in zip(self._near, self._weights, strict=True)])
