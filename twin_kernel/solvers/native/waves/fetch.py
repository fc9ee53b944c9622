r"""Fetch: how far the wind blows over water before it reaches a triangle, by direction.

Shores are found on a raster: each of its points takes the nearest of

- the centroids of the triangles, which are water, or land where the triangle is dry;
- beyond each closed side of a triangle, the mirror image of its centroid, which is land, or open
  sea where that side lies on the boundary through which the sea enters.

For that the grid need not know its nodes. A ray walks from each centroid until it leaves the
water; its length is exact to about one triangle plus one step of the raster. The fetch that
counts, F, joins the rays around the wind by their cosine (effective fetch, after Saville,
McClendon & Cochran 1962, and the Shore Protection Manual before its edition of 1984); where all
rays are equally long, it is 0.91 of their length at ±45° and every 10°:

.. math:: F = \sum_j F_j \cos^2\alpha_j \Big/ \sum_j \cos\alpha_j
   \quad (1) \qquad
   D = \sum_j D_j F_j \cos^2\alpha_j \Big/ \sum_j F_j \cos^2\alpha_j                    \quad (2)

with D the mean depth along them at the reference level. A ray that leaves through the open sea
ends there: what grew beyond is swell, given at that boundary.

Angles are those of the mesh's projection: 0 along x, counterclockwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.process import Site

__all__ = ["FetchTable", "fetch_table", "rays"]

_LAND, _WATER, _OPEN_SEA = 0, 1, 2
_MOST_POINTS = 2_000_000
_FARTHEST = 1.0  # in sqrt(area): no point of an equilateral triangle is over 0.88 from its centroid
_SAME_SIDE = 0.8  # cosine of the angle up to which two triangles' closed sides face the same way
_MIRROR = 0.88  # in sqrt(area): distance of the centroids of two equilateral neighbours


@dataclass(frozen=True)
class FetchTable:
    """Fetch of every triangle in every direction.

    Attributes
    ----------
    fetch, depth : (n_direction, n_face) float32
        F and D of equations (1) and (2), m, looking towards ``2 pi j / n_direction``.
    open_sea : (n_direction, n_face) bool
        Whether the ray of that direction reaches the open sea.
    """

    fetch: np.ndarray
    depth: np.ndarray
    open_sea: np.ndarray


def fetch_table(
    site: Site, reference_depth: np.ndarray, at_sea: np.ndarray, directions: int, spread: float,
    resolution: float,
) -> FetchTable:
    """Measure the fetch at the reference level.

    Parameters
    ----------
    site : Site
    reference_depth : (n_face,) float64
        Water depth at the reference level, m; land where it is not positive.
    at_sea : (n_face,) bool
        Triangles on the boundary through which the sea enters.
    directions : int
    spread : float
        Half angle over which rays count, degrees.
    resolution : float
        Step of the raster, m.

    Returns
    -------
    FetchTable
    """
    length, depth, open_sea = rays(site, reference_depth, at_sea, directions, resolution)
    apart = int(spread * directions / 360.0 + 1.0e-9)
    offsets = np.arange(-apart, apart + 1)
    cosines = np.cos(2.0 * math.pi * offsets / directions)
    fetch, weighted = np.zeros_like(length), np.zeros_like(length)
    for offset, cosine in zip(offsets, cosines, strict=True):
        share = np.roll(length, -offset, axis=0) * np.float32(cosine * cosine)
        fetch += share
        weighted += share * np.roll(depth, -offset, axis=0)
    return FetchTable(fetch / np.float32(cosines.sum()), weighted / fetch, open_sea)


def rays(
    site: Site, reference_depth: np.ndarray, at_sea: np.ndarray, directions: int,
    resolution: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Walk a ray from each triangle in each direction; parameters as of `fetch_table`.

    Returns
    -------
    length, depth : (n_direction, n_face) float32
        Distance to the shore and mean reference depth on the way, m.
    open_sea : (n_direction, n_face) bool
    """
    corner, step, label, owner = _raster(site, reference_depth, at_sea, resolution)
    shape = (directions, len(site.x))
    length, depth = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    open_sea = np.zeros(shape, np.bool_)
    _walk_all(site.x, site.y, np.sqrt(site.area), np.maximum(reference_depth, 0.0), corner, step,
              label, owner, length, depth, open_sea)
    return length, depth, open_sea


def _raster(site: Site, reference_depth, at_sea, resolution):
    """Return corner, step, what is at each point and the nearest triangle of each point."""
    mirror_x, mirror_y, mirrored, in_corner = _mirrors(site)
    opens = _opens(mirror_x - site.x[mirrored], mirror_y - site.y[mirrored],
                   np.stack([mirror_x, mirror_y], axis=1), at_sea[mirrored], in_corner)
    size = np.sqrt(site.area)
    margin = 2.0 * size.max()
    corner = np.array([site.x.min() - margin, site.y.min() - margin])
    extent = np.array([site.x.max() + margin, site.y.max() + margin]) - corner
    step = max(resolution, math.sqrt(extent[0] * extent[1] / _MOST_POINTS))
    counts = np.ceil(extent / step).astype(int) + 1
    points = np.stack([np.append(site.x, mirror_x), np.append(site.y, mirror_y)], axis=1)
    kinds = np.concatenate([np.where(reference_depth > 0.0, _WATER, _LAND),
                            np.where(opens, _OPEN_SEA, _LAND)])
    owners = np.append(np.arange(len(site.x)), mirrored)
    grid_x, grid_y = np.meshgrid(corner[0] + step * np.arange(counts[0]),
                                 corner[1] + step * np.arange(counts[1]))
    distance, nearest = cKDTree(points).query(
        np.stack([grid_x.ravel(), grid_y.ravel()], axis=1),
        distance_upper_bound=_FARTHEST * size.max())
    found = nearest < len(points)  # the others have nothing near: the tree says so at once
    nearest = np.where(found, nearest, 0)
    owner = owners[nearest]
    far = ~found | ((distance > _FARTHEST * size[owner]) & (kinds[nearest] == _WATER))
    label = np.where(far, _LAND, kinds[nearest]).astype(np.int8).reshape(grid_x.shape)
    owner = owner.reshape(grid_x.shape)
    # A point stands for the square around it: water wherever a wet centroid lies in it, so that
    # rivers and rims narrower than the raster stay open along the shore.
    wet = np.flatnonzero(reference_depth > 0.0)
    place = (((site.y[wet] - corner[1]) / step + 0.5).astype(int),
             ((site.x[wet] - corner[0]) / step + 0.5).astype(int))
    label[place], owner[place] = _WATER, wet
    return corner, step, label, owner


def _mirrors(site: Site) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the mirror images of centroids beyond closed sides, whose image each is, and whether
    that triangle lies in a corner, where it is not known which of its two sides is the sea's.

    The three vectors from a centroid to its neighbours' add up to zero on a regular mesh, so the
    one missing is minus the sum of the others; with two missing they are the one there turned by
    ±120°, and minus half of it.
    """
    left, right = site.edge_left.astype(np.int64), site.edge_right.astype(np.int64)
    to_x, to_y = site.x[right] - site.x[left], site.y[right] - site.y[left]
    n = len(site.x)
    total_x = np.bincount(left, to_x, n) - np.bincount(right, to_x, n)
    total_y = np.bincount(left, to_y, n) - np.bincount(right, to_y, n)
    count = np.bincount(left, minlength=n) + np.bincount(right, minlength=n)
    one, two = np.flatnonzero(count == 2), np.flatnonzero(count == 1)
    owners, angles = [one], [np.arctan2(-total_y[one], -total_x[one])]
    for turn in (-2.0 / 3.0 * math.pi, 2.0 / 3.0 * math.pi, math.pi):
        owners.append(two)
        angles.append(np.arctan2(total_y[two], total_x[two]) + turn)
    owner, angle = np.concatenate(owners), np.concatenate(angles)
    size = np.sqrt(site.area[owner])
    length = _MIRROR * size
    known = np.flatnonzero(count[owner] == 2)
    exact = np.hypot(total_x, total_y)[owner[known]]
    length[known] = np.clip(exact, 0.5 * size[known], 1.5 * size[known])
    return (site.x[owner] + length * np.cos(angle), site.y[owner] + length * np.sin(angle), owner,
            count[owner] == 1)


def _opens(away_x, away_y, mirrors, at_sea, in_corner) -> np.ndarray:
    """Return which images lie at sea: in a corner, those on the side its neighbours have there."""
    plain, doubtful = np.flatnonzero(at_sea & ~in_corner), np.flatnonzero(at_sea & in_corner)
    if len(plain) == 0 or len(doubtful) == 0:
        return at_sea
    _, nearest = cKDTree(mirrors[plain]).query(mirrors[doubtful])
    like = plain[nearest]
    along = away_x[doubtful] * away_x[like] + away_y[doubtful] * away_y[like]
    lengths = np.hypot(away_x, away_y)
    opens = at_sea.copy()
    opens[doubtful] = along > _SAME_SIDE * lengths[doubtful] * lengths[like]
    return opens


@njit(cache=True)
def _walk_all(x, y, size, reference_depth, corner, step, label, owner, length, depth, open_sea):
    n_direction, n_face = length.shape
    for j in range(n_direction):
        angle = 2.0 * math.pi * j / n_direction
        cosine, sine = math.cos(angle), math.sin(angle)
        for i in range(n_face):
            length[j, i], depth[j, i], open_sea[j, i] = _walk(
                x[i], y[i], size[i], reference_depth[i], cosine, sine, corner, step, label, owner,
                reference_depth)


@njit(cache=True)
def _walk(x, y, size, own_depth, cosine, sine, corner, step, label, owner, reference_depth):
    """Return length, mean depth and whether it reaches the sea, of one ray.

    It goes by half steps of the raster; its first half side lies in the triangle itself, which
    also lets it start in a river narrower than the raster.
    """
    stride = 0.5 * step
    row_count, column_count = label.shape
    travelled = 0.5 * size
    total, samples = own_depth, 1
    while True:
        along = travelled + 0.5 * stride
        column = math.floor((x + along * cosine - corner[0]) / step + 0.5)
        row = math.floor((y + along * sine - corner[1]) / step + 0.5)
        if row < 0 or column < 0 or row >= row_count or column >= column_count:
            return travelled, total / samples, False
        if label[row, column] != _WATER:
            return travelled, total / samples, label[row, column] == _OPEN_SEA
        total += reference_depth[owner[row, column]]
        samples += 1
        travelled += stride
