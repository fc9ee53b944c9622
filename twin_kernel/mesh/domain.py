"""The outline of the water to be meshed, from shorelines and river sections.

Three parts are made here, in projected metres: the *open water* (ocean, estuary and the wide
lower reaches of the rivers) as one polygon with islands, and for each river a *reach*, a single
row of triangles between two banks, above the point where the river is narrow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d, median_filter

__all__ = ["Reach", "make_reach", "open_water", "section_line", "without_detours"]

_SMALLEST_ISLAND = 2.5e5  # m2; smaller ones are left to the bed
_NARROWEST_INLET = 320.0  # m; narrower arms of the shoreline are closed
_NARROWEST_RIVER = 80.0  # m; a section reported narrower is one of a bar or a weir
_OFF_LINE = 2500.0  # m; a centre further from the median of its neighbours is in a side arm
_DETOUR = 1000.0  # m; a centre by which the way is longer by more lies beside the channel
_ASPECT = 1.2  # base over height of a reach's triangles; 1.15 would be equilateral


@dataclass(frozen=True)
class Reach:
    """A river as one row of triangles.

    Attributes
    ----------
    name : str
        Branch of the sections it follows.
    left, right : (n, 2) float64
        Nodes of the banks from downstream to upstream, m; the right bank lies half a base ahead.
    """

    name: str
    left: np.ndarray
    right: np.ndarray


def section_line(sections: pd.DataFrame, branch: str, crs: str) -> pd.DataFrame:
    """Return a branch as a smooth line: ``km, x, y, width`` every 50 m, width without outliers.

    Parameters
    ----------
    sections : pandas.DataFrame
        ``branch, km_from_mouth, lon, lat, width_m``.
    """
    rows = sections[sections["branch"] == branch].sort_values("km_from_mouth")
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(
        rows["lon"].to_numpy(), rows["lat"].to_numpy())
    x, y = _without_side_arms(x, y)
    width = np.maximum(median_filter(rows["width_m"].to_numpy(dtype=float), 5), _NARROWEST_RIVER)
    km = rows["km_from_mouth"].to_numpy()
    fine = np.arange(km[0], km[-1] + 1e-9, 0.05)
    smooth = {name: gaussian_filter1d(PchipInterpolator(km, values)(fine), 6, mode="nearest")
              for name, values in {"x": x, "y": y}.items()}
    return pd.DataFrame({"km": fine, **smooth, "width": np.interp(fine, km, width)})


def _without_side_arms(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Replace centres that lie off the line of their neighbours, as where an arm was counted."""
    window = min(9, len(x) // 2 * 2 - 1)
    off = np.hypot(x - median_filter(x, window, mode="nearest"),
                   y - median_filter(y, window, mode="nearest"))
    good = off < _OFF_LINE
    number = np.arange(len(x))
    return tuple(np.interp(number, number[good], axis[good]) for axis in (x, y))


def without_detours(sections: pd.DataFrame, crs: str) -> pd.DataFrame:
    """Leave out sections by which the way is much longer than straight past them.

    The centre of a section that counts marshes beside the river lies off the channel: kilometres
    read off a line through it go sideways, then jump. Meshes keep such sections, whose beds are
    right where they are.

    Parameters
    ----------
    sections : pandas.DataFrame
        ``branch, km_from_mouth, lon, lat``.
    crs : str
        Projected, in metres.
    """
    to_crs = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    kept = []
    for _, rows in sections.groupby("branch", sort=False):
        rows = rows.sort_values("km_from_mouth")
        while len(rows) > 3:
            x, y = to_crs.transform(rows["lon"].to_numpy(), rows["lat"].to_numpy())
            leg = np.hypot(np.diff(x), np.diff(y))
            detour = leg[:-1] + leg[1:] - np.hypot(x[2:] - x[:-2], y[2:] - y[:-2])
            worst = int(detour.argmax())
            if detour[worst] < _DETOUR:
                break
            rows = rows.drop(rows.index[worst + 1])
        kept.append(rows)
    return pd.concat(kept)


def _banks(line: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    along = np.stack([np.gradient(line["x"]), np.gradient(line["y"])], axis=1)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    centre, half = line[["x", "y"]].to_numpy(), 0.5 * line["width"].to_numpy()[:, None]
    return centre + half * across, centre - half * across


def make_reach(line: pd.DataFrame, name: str, from_km: float) -> Reach:
    """Place the bank nodes of a reach from `from_km` to the end of its line.

    The base of each triangle follows the local width, so that all are nearly equilateral and
    their circumcentres lie inside.
    """
    line = line[line["km"] >= from_km].reset_index(drop=True)
    distance = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(line["x"]), np.diff(line["y"])))])
    base = _ASPECT * gaussian_filter1d(line["width"].to_numpy(), 20, mode="nearest")
    count = np.concatenate([[0.0], np.cumsum(np.diff(distance) / (0.5 * (base[1:] + base[:-1])))])
    n = int(count[-1] - 0.5)
    left, right = _banks(line)

    def place(bank: np.ndarray, at: np.ndarray) -> np.ndarray:
        return np.stack([np.interp(at, count, bank[:, k]) for k in (0, 1)], axis=1)

    whole = np.arange(n, dtype=float)
    return Reach(name, place(left, whole), place(right, whole + 0.5))


def open_water(outline, coast, lines: dict[str, pd.DataFrame], reaches: list[Reach],
               crs: str, mouth: tuple[float, float], ocean_radius: float) -> shapely.Polygon:
    """Return the open water as one polygon with islands, ending at the reaches.

    Parameters
    ----------
    outline, coast : geopandas.GeoDataFrame
        Estuary polygon; coast with ``kind`` "mainland_coast" (south to north, water on its left
        when the ocean is to the west) and "island".
    lines : dict of str to pandas.DataFrame
        Of each river, from `section_line`.
    reaches : list of Reach
    mouth : tuple of float
        Longitude and latitude of the centre of the ocean part, degrees.
    ocean_radius : float
        m.
    """
    coast, outline = coast.to_crs(crs), outline.to_crs(crs)
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(*mouth)
    disc = shapely.Point(x, y).buffer(ocean_radius, quad_segs=32)
    sea = _sea_west_of(coast[coast["kind"] == "mainland_coast"].geometry, x - 3 * ocean_radius)
    estuary = shapely.make_valid(shapely.Polygon(outline.geometry.iloc[0].exterior))
    # A ball at the mouth joins the sea to the outline, whose end is a straight line across it.
    water = shapely.union_all([sea.intersection(disc), estuary])
    islands = [shape for shape in coast[coast["kind"] == "island"].geometry
               if shape.area > _SMALLEST_ISLAND and water.intersects(shape)]
    water = _without_narrow_arms(water.difference(shapely.union_all(islands)))
    for reach in reaches:
        line = lines[reach.name]
        line = line[line["km"] <= _km_at(line, reach.left[0]) + 0.5]
        discs = shapely.buffer(shapely.points(line[["x", "y"]].to_numpy()), 0.5 * line["width"])
        water = water.union(shapely.union_all(discs))
    return _cut_at_reaches(_without_narrow_arms(water), reaches)


def _without_narrow_arms(water: shapely.Geometry) -> shapely.Polygon:
    """Close inlets, gaps and dead arms narrower than the least width; keep the largest part."""
    r = 0.5 * _NARROWEST_INLET
    opened = shapely.buffer(shapely.buffer(water, -r), 2.0 * r)
    opened = shapely.buffer(opened, -r)
    largest = max(getattr(opened, "geoms", [opened]), key=lambda part: part.area)
    islands = [ring for ring in largest.interiors
               if shapely.Polygon(ring).area > _SMALLEST_ISLAND]
    return shapely.Polygon(largest.exterior, islands)


def _km_at(line: pd.DataFrame, point: np.ndarray) -> float:
    nearest = np.hypot(line["x"] - point[0], line["y"] - point[1]).to_numpy().argmin()
    return float(line["km"].iloc[nearest])


def _sea_west_of(coasts, west: float) -> shapely.Geometry:
    longest = max(coasts, key=lambda line: line.length)
    points = np.asarray(longest.coords)
    ring = np.concatenate([points, [(west, points[-1, 1]), (west, points[0, 1])]])
    return shapely.make_valid(shapely.Polygon(ring))


def _cut_at_reaches(water: shapely.Polygon, reaches: list[Reach]) -> shapely.Polygon:
    """Take away what lies upstream of each reach's first edge, a little widened."""
    for reach in reaches:
        start = np.stack([reach.left[0], reach.right[0]])
        ahead = 0.5 * (reach.left[4] + reach.right[4]) - start.mean(axis=0)
        ahead /= np.linalg.norm(ahead)
        side = (start[0] - start[1]) / np.linalg.norm(start[0] - start[1])
        reach_out = 0.5 * np.linalg.norm(start[0] - start[1])
        corners = [start[0] + reach_out * side, start[1] - reach_out * side]
        box = shapely.Polygon([*corners, corners[1] + 4000 * ahead, corners[0] + 4000 * ahead])
        water = water.difference(box)
        water = max(getattr(water, "geoms", [water]), key=lambda part: part.area)
    return water
