r"""Lets every kilometre of a meshed river convey what its section does.

Triangles are coarse beside islands and in narrow arms: nodes of the shore are shallow, and water
that passes through one or two triangles meets their banks. Steady flow by Manning's law through
both, linearised about the same velocity, tells how much is missing (Chow 1959, ch. 6):

.. math::

   \nabla\cdot(h^{5/3}\nabla\phi) = 0, \qquad
   K_{mesh} = \frac{Q\,\Delta s}{\Delta\phi}, \qquad
   K_{section} = W \int_0^1 h(q)^{5/3}\,dq

with h(q) the depth that a fraction q of the section exceeds. Depths are multiplied by
:math:`(K_{section}/K_{mesh})^{3/5}`, kilometre by kilometre, within bounds, a few times; those of
the flats are not, which store what the sections say and convey little.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d
from scipy.sparse import coo_matrix, diags
from scipy.sparse.linalg import spsolve

from twin_kernel.mesh.edges import edges

__all__ = ["channel_share", "convey", "mesh_conveyance", "section_conveyance"]

_POWER = 5.0 / 3.0
_QUANTILES = np.array([0.05, 0.25, 0.50, 0.75, 0.95])
_COLUMNS = ["bed_p05_m", "bed_p25_m", "bed_p50_m", "bed_p75_m", "bed_p95_m"]
_SHALLOWEST = 0.02  # m; keeps dry edges in the system
_ROUNDS = 8
_FLATS = (2.0, 4.0)  # m; shallower ground keeps its level, deeper ground is moved wholly
_LEAST_COTANGENT = 0.15  # of a pair: centres that fall together would convey without bound
_SMOOTHING = 1.0  # sections


def section_conveyance(sections: pd.DataFrame, level: float) -> np.ndarray:
    """Return the conveyance of sections (n,), m^(8/3), under a level (m) over their bed quantiles.

    Divided by Manning's n it is that of Chow (1959, eq. 6-3).
    """
    fraction = np.linspace(0.01, 0.99, 99)
    beds = np.array([np.interp(fraction, _QUANTILES, row)
                     for row in sections[_COLUMNS].to_numpy(dtype=float)])
    depth = np.maximum(level - beds, 0.0)
    return sections["width_m"].to_numpy(dtype=float) * np.mean(depth**_POWER, axis=1)


def mesh_conveyance(nodes: np.ndarray, faces: np.ndarray, bed: np.ndarray, km: np.ndarray,
                    at: np.ndarray, sea: np.ndarray, sources: np.ndarray, level: float,
                    mine: np.ndarray) -> np.ndarray:
    """Return the conveyance of a mesh between successive kilometres.

    Parameters
    ----------
    nodes, faces, bed : (n_node, 2), (n_face, 3), (n_node,)
        The mesh, m.
    km : (n_face,) float64
        Distance of each triangle from the mouth, km.
    at : (n_section,) float64
        Kilometres, ascending.
    sea : (n_face,) bool
        Where the water goes.
    sources : (n_face,) float64
        How much enters where; only the part that passes a branch is taken as 1.
    level : float
        m.
    mine : (n_face,) bool
        Triangles of the branch.

    Returns
    -------
    (n_section - 1,) float64
        m^(8/3); NaN where no head is lost.
    """
    potential = _potential(nodes, faces, bed, sea, sources, level)
    x, y = nodes[faces][..., 0], nodes[faces][..., 1]
    area = 0.5 * np.abs((x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0])
                        - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0]))
    middles = 0.5 * (at[1:] + at[:-1])
    number = np.where(mine, np.digitize(km, middles), len(at))
    total = np.bincount(number, area, len(at) + 1)[:-1]
    head = np.bincount(number, area * potential, len(at) + 1)[:-1] / np.maximum(total, 1e-9)
    place = np.bincount(number, area * km, len(at) + 1)[:-1] / np.maximum(total, 1e-9)
    lost = np.diff(head)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(lost > 0, 1000.0 * np.diff(place) / lost, np.nan)


def _potential(nodes, faces, bed, sea, sources, level) -> np.ndarray:
    table = edges(faces)
    inner = table.second >= 0
    first, second = table.first[inner], table.second[inner]
    ends = table.nodes[inner]
    depth = np.maximum(level - bed[ends].mean(axis=1), _SHALLOWEST)
    both = sum(_cotangent(nodes, faces[face], ends) for face in (first, second))
    weight = 2.0 / np.maximum(both, _LEAST_COTANGENT) * depth**_POWER
    n = len(faces)
    matrix = coo_matrix(
        (np.concatenate([weight, weight, -weight, -weight]),
         (np.concatenate([first, second, first, second]),
          np.concatenate([first, second, second, first]))), shape=(n, n)).tocsc()
    return spsolve(matrix + diags(np.where(sea, 1e12, 0.0)).tocsc(), sources)


def _cotangent(nodes: np.ndarray, corners: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the cotangent of the angle of each triangle opposite to an edge."""
    opposite = corners.sum(axis=1) - ends.sum(axis=1)
    a, b = nodes[ends[:, 0]] - nodes[opposite], nodes[ends[:, 1]] - nodes[opposite]
    return (a * b).sum(axis=1) / np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def channel_share(depth: np.ndarray) -> np.ndarray:
    """Return what part of a change of the bed a depth (m) takes, 0 on flats to 1 in channels.

    Flats store water and dry: moved with the channel, they would do neither.
    """
    return np.clip((depth - _FLATS[0]) / (_FLATS[1] - _FLATS[0]), 0.0, 1.0)


def convey(nodes: np.ndarray, faces: np.ndarray, bed: np.ndarray, node_km: np.ndarray,
           branch: np.ndarray, sections: dict[str, pd.DataFrame], sea: np.ndarray,
           sources: dict[str, np.ndarray], from_km: float, bounds: tuple[float, float],
           level: float = 0.0) -> np.ndarray:
    """Return the bed (n_node,) that conveys, by branch and kilometre, what the sections do.

    Parameters
    ----------
    node_km, branch : (n_node,)
        Distance from the mouth, km, and name of the branch of each node.
    sections : dict of str to pandas.DataFrame
        By branch, ascending in ``km_from_mouth``.
    sea : (n_face,) bool
    sources : dict of str to (n_face,) float64
        For each branch, what enters upstream of it, 1 in all.
    from_km : float
        Seaward of it nothing changes: where the estuary is wide the flow does not follow its axis.
    bounds : tuple of float
        Smallest and largest factor of the depth.
    level : float
        At which sections and mesh are compared, m.
    """
    names, km = branch[faces], node_km[faces].mean(axis=1)
    factors = {name: np.ones(len(table)) for name, table in sections.items()}
    out = bed.copy()
    for _ in range(_ROUNDS):
        for name, table in sections.items():
            at = table["km_from_mouth"].to_numpy(dtype=float)
            wanted = section_conveyance(table, level)
            wanted = 2.0 / (1.0 / wanted[1:] + 1.0 / wanted[:-1])
            # Water above the last section is no part of it: its head would be lost in that one.
            mine = ((names == name).sum(axis=1) >= 2) & (km <= at[-1] + 0.5 * (at[-1] - at[-2]))
            found = mesh_conveyance(nodes, faces, out, km, at, sea, sources[name], level, mine)
            change = np.where(np.isfinite(found) & (at[1:] > from_km), (wanted / found) ** 0.6, 1.0)
            change = np.clip(np.interp(at, 0.5 * (at[1:] + at[:-1]), change), 0.7, 1.4)
            smooth = gaussian_filter1d(factors[name] * change, _SMOOTHING, mode="nearest")
            factors[name] = np.where(at > from_km, np.clip(smooth, *bounds), 1.0)
        out = bed.copy()
        for name, table in sections.items():
            chosen = (branch == name) & (bed < level)
            at = table["km_from_mouth"].to_numpy(dtype=float)
            factor = np.interp(node_km[chosen], at, factors[name], right=1.0)
            depth = level - bed[chosen]
            out[chosen] = level - depth * (1.0 + (factor - 1.0) * channel_share(depth))
    return out
