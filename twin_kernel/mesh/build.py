"""Builds the mesh of a river from its shoreline, its sections and a short recipe."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from scipy.spatial import cKDTree

from twin_kernel.mesh.bed import (
    channel_nearness,
    nearest_section,
    section_bed,
    shelf_bed,
    water_samples,
    without_water_beside,
)
from twin_kernel.mesh.conveyance import channel_share, convey
from twin_kernel.mesh.domain import Reach, make_reach, open_water, section_line
from twin_kernel.mesh.edges import edges
from twin_kernel.mesh.generate import boundary_rings, join_reaches, triangulate
from twin_kernel.mesh.improve import cut_corners, improve
from twin_kernel.mesh.recipe import Recipe
from twin_kernel.mesh.renumber import renumber
from twin_kernel.mesh.topology import Mesh
from twin_kernel.mesh.validate import validate

__all__ = ["build_mesh", "zone_correction"]

_SHORE_MOVED = 250.0  # m; shores of the mesh stray from the outline's by less
_MOUTH = 2500.0  # m over which the estuary's bed passes into the shelf's
_TO_REACH = 2.0  # km over which a section passes into the mean bed of a single row
_GROWTH_TO_REACH = 0.12  # per metre; slower than the grading that Netgen itself imposes


def build_mesh(outline, coast, sections: pd.DataFrame, recipe: Recipe) -> Mesh:
    """Build the mesh; the same input gives the same mesh to the last bit.

    Parameters
    ----------
    outline, coast : geopandas.GeoDataFrame
        See `open_water`.
    sections : pandas.DataFrame
        ``branch, km_from_mouth, lon, lat, width_m, bed_mean_m, bed_p05_m … bed_p95_m``.
    recipe : Recipe

    Returns
    -------
    Mesh
        With open boundaries "ocean" and one for each river, and its friction zones.
    """
    crs = recipe.crs
    lines = {name: section_line(sections, name, crs)
             for name in (recipe.trunk, *recipe.reach_from_km)}
    reaches = [make_reach(lines[name], name, km) for name, km in recipe.reach_from_km.items()]
    water = open_water(outline, coast, lines, reaches, crs, recipe.mouth, recipe.ocean_radius)
    centre = np.array(Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(
        *recipe.mouth))
    at_sea = _sea_test(outline.to_crs(crs), centre, recipe.ocean_radius)
    size = _size_function(lines, reaches, recipe, at_sea)
    rings = boundary_rings(water, reaches, _arc_ends(water, centre, recipe.ocean_radius), size)
    nodes, faces = triangulate(rings, size, _background(water, recipe))
    n_open = len(nodes)
    nodes, faces, boundaries = join_reaches(nodes, faces, reaches)
    boundaries = {"ocean": _on_arc(nodes, faces, centre, recipe.ocean_radius), **boundaries}
    open_edges = np.concatenate(list(boundaries.values()))
    faces = cut_corners(faces, open_edges)
    nodes, faces = improve(nodes, faces, np.unique(open_edges))
    one_row = np.arange(len(nodes)) >= n_open
    bed = _bed(nodes, faces, one_row, at_sea, rings, lines, sections, recipe, centre)
    bed = _conveying(nodes, faces, bed, boundaries, lines, sections, recipe)
    zone = _zones(nodes[faces].mean(axis=1), lines, recipe, at_sea)
    mesh = renumber(Mesh(
        node_x=nodes[:, 0].copy(), node_y=nodes[:, 1].copy(), face_nodes=faces,
        node_bed=bed + zone_correction(faces, zone, bed, recipe.zone_names, recipe.bed_correction,
                                       recipe.flats_correction),
        crs=crs, vertical_datum=recipe.vertical_datum, open_boundaries=boundaries,
        face_zone=zone, zone_names=recipe.zone_names,
    ))
    validate(mesh)
    return mesh


def _sea_test(outline, centre: np.ndarray, radius: float):
    """Return a function that tells the points (n, 2) in the ocean: near it and off the outline."""
    estuary = shapely.Polygon(outline.geometry.iloc[0].exterior).buffer(_SHORE_MOVED)
    shapely.prepare(estuary)

    def at_sea(points: np.ndarray) -> np.ndarray:
        near = np.hypot(*(points - centre).T) < 1.01 * radius
        return near & ~shapely.contains_xy(estuary, points)

    return at_sea


def _size_function(lines, reaches: list[Reach], recipe: Recipe, at_sea):
    points = np.concatenate([line[["x", "y"]].to_numpy() for line in lines.values()])
    width = np.concatenate([line["width"].to_numpy() for line in lines.values()])
    largest = np.concatenate([
        np.where(line["km"] < recipe.zone_limit_km, recipe.largest, recipe.largest_landward)
        for line in lines.values()])
    tree = cKDTree(points)
    ends = np.array([[reach.left[0], reach.right[0]] for reach in reaches]).reshape(-1, 2, 2)
    across = np.hypot(*(ends[:, 1] - ends[:, 0]).T)

    def size(at: np.ndarray) -> np.ndarray:
        distance, nearest = tree.query(at)
        h = np.clip(recipe.size_in_width * width[nearest], recipe.smallest, largest[nearest])
        # Towards a reach the edges grow to its first one, which Netgen would split otherwise.
        for end, length in zip(ends, across, strict=True):
            away = shapely.distance(shapely.points(at), shapely.LineString(end))
            h = np.maximum(h, 1.1 * length - _GROWTH_TO_REACH * away)
        sea = np.minimum(recipe.largest + recipe.sea_growth * distance, recipe.largest_at_sea)
        return np.where(at_sea(at), sea, h)

    return size


def _background(water: shapely.Polygon, recipe: Recipe) -> np.ndarray:
    west, south, east, north = water.bounds
    step = recipe.smallest
    x, y = np.meshgrid(np.arange(west, east, step), np.arange(south, north, step))
    inside = shapely.contains_xy(water, x.ravel(), y.ravel())
    return np.stack([x.ravel(), y.ravel()], axis=1)[inside]


def _arc_ends(water: shapely.Polygon, centre: np.ndarray, radius: float) -> np.ndarray:
    """Return the two points where the ocean's arc meets the coast (2, 2)."""
    ring = np.asarray(water.exterior.coords)
    arc = ring[_near_arc(ring, centre, radius)]
    turn = np.angle((arc - centre) @ [1, 1j] / complex(*(arc - centre).mean(axis=0)))
    return arc[[turn.argmin(), turn.argmax()]]


def _near_arc(points: np.ndarray, centre: np.ndarray, radius: float) -> np.ndarray:
    """Tell the points (..., 2) on the ocean's arc, to 2 per mille: chords lie inside it."""
    return np.abs(np.hypot(points[..., 0] - centre[0], points[..., 1] - centre[1]) / radius
                  - 1.0) < 0.002


def _on_arc(nodes, faces, centre, radius) -> np.ndarray:
    """Return the boundary edges whose two nodes lie on the ocean's arc (n, 2)."""
    sides = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    unique, count = np.unique(sides, axis=0, return_counts=True)
    edge = unique[count == 1]
    return edge[_near_arc(nodes[edge], centre, radius).all(axis=1)]


def _zones(points, lines, recipe: Recipe, at_sea) -> np.ndarray:
    branch, km = nearest_section(*points.T, lines)
    names = np.where(branch == recipe.trunk,
                     np.where(km < recipe.zone_limit_km, "lower_estuary", "upper_estuary"), branch)
    for name, from_km in recipe.reach_from_km.items():
        names = np.where((branch == name) & (km >= from_km), f"upper_{name}", names)
    names = np.where(at_sea(points), "ocean", names)
    number = {name: k for k, name in enumerate(recipe.zone_names)}
    return np.array([number[name] for name in names], dtype=np.int64)


def _bed(nodes, faces, one_row, at_sea, rings, lines, sections, recipe: Recipe,
         centre) -> np.ndarray:
    shores = shapely.union_all([_shore(ring, centre, recipe.ocean_radius, first=k == 0)
                                for k, ring in enumerate(rings)])
    shore = shapely.distance(shapely.points(nodes), shores)
    table = edges(faces)
    rim = np.unique(table.nodes[table.boundary])  # improved, nodes of the shore lie a little off it
    shore[rim[~_near_arc(nodes[rim], centre, recipe.ocean_radius)]] = 0.0
    places, away, area = water_samples(nodes, faces, shore)
    branch_there, km_there = nearest_section(*places.T, lines)
    sea_there = at_sea(places)
    branch, km = nearest_section(*nodes.T, lines)
    sea, alone = at_sea(nodes), without_water_beside(table.nodes, shore > 0.0)
    bed = np.empty(len(nodes))
    for name in lines:
        mine = (branch == name) & ~sea
        there = (branch_there == name) & ~sea_there
        to_reach = (recipe.reach_from_km.get(name, np.inf) - km[mine]) / _TO_REACH
        single = one_row[mine] | (alone[mine] & (name in recipe.reach_from_km))
        inward, inward_there = shore[mine], away[there]
        if name == recipe.trunk and recipe.channels:
            inward, inward_there = (
                channel_nearness(*at.T, off, recipe.crs, recipe.channels)
                for at, off in ((nodes[mine], inward), (places[there], inward_there)))
        bed[mine] = section_bed(km[mine], inward, (km_there[there], inward_there, area[there]),
                                sections[sections["branch"] == name],
                                np.where(single, 1.0, np.clip(1.0 - to_reach, 0.0, 1.0)))
    shelf = shelf_bed(*nodes[sea].T, shore[sea], recipe.crs, recipe.shelf)
    distance, nearest = cKDTree(nodes[~sea]).query(nodes[sea])
    estuary = np.exp(-((distance / _MOUTH) ** 2))  # no step between the shelf and the first section
    bed[sea] = (1.0 - estuary) * shelf + estuary * bed[~sea][nearest]
    return bed


def _conveying(nodes, faces, bed, boundaries, lines, sections, recipe: Recipe) -> np.ndarray:
    """Return the bed that conveys what the sections do, where the river is meshed in two ways."""
    touches = {name: np.isin(faces, np.unique(ends)).sum(axis=1) >= 2
               for name, ends in boundaries.items()}
    sources = {name: touches[name] / touches[name].sum() for name in recipe.reach_from_km}
    sources[recipe.trunk] = sum(sources.values()) / len(recipe.reach_from_km)
    tables = {}
    for name in lines:
        table = sections[sections["branch"] == name].sort_values("km_from_mouth")
        last = recipe.reach_from_km.get(name, np.inf)  # one row of triangles has the mean bed
        tables[name] = table[table["km_from_mouth"] <= last]
    branch, km = nearest_section(*nodes.T, lines)
    return convey(nodes, faces, bed, km, branch, tables, touches["ocean"], sources,
                  recipe.conveyance_from_km, recipe.conveyance_bounds)


def zone_correction(faces: np.ndarray, zone: np.ndarray, bed: np.ndarray, names: tuple[str, ...],
                    channels: dict[str, float], flats: dict[str, float]) -> np.ndarray:
    """Return what is added to the bed of the nodes (n_node,), m: the mean of the triangles around.

    `twin_kernel.mesh.conveyance.channel_share` tells flats from channels.

    Parameters
    ----------
    faces : (n_face, 3) int
    zone : (n_face,) int
        Number of the zone of each triangle in `names`.
    bed : (n_node,) float64
        Without the correction, m above the mean level.
    channels, flats : dict of str to float
        By zone, m; none where it is not given.
    """
    around = np.maximum(np.bincount(faces.ravel()), 1)
    in_channels, on_flats = (
        np.bincount(faces.ravel(), np.array([of.get(name, 0.0) for name in names])[zone].repeat(3))
        / around for of in (channels, flats))
    share = channel_share(-bed)
    return share * in_channels + (1.0 - share) * on_flats


def _shore(ring: np.ndarray, centre, radius, first: bool):
    """Return a ring without the ocean's arc."""
    closed = np.concatenate([ring, ring[:1]])
    pairs = np.stack([closed[:-1], closed[1:]], axis=1)
    if first:
        pairs = pairs[~_near_arc(pairs, centre, radius).all(axis=1)]
    return shapely.multilinestrings(shapely.linestrings(pairs))
