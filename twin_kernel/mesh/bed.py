"""Bed levels of the nodes from the sections' statistics and a simple shelf.

The sections give, by branch and kilometre, the mean bed and five quantiles of it. Across a
section the deep water is taken to lie away from the shores: a node whose distance to the shore
exceeds that of a fraction q of the water around it gets the bed that a fraction 1 - q of the
section lies below. The distribution of depths, and so the volume and the flats of each
kilometre, is that of the sections; the exact place of the channel is not.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from scipy.ndimage import gaussian_filter1d, median_filter
from scipy.spatial import cKDTree

__all__ = ["nearest_section", "node_area", "section_bed", "shelf_bed"]

_QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)
_COLUMNS = ("bed_p05_m", "bed_p25_m", "bed_p50_m", "bed_p75_m", "bed_p95_m")
_WINDOW = 1.2  # km of river on each side in which nodes are ranked


def nearest_section(x: np.ndarray, y: np.ndarray, lines: dict[str, pd.DataFrame]
                    ) -> tuple[np.ndarray, np.ndarray]:
    """Return branch name and km from the mouth of the nearest point of the branches' lines.

    Parameters
    ----------
    x, y : (n,) float64
        m.
    lines : dict of str to pandas.DataFrame
        ``km, x, y`` by branch.
    """
    names = np.concatenate([np.full(len(line), name) for name, line in lines.items()])
    points = np.concatenate([line[["x", "y"]].to_numpy() for line in lines.values()])
    km = np.concatenate([line["km"].to_numpy() for line in lines.values()])
    _, nearest = cKDTree(points).query(np.stack([x, y], axis=1))
    return names[nearest], km[nearest]


def node_area(node_xy: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return the third of the area of the triangles around each node (n_node,), m2."""
    a, b, c = (node_xy[faces[:, k]] for k in range(3))
    area = 0.5 * ((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1])
                  - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1]))
    return np.bincount(faces.ravel(), np.repeat(area / 3.0, 3), minlength=len(node_xy))


def _rank_from_shore(km: np.ndarray, shore: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Return the part of the water around, by area, that lies nearer to the shore (mid-rank)."""
    order = np.argsort(km, kind="stable")
    sorted_km, rank = km[order], np.empty(len(km))
    first = np.searchsorted(sorted_km, km - _WINDOW)
    last = np.searchsorted(sorted_km, km + _WINDOW)
    for i in range(len(km)):
        around = order[first[i]:last[i]]
        nearer = area[around][shore[around] < shore[i] - 1e-6].sum()
        same = area[around][np.abs(shore[around] - shore[i]) <= 1e-6].sum()
        rank[i] = (nearer + 0.5 * same) / area[around].sum()
    return rank


def section_bed(km: np.ndarray, shore: np.ndarray, area: np.ndarray, sections: pd.DataFrame,
                one_row: np.ndarray) -> np.ndarray:
    """Return the bed (n,) of the nodes of one branch, m.

    Parameters
    ----------
    km, shore, area : (n,) float64
        Distance from the mouth, km; distance to the nearest shore, m; area, m2.
    sections : pandas.DataFrame
        Rows of the branch.
    one_row : (n,) bool
        Nodes of a reach one triangle wide, all on its banks: they get the mean bed.
    """
    sections = sections.sort_values("km_from_mouth")
    at = sections["km_from_mouth"].to_numpy()

    def along(column: str) -> np.ndarray:
        # One section in the wrong place (a bar, a side arm) must not make a step in the river.
        values = median_filter(sections[column].to_numpy(dtype=float), 3, mode="nearest")
        return np.interp(km, at, gaussian_filter1d(values, 0.7, mode="nearest"))

    rank = 1.0 - _rank_from_shore(km, shore, area)
    table = np.stack([along(column) for column in _COLUMNS], axis=1)
    bed = np.array([np.interp(r, _QUANTILES, row) for r, row in zip(rank, table, strict=True)])
    return np.where(one_row, along("bed_mean_m"), bed)


def shelf_bed(x: np.ndarray, y: np.ndarray, shore: np.ndarray, crs: str, shelf: dict) -> np.ndarray:
    """Return the bed (n,) of ocean nodes, m: a slope from the shore, and the pass cut into it.

    Parameters
    ----------
    x, y, shore : (n,) float64
        m.
    shelf : dict
        ``depth_at_shore``, ``slope`` (m per m from the shore), ``greatest_depth`` (m), ``pass``
        (longitudes and latitudes of its axis), ``pass_depth`` (m), ``pass_width`` (m).
    """
    bed = -np.minimum(shelf["depth_at_shore"] + shelf["slope"] * shore, shelf["greatest_depth"])
    longitude, latitude = np.asarray(shelf["pass"]).T
    axis = np.stack(Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(
        longitude, latitude), axis=1)
    distance = shapely.distance(shapely.points(x, y), shapely.LineString(axis))
    in_pass = np.exp(-((distance / (0.5 * shelf["pass_width"])) ** 2))
    return np.minimum(bed, -shelf["pass_depth"] * in_pass + bed * (1.0 - in_pass))
