"""From a case to what a solver needs: mesh, forcing, stations, state at the start."""

from __future__ import annotations

import warnings
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
import xarray as xr
from pyproj import CRS
from pyproj.exceptions import CRSError

from twin_kernel.catalog import RiverDefinition, river_definition, river_sections, tide_gauges
from twin_kernel.catalog.meshes import mesh_recipe, river_mesh
from twin_kernel.errors import InputError, MeshError
from twin_kernel.forcing import (
    add_concentrations,
    add_surge,
    boundary_forcing,
    direction_on_grid,
    to_grid_north,
    weather_series,
)
from twin_kernel.mesh.bed import nearest_section
from twin_kernel.mesh.domain import section_line, without_detours
from twin_kernel.mesh.files import read_mesh
from twin_kernel.mesh.projections import transformer
from twin_kernel.mesh.topology import Mesh
from twin_kernel.runs.case import RIVER_MESH, Case
from twin_kernel.solvers.protocol import Setup, Station

__all__ = ["build_setup", "case_mesh", "initial_salinity"]

_BESIDE = 1000.0  # m that a gauge may lie off the mesh, as those in harbours do


def build_setup(case: Case) -> Setup:
    """Return the setup of a case.

    Raises
    ------
    InputError, MeshError, ForcingError, CatalogError
        Whatever cannot be computed, before anything is written.
    """
    river = river_definition(case.river)
    mesh = case_mesh(case)
    start, stop = (np.datetime64(t.replace(tzinfo=None), "ns") for t in (case.start, case.stop))
    forcing = boundary_forcing(
        river, start, stop, discharge=case.discharge, sea_level_offset=case.sea_level_offset,
        ocean_salinity=case.ocean_salinity)
    forcing = add_concentrations(forcing, river, case.concentrations)
    weather = None
    if case.weather is not None:
        weather = to_grid_north(weather_series(case.weather, forcing["time"].values), mesh)
    if case.surge is not None or case.inverse_barometer:
        forcing = add_surge(forcing, weather=weather if case.inverse_barometer else None,
                            surge=case.surge, mean_pressure=river.mean_air_pressure)
    return Setup(
        mesh=mesh, forcing=forcing, start=start, stop=stop, manning=_manning(case, river, mesh),
        initial_level=float(_at_start(forcing, "water_level")[0]),
        initial_salinity=initial_salinity(mesh, case, river,
                                          float(_at_start(forcing, "discharge").sum())),
        latitude=river.latitude, map_interval=case.map_interval,
        station_interval=case.station_interval, stations=_stations(river, mesh),
        options={**river.solver_options.get(case.solver, {}), **case.solver_options},
        processes=_processes(case, river, mesh, forcing),
        weather=weather,
    )


def case_mesh(case: Case) -> Mesh:
    """Return the mesh of a case, validated, in the projection of its river.

    Raises
    ------
    MeshError
        A mesh brought by the user that no solver can use, or without the river's boundaries.
    """
    if case.mesh == RIVER_MESH:
        return river_mesh(case.river)
    mesh = read_mesh(case.mesh)
    _check_projection(mesh, case.mesh)
    return mesh


def _check_projection(mesh: Mesh, path: str) -> None:
    """Refuse a mesh of unknown place: gauges would be put anywhere on it."""
    try:
        crs = CRS.from_user_input(mesh.crs)
        projected = crs.is_projected and all(axis.unit_conversion_factor == 1.0
                                             for axis in crs.axis_info[:2])
    except CRSError:
        projected = False
    if not projected:
        raise MeshError(
            "The mesh does not say its projection", received=f"{Path(path).name}: {mesh.crs}",
            allowed="a projected reference system in metres, such as EPSG:2154",
            next_step=f"write_ugrid(read_mesh('{path}', crs='EPSG:...'), 'mesh.nc'), then give "
                      "mesh.nc to the case")


def _at_start(forcing, kind: str) -> np.ndarray:
    return forcing["value"].values[forcing["kind"].values == kind, 0]


def _processes(case: Case, river: RiverDefinition, mesh: Mesh, forcing: xr.Dataset
               ) -> dict[str, dict]:
    """Return the options of each process; water starts as what enters then, by its salinity.

    The direction of the swell, from true north, is turned to the axes of the mesh as the weather's.
    """
    processes = {name: {**river.processes.get(name, {}), **given}
                 for name, given in case.processes.items()}
    waves = processes.get("waves", {})
    if isinstance(waves.get("swell_from_direction"), int | float):
        processes["waves"] = {**waves, "swell_from_direction": direction_on_grid(
            waves["swell_from_direction"], mesh)}
    ocean = {"ocean_salinity": case.ocean_salinity or 35.0}
    heat = processes.get("temperature")
    if heat is not None and "temperature" in forcing and not {"initial", "initial_fresh"} & set(
            heat):
        processes["temperature"] = {
            **heat, **ocean, **_entering(forcing, "temperature", "initial", "initial_fresh")}
    quality = processes.get("water_quality")
    if quality is not None and not any(name.startswith("initial_") and name != "initial_saturation"
                                       for name in quality):
        started: dict[str, float] = {}
        at_sea: dict[str, float] = {}
        for name in _STARTED:
            if name in forcing:
                found = _entering(forcing, name, "sea", "river")
                if "river" in found:
                    started[f"initial_{name}"] = found["river"]
                if "sea" in found:
                    at_sea[name] = found["sea"]
        processes["water_quality"] = {**quality, **ocean, **started, "initial_at_sea": at_sea}
    return processes


_STARTED = ("dissolved_organic_carbon", "particulate_organic_carbon", "ammonia", "nitrate")


def _entering(forcing: xr.Dataset, field: str, at_sea: str, in_rivers: str) -> dict[str, float]:
    """Return what enters at the start, meaned over boundaries of a kind, under these names."""
    found = {}
    for name, kind in ((at_sea, "water_level"), (in_rivers, "discharge")):
        values = forcing[field].values[forcing["kind"].values == kind, 0]
        if values.size:
            found[name] = float(values.mean())
    return found


def _manning(case: Case, river: RiverDefinition, mesh: Mesh) -> dict[str, float]:
    manning = {**river.manning(), **case.friction}
    if mesh.zone_names == ("everywhere",) and "everywhere" not in manning:
        manning["everywhere"] = float(np.mean(list(manning.values())))
    missing = [zone for zone in mesh.zone_names if zone not in manning]
    if missing:
        raise InputError("Some friction zones of the mesh have no Manning coefficient",
                         received=", ".join(missing), allowed=", ".join(manning),
                         next_step="give them in the case: friction={'" + missing[0] + "': 0.02}")
    return {zone: manning[zone] * case.friction_factor for zone in mesh.zone_names}


def _stations(river: RiverDefinition, mesh: Mesh) -> tuple[Station, ...]:
    """Return the gauges of the river that lie on the mesh, or in a harbour beside it."""
    gauges = tide_gauges().loc[list(river.gauges)]
    to_mesh = transformer("EPSG:4326", mesh.crs)
    x, y = to_mesh.transform(gauges["longitude"].to_numpy(), gauges["latitude"].to_numpy())
    corners = np.stack([mesh.node_x, mesh.node_y], axis=1)[mesh.face_nodes]
    (which, _), off = shapely.STRtree(shapely.polygons(corners)).query_nearest(
        shapely.points(x, y), return_distance=True, all_matches=False)
    distance = np.empty(len(gauges))
    distance[which] = off
    far = distance > _BESIDE
    if far.any():
        told = ", ".join(f"{name} ({away / 1000.0:.1f} km)" for name, away
                         in zip(gauges.index[far], distance[far], strict=True))
        if far.all():
            raise MeshError(f"The mesh has none of the gauges of the {river.name}",
                            received=f"all of them off it: {told}",
                            allowed=f"a mesh of the river, to {_BESIDE:g} m of one of its gauges",
                            next_step="check its reference system: read_mesh(path, crs='EPSG:...')")
        warnings.warn(f"Gauges off the mesh are left out: {told}", stacklevel=3)
    return tuple(Station(name, float(a), float(b)) for name, a, b, away
                 in zip(gauges.index, x, y, far, strict=True) if not away)


def initial_salinity(mesh: Mesh, case: Case, river: RiverDefinition,
                     discharge: float) -> np.ndarray:
    """Return a first salinity (n_face,), from the ocean's to fresh water upstream.

    A logistic curve along the river whose middle moves seaward with the logarithm of discharge;
    its three numbers are the river's (``[salinity]`` of its definition). It spares the months
    that salt would take to find its place; a run of two weeks keeps some memory of it.

    Parameters
    ----------
    discharge : float
        Of all rivers at the start, m3/s.
    """
    shape, km = river.salinity, _kilometres(mesh, river.name)
    middle = shape.middle_km - shape.km_per_decade * np.log10(max(discharge, 10.0) / 100.0)
    return case.ocean_salinity / (1.0 + np.exp((km - middle) / shape.length_km))


def _kilometres(mesh: Mesh, river: str) -> np.ndarray:
    """Return the kilometre of each triangle (n_face,), found once for a mesh that runs share."""
    key = id(mesh), river
    if key not in _known_kilometres:
        faces = mesh.face_nodes
        _, km = nearest_section(mesh.node_x[faces].mean(axis=1), mesh.node_y[faces].mean(axis=1),
                                _lines(river, mesh.crs))
        while len(_known_kilometres) >= 4:
            _known_kilometres.pop(next(iter(_known_kilometres)))
        _known_kilometres[key] = (mesh, km)  # the mesh too: its number stays its own
    return _known_kilometres[key][1]


_known_kilometres: dict[tuple[int, str], tuple[Mesh, np.ndarray]] = {}


@lru_cache(maxsize=4)
def _lines(river: str, crs: str) -> dict[str, pd.DataFrame]:
    """Return the middle line of each branch: the catalogue does not change under a process."""
    recipe, sections = mesh_recipe(river), without_detours(river_sections(), crs)
    return {name: section_line(sections, name, crs)
            for name in (recipe.trunk, *recipe.reach_from_km)}
