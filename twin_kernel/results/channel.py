"""Places triangles along the channel: branch and distance from the mouth.

The line of each branch comes from the river's sections (`twin_kernel.catalog.river_sections`).
A path such as "garonne" is the estuary followed by that river. Seaward of the line's first point
there is no distance from the mouth: those triangles belong to branch "ocean".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from twin_kernel.errors import InputError
from twin_kernel.results.opening import Results

__all__ = ["PATHS", "Reaches", "channel_position", "reaches", "station_km"]

PATHS: dict[str, tuple[str, ...]] = {
    "estuary": ("estuary",),
    "garonne": ("estuary", "garonne"),
    "dordogne": ("estuary", "dordogne"),
}
"""Branches that follow one another from the mouth, by name of path."""

_FARTHEST = 9000.0  # m from the line; the estuary is 11 km wide, so farther is another water
_WIDE_UNTIL, _BESIDE = 60.0, 2000.0  # km; m: further up, a point farther off is on another branch


@dataclass(frozen=True)
class Reaches:
    """A path from the mouth cut in pieces of equal length.

    Attributes
    ----------
    path : str
    km : (n_reach,) float64
        Middle of each reach, km from the mouth.
    face_reach : (n_face,) int64
        Reach of each triangle, -1 where it lies on another branch or at sea.
    deepest : (n_reach,) int64
        The triangle of each reach with the lowest bed: it stands for the channel.
    """

    path: str
    km: np.ndarray
    face_reach: np.ndarray
    deepest: np.ndarray

    def mean(self, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return the weighted mean over each reach, (..., n_reach); NaN where the weight is 0.

        Parameters
        ----------
        values, weight : (..., n_face) float64
        """
        inside = np.flatnonzero(self.face_reach >= 0)
        order = inside[np.argsort(self.face_reach[inside], kind="stable")]
        starts = np.searchsorted(self.face_reach[order], np.arange(len(self.km)))
        weight = np.broadcast_to(weight, values.shape)[..., order]
        total = np.add.reduceat(weight, starts, axis=-1)
        product = np.where(weight > 0.0, values[..., order] * weight, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(total > 0, np.add.reduceat(product, starts, axis=-1) / total, np.nan)


def channel_position(results: Results, x: np.ndarray | None = None, y: np.ndarray | None = None,
                     ) -> pd.DataFrame:
    """Return branch and distance from the mouth of each triangle, or of given points.

    Parameters
    ----------
    results : Results
    x, y : (n,) float64, optional
        Points in the projection of the mesh, m; the centres of the triangles by default.

    Returns
    -------
    pandas.DataFrame
        ``branch`` ("estuary", "garonne", "dordogne" or "ocean") and ``km`` (km from the mouth,
        NaN at sea).

    Raises
    ------
    InputError
        Where the mesh has no known projection, so that it cannot be laid on the river.
    """
    if x is None or y is None:
        x, y = (axis[results.face_nodes].mean(axis=1) for axis in results.node_xy)
    return _place(_line(results), x, y, _FARTHEST)


def _place(line: pd.DataFrame, x: np.ndarray, y: np.ndarray, farthest: float) -> pd.DataFrame:
    """Return branch and km of the nearest point of the line; "ocean" before it or far off."""
    from scipy.spatial import cKDTree

    distance, nearest = cKDTree(line[["x", "y"]].to_numpy()).query(np.column_stack([x, y]))
    km = line["km"].to_numpy()[nearest]
    at_sea = (km <= line["km"].min()) | (distance > farthest)
    branch = line["branch"].to_numpy(dtype=object)[nearest]
    return pd.DataFrame({"branch": np.where(at_sea, "ocean", branch),
                         "km": np.where(at_sea, np.nan, km)})


def reaches(results: Results, path: str = "garonne", length: float = 2.0) -> Reaches:
    """Cut a path from the mouth into reaches that each hold at least one triangle.

    Parameters
    ----------
    results : Results
    path : str
        A key of `PATHS`.
    length : float
        Length of a reach, km.

    Raises
    ------
    InputError
        Unknown path, length not positive, or a mesh without triangles on the path.
    """
    if path not in PATHS:
        raise InputError("Unknown path along the river", received=repr(path),
                         allowed=", ".join(PATHS), next_step="use one of these")
    if not length > 0:
        raise InputError("The length of a reach must be positive", received=f"{length} km",
                         allowed="more than 0 km", next_step="2 km suits the Gironde")
    position = channel_position(results)
    on_path = position["branch"].isin(PATHS[path]).to_numpy()
    if not on_path.any():
        raise InputError("The mesh has no triangle on this path", received=path,
                         allowed=", ".join(sorted(position["branch"].unique())),
                         next_step="choose a path that the mesh covers")
    number = np.floor(position["km"].to_numpy()[on_path] / length).astype(np.int64)
    present, compact = np.unique(number, return_inverse=True)
    face_reach = np.full(results.n_face, -1, dtype=np.int64)
    face_reach[on_path] = compact
    return Reaches(path, (present + 0.5) * length, face_reach, _deepest(results, face_reach))


def station_km(results: Results, path: str = "garonne") -> pd.Series:
    """Return the distance from the mouth of the stations on a path, km, from the sea upwards.

    A gauge where two rivers meet, as Ambès, lies on both paths.
    """
    stations, line = results.stations, _line(results)
    line = line[line["branch"].isin(PATHS[path])]
    x, y = stations["x"].values, stations["y"].values
    distance = np.hypot(x[:, None] - line["x"].to_numpy(), y[:, None] - line["y"].to_numpy())
    km = line["km"].to_numpy()[distance.argmin(axis=1)]
    limit = np.where(km < _WIDE_UNTIL, _FARTHEST, _BESIDE)
    names = pd.Index(stations["station"].values, name="station")
    found = pd.Series(km, index=names)[distance.min(axis=1) < limit]
    return found.sort_values()


def _deepest(results: Results, face_reach: np.ndarray) -> np.ndarray:
    bed = results.dataset["bed_level"].values[results.face_nodes].mean(axis=1)
    order = np.lexsort((bed, face_reach))
    order = order[face_reach[order] >= 0]
    first = np.flatnonzero(np.diff(face_reach[order], prepend=-1))
    return order[first]


def _line(results: Results) -> pd.DataFrame:
    """Return the river's line in the projection of the mesh: branch, km, x, y."""
    import pyproj

    from twin_kernel.catalog import river_sections
    from twin_kernel.mesh.domain import section_line, without_detours

    crs = results.dataset.attrs.get("crs", "")
    try:
        pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        raise InputError("The mesh has no known projection: it cannot be laid on the river",
                         received=repr(crs), allowed="a name such as 'EPSG:2154'",
                         next_step="state the projection when the mesh is read") from None
    sections = without_detours(river_sections(), crs)
    branches = [name for name in ("estuary", "garonne", "dordogne")
                if name in set(sections["branch"])]
    lines = [section_line(sections, name, crs).assign(branch=name) for name in branches]
    return pd.concat(lines, ignore_index=True)
