"""Bed levels of the nodes from the sections' statistics and a simple shelf.

The sections give, by branch and kilometre, the mean bed and five quantiles of it. Across a
section the deep water is taken to lie along the channels where their axes are known, and away from
the shores elsewhere: a node that is nearer to the channel (farther from the shore) than a fraction
q of the water around it gets the bed that a fraction 1 - q of the section lies below. The
distribution of depths, and so the volume and the flats of each kilometre, is that of the sections;
their place across is that of the axes, no more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from scipy.ndimage import gaussian_filter1d, median_filter
from scipy.spatial import cKDTree

__all__ = ["channel_nearness", "nearest_section", "section_bed", "shelf_bed", "water_samples",
           "without_water_beside"]

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


def water_samples(nodes: np.ndarray, faces: np.ndarray, shore: np.ndarray
                  ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return places all over the triangles: where, how far from the shore, and of what area.

    Parameters
    ----------
    nodes, faces : (n_node, 2), (n_face, 3)
        m.
    shore : (n_node,) float64
        Distance to the nearest shore, m; linear between nodes.

    Returns
    -------
    places : (16 n_face, 2) float64
        Centres of the sixteen like triangles that each is cut in, m.
    shore : (16 n_face,) float64
        m.
    area : (16 n_face,) float64
        m2.
    """
    a, b, c = (nodes[faces[:, k]] for k in range(3))
    area = 0.5 * ((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1])
                  - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1]))
    places = np.einsum("sk,fkd->fsd", _WEIGHTS, nodes[faces]).reshape(-1, 2)
    return (places, (shore[faces] @ _WEIGHTS.T).ravel(),
            np.repeat(area / len(_WEIGHTS), len(_WEIGHTS)))


def _sixteen() -> np.ndarray:
    """Return the shares of the corners in the centres of the 16 parts of a triangle, (16, 3)."""
    upright = [(i + 1 / 3, j + 1 / 3) for i in range(4) for j in range(4 - i)]
    turned = [(i + 2 / 3, j + 2 / 3) for i in range(3) for j in range(3 - i)]
    first = np.array(upright + turned) / 4.0
    return np.column_stack([first, 1.0 - first.sum(axis=1)])


_WEIGHTS = _sixteen()


def channel_nearness(x: np.ndarray, y: np.ndarray, shore: np.ndarray, crs: str,
                     channels: Sequence[Sequence[tuple[float, float]]]) -> np.ndarray:
    """Return how near (n,) points are to a channel: 0 on the shore, 1 on the axis of a channel.

    The distance to the shore over its sum with that to the nearest axis: where a channel hugs a
    shore, the flats lie along the other.

    Parameters
    ----------
    x, y, shore : (n,) float64
        m; ``shore`` is the distance to the nearest shore.
    channels : sequence of sequences of (longitude, latitude)
        Their axes, degrees; at least one.
    """
    distance = _distance_to(shapely.MultiLineString(list(channels)), x, y, crs)
    return shore / np.maximum(shore + distance, 1e-9)


def _distance_to(lines: shapely.Geometry, x: np.ndarray, y: np.ndarray, crs: str) -> np.ndarray:
    """Return the distance (n,), m, of points of `crs` to lines in longitude and latitude."""
    to_crs = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    projected = shapely.transform(lines, lambda at: np.stack(to_crs.transform(*at.T), axis=1))
    return shapely.distance(shapely.points(x, y), projected)


def _part_nearer_the_shore(km: np.ndarray, inward: np.ndarray,
                           water: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the part of the water around each node, by area, that lies nearer to the shore.

    Of the water itself, not of the nodes: a node on the shore has none nearer and the one
    farthest out has it all, so that the bed, linear between them, has the section's depths from
    the flats to the channel with however few nodes across.
    """
    order = np.argsort(water[0], kind="stable")
    water_km, water_inward, area = (one[order] for one in water)
    first = np.searchsorted(water_km, km - _WINDOW)
    last = np.searchsorted(water_km, km + _WINDOW)
    part = np.empty(len(km))
    for i, around in enumerate(map(slice, first, last)):
        nearer = water_inward[around] < inward[i] - 1e-6
        part[i] = area[around][nearer].sum() / area[around].sum()
    return part


def without_water_beside(edge_nodes: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Tell the nodes (n,) on a shore that have no neighbour inside: one triangle spans the water.

    With the bed of banks such nodes would be a sill across the river, also where its single row
    of triangles is not yet a reach.

    Parameters
    ----------
    edge_nodes : (n_edge, 2) int
    inside : (n,) bool
        Whether a node is off the shore.
    """
    beside = inside.copy()
    for one, other in (edge_nodes.T, edge_nodes.T[::-1]):
        np.logical_or.at(beside, one, inside[other])
    return ~beside


def section_bed(km: np.ndarray, inward: np.ndarray,
                water: tuple[np.ndarray, np.ndarray, np.ndarray], sections: pd.DataFrame,
                flat: np.ndarray) -> np.ndarray:
    """Return the bed (n,) of the nodes of one branch, m.

    Parameters
    ----------
    km, inward : (n,) float64
        Distance from the mouth, km; how far from the shore towards the deep water, by the distance
        to the shore, m, or by `channel_nearness`.
    water : tuple of (n_sample,) float64
        Of samples of the branch's water: km, how far inward by the same measure, area (m2).
    sections : pandas.DataFrame
        Rows of the branch.
    flat : (n,) float64
        How much a node takes of the mean bed: 1 in a reach one triangle wide, whose nodes are all
        on its banks, 0 where there are nodes across.
    """
    sections = sections.sort_values("km_from_mouth")
    at = sections["km_from_mouth"].to_numpy()

    def along(column: str) -> np.ndarray:
        # One section in the wrong place (a bar, a side arm) must not make a step in the river.
        values = median_filter(sections[column].to_numpy(dtype=float), 3, mode="nearest")
        return np.interp(km, at, gaussian_filter1d(values, 0.7, mode="nearest"))

    rank = 1.0 - _part_nearer_the_shore(km, inward, water)
    table = np.stack([along(column) for column in _COLUMNS], axis=1)
    bed = np.array([np.interp(r, _QUANTILES, row) for r, row in zip(rank, table, strict=True)])
    return flat * along("bed_mean_m") + (1.0 - flat) * bed


def shelf_bed(x: np.ndarray, y: np.ndarray, shore: np.ndarray, crs: str, shelf: dict) -> np.ndarray:
    """Return the bed (n,) of ocean nodes, m: a slope from the shore, banks on it, the pass cut in.

    Parameters
    ----------
    x, y, shore : (n,) float64
        m.
    shelf : dict
        ``depth_at_shore``, ``slope`` (m per m from the shore), ``greatest_depth`` (m), ``pass``
        (longitudes and latitudes of its axis), ``pass_depth`` (m), ``pass_width`` (m), and
        ``banks``, none where it is not given: of each ``at`` (longitude, latitude), ``depth`` (m)
        over its top and ``radius`` (m) where it has lost 1 - 1/e of its height.
    """
    bed = -np.minimum(shelf["depth_at_shore"] + shelf["slope"] * shore, shelf["greatest_depth"])
    for bank in shelf.get("banks", ()):
        off = _distance_to(shapely.Point(bank["at"]), x, y, crs)
        bed = np.maximum(bed, _bell(bed, -bank["depth"], off / bank["radius"]))
    off = _distance_to(shapely.LineString(shelf["pass"]), x, y, crs)
    return np.minimum(bed, _bell(bed, -shelf["pass_depth"], off / (0.5 * shelf["pass_width"])))


def _bell(bed: np.ndarray, level: float, off: np.ndarray) -> np.ndarray:
    """Return the bed drawn to a level (m) where `off` is 0, and less and less away from it."""
    share = np.exp(-(off**2))
    return level * share + bed * (1.0 - share)
