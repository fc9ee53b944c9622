r"""Swell that enters through an open boundary and decays on its way in.

Swell is one wave of period T that travels from triangle to triangle along the path of least time
from the boundary (Fermat; speed :math:`\sqrt{g h}` at the reference level), so along the channels.
From one triangle to the next, a distance s further and with the mean k and c_g of both:

(1) friction at the bed, linear with the coefficient C of JONSWAP (Hasselmann et al. 1973):
    :math:`d(E c_g)/ds = -\frac{C \omega^2}{g^2 \sinh^2 kh} E`, so the height is multiplied by
    :math:`\exp\!\left(-\frac{C \omega^2 s}{2 g^2 c_g \sinh^2 kh}\right)`;
(2) shoaling: :math:`H^2 c_g` is kept;
(3) breaking: :math:`H \le \gamma h`, for good: what broke on a bar is not there behind it.

(4) Where a direction is given, the height is multiplied by the root of the energy whose direction
    lies open to the sea: the angular spreading method of Goda (2010). Energy is
    spread as :math:`\cos^{2s}(\alpha/2)` (Mitsuyasu et al. 1975) with s = s_max.

Not represented: refraction over bars and reflection, so heights behind the mouth's banks are
rough. Without (4) they are upper bounds.

References
----------
Hasselmann, K. et al. (1973), Dtsch. Hydrogr. Z., Reihe A, 12.
Mitsuyasu, H. et al. (1975), J. Phys. Oceanogr. 5, 750-760.
Goda, Y. (2010), Random Seas and Design of Maritime Structures, 3rd ed., World Scientific.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.process import Site
from twin_kernel.solvers.native.waves.linear import (
    GRAVITY,
    group_speed,
    relative_depth,
    relative_sinh,
)

__all__ = ["Paths", "exposure", "march_swell", "swell_paths"]

_SHALLOWEST = 0.05  # m; thinner water carries no swell


@dataclass(frozen=True)
class Paths:
    """Ways of the swell.

    Attributes
    ----------
    order : (n_reached,) int32
        Triangles reached, each after the one it is reached from.
    parent : (n_face,) int32
        Triangle it is reached from; itself at the boundary.
    distance : (n_face,) float64
        From the parent, m.
    """

    order: np.ndarray
    parent: np.ndarray
    distance: np.ndarray


def swell_paths(site: Site, reference_depth: np.ndarray, sources: np.ndarray) -> Paths:
    """Find the paths of least time from the sources over water.

    Parameters
    ----------
    site : Site
    reference_depth : (n_face,) float64
        m; no path crosses land, where it is not positive.
    sources : (n_source,) int
        Triangles at the boundary.

    Returns
    -------
    Paths
    """
    n = len(site.x)
    wet = reference_depth > 0.0
    left, right = site.edge_left, site.edge_right
    both = wet[left] & wet[right]
    beside = coo_matrix((np.ones(both.sum()), (left[both], right[both])), shape=(n, n)).tocsr()
    beside = beside + beside.T
    # Three triangles at a time: over a mesh of equal triangles no path is then more than 3.5 %
    # longer than the straight one, against 15 % from neighbour to neighbour.
    near = (beside + beside @ beside + beside @ beside @ beside).tocoo()
    a, b = near.row[near.row != near.col], near.col[near.row != near.col]
    distance = np.hypot(site.x[b] - site.x[a], site.y[b] - site.y[a])
    depth = np.maximum(0.5 * (reference_depth[a] + reference_depth[b]), _SHALLOWEST)
    time = coo_matrix((distance / np.sqrt(GRAVITY * depth), (a, b)), shape=(n, n)).tocsr()
    sources = np.unique(sources[wet[sources]])
    if len(sources) == 0:
        nothing = np.zeros(0, np.int32)
        return Paths(nothing, np.arange(n, dtype=np.int32), np.zeros(n))
    arrival, parent, _ = dijkstra(
        time, indices=sources, min_only=True, return_predecessors=True)
    parent = np.where(parent < 0, np.arange(n), parent).astype(np.int32)
    order = np.argsort(arrival, kind="stable")
    order = order[np.isfinite(arrival[order])].astype(np.int32)
    return Paths(order, parent, np.hypot(site.x - site.x[parent], site.y - site.y[parent]))


def exposure(open_sea: np.ndarray, towards: float, spreading: float) -> np.ndarray:
    """Return the factor of the height of (4).

    Parameters
    ----------
    open_sea : (n_direction, n_face) bool
        Which directions lie open to the sea, from ``2 pi j / n_direction``.
    towards : float
        Direction to look in to face the swell, radians counterclockwise from x.
    spreading : float
        s of the spreading function.

    Returns
    -------
    (n_face,) float64
        0 to 1.
    """
    directions = len(open_sea)
    angle = 2.0 * math.pi * np.arange(directions) / directions - towards
    energy = np.abs(np.cos(0.5 * angle)) ** (2.0 * spreading)
    energy /= energy.sum()
    seen = np.zeros(open_sea.shape[1])
    for share, row in zip(energy, open_sea, strict=True):
        seen += share * row
    return np.sqrt(np.minimum(seen, 1.0))


@njit(cache=True)
def march_swell(height_given, period, depth, order, parent, distance, friction, breaking, height,
                speed, sinh_kh):
    """Carry the swell in along the paths: (1) to (3).

    Parameters
    ----------
    height_given, period : float
        At the boundary, m and s.
    depth : (n_face,) float64
        m.
    order, parent, distance : as in `Paths`
    friction : float
        C, m2/s3.
    breaking : float
        gamma.
    height : (n_face,) float64
        Significant height, m; overwritten.
    speed, sinh_kh : (n_face,) float64
        Group speed, m/s, and sinh kh; overwritten where there is swell.
    """
    omega = 2.0 * math.pi / period
    decay = friction * omega * omega / (GRAVITY * GRAVITY)
    height[:] = 0.0
    for i in order:
        h = depth[i]
        if h < _SHALLOWEST:
            continue
        kh = relative_depth(omega, h)
        sinh_kh[i] = relative_sinh(kh)
        speed[i] = group_speed(omega, h, kh, sinh_kh[i])
        j = parent[i]
        if i == j:
            height[i] = min(height_given, breaking * h)
        elif height[j] > 0.0:
            rate = 0.5 * (1.0 / (speed[i] * sinh_kh[i] ** 2) + 1.0 / (speed[j] * sinh_kh[j] ** 2))
            kept = math.exp(-0.5 * decay * rate * distance[i]) * math.sqrt(speed[j] / speed[i])
            height[i] = min(height[j] * kept, breaking * h)
