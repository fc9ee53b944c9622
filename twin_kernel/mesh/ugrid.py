"""Writes and reads meshes as UGRID-1.0 NetCDF, exact to the last bit."""

from __future__ import annotations

import os
import re
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyproj
import xarray as xr

from twin_kernel.errors import MeshError
from twin_kernel.mesh.projections import transformer
from twin_kernel.mesh.topology import Mesh
from twin_kernel.variables import VARIABLES

__all__ = ["read_ugrid", "to_dataset", "write_ugrid"]

_NAME = "mesh2d"
_WORD = re.compile(r"[\w.+-]+")  # what CF lets be one of several flag meanings
_METRES = ("m", "metre", "metres", "meter", "meters")
_BED_NAMES = ("altitude", "ground_level_altitude", "sea_floor_depth_below_geoid",
              "sea_floor_depth_below_mean_sea_level")


def to_dataset(mesh: Mesh) -> xr.Dataset:
    """Return the mesh as a UGRID/CF dataset, with degrees too where its CRS is known.

    Raises
    ------
    MeshError
        Where the name of an open boundary or zone is not one word: files list them by spaces.
    """
    bad = [name for name in (*mesh.open_boundaries, *mesh.zone_names) if not _WORD.fullmatch(name)]
    if bad:
        raise MeshError("Names of boundaries and zones must be single words",
                        received=", ".join(map(repr, bad)),
                        allowed="letters, digits and _ . + -, as in 'open_sea'",
                        next_step="rename them, boundaries by twin_kernel.mesh.rename_boundaries")
    node, face = f"{_NAME}_nNodes", f"{_NAME}_nFaces"
    axis = {a: {"standard_name": f"projection_{a}_coordinate", "units": "m"} for a in "xy"}
    face_x, face_y = (a[mesh.face_nodes].mean(axis=1) for a in (mesh.node_x, mesh.node_y))
    dataset = xr.Dataset({
        _NAME: ((), np.int32(0), {
            "cf_role": "mesh_topology", "long_name": "triangles", "topology_dimension": 2,
            "node_coordinates": f"{_NAME}_node_x {_NAME}_node_y",
            "face_coordinates": f"{_NAME}_face_x {_NAME}_face_y",
            "face_node_connectivity": f"{_NAME}_face_nodes", "face_dimension": face}),
        f"{_NAME}_node_x": (node, mesh.node_x, axis["x"]),
        f"{_NAME}_node_y": (node, mesh.node_y, axis["y"]),
        f"{_NAME}_face_x": (face, face_x, axis["x"]),
        f"{_NAME}_face_y": (face, face_y, axis["y"]),
        f"{_NAME}_face_nodes": ((face, "three"), mesh.face_nodes.astype(np.int32), {
            "cf_role": "face_node_connectivity", "start_index": 0,
            "long_name": "nodes of each triangle, counterclockwise"}),
        "bed_level": (node, mesh.node_bed, {
            **VARIABLES["bed_level"].attributes(), "mesh": _NAME, "location": "node",
            "vertical_datum": mesh.vertical_datum}),
        "face_zone": (face, mesh.face_zone.astype(np.int32), {
            "long_name": "friction zone", "mesh": _NAME, "location": "face",
            "flag_values": np.arange(len(mesh.zone_names), dtype=np.int32),
            "flag_meanings": " ".join(mesh.zone_names)}),
    }, attrs={"Conventions": "CF-1.11 UGRID-1.0", "crs": mesh.crs,
              "vertical_datum": mesh.vertical_datum,
              "open_boundaries": " ".join(mesh.open_boundaries)})
    for name, edges in mesh.open_boundaries.items():
        dataset[f"boundary_{name}"] = ((f"n_{name}", "two"), np.asarray(edges, dtype=np.int32), {
            "long_name": f"node pairs of the open boundary '{name}'", "start_index": 0})
    return _with_degrees(dataset, mesh)


def _with_degrees(dataset: xr.Dataset, mesh: Mesh) -> xr.Dataset:
    try:
        crs = pyproj.CRS.from_user_input(mesh.crs)
    except pyproj.exceptions.CRSError:
        return dataset  # a laboratory basin lies nowhere on Earth
    to_degrees = transformer(crs, "EPSG:4326")
    for place in ("node", "face"):
        x, y = (dataset[f"{_NAME}_{place}_{a}"] for a in "xy")
        longitude, latitude = to_degrees.transform(x.values, y.values)
        dataset[f"{_NAME}_{place}_longitude"] = (x.dims, longitude, {
            "standard_name": "longitude", "units": "degrees_east"})
        dataset[f"{_NAME}_{place}_latitude"] = (x.dims, latitude, {
            "standard_name": "latitude", "units": "degrees_north"})
    dataset["projection"] = ((), np.int32(0), crs.to_cf())
    for name in ("bed_level", "face_zone"):
        dataset[name].attrs["grid_mapping"] = "projection"
    return dataset


def write_ugrid(mesh: Mesh, path: Path | str) -> None:
    """Write a mesh; the file appears whole or not at all, whoever else writes it meanwhile."""
    path = Path(path)
    partial = path.with_name(f"{path.name}.{uuid4().hex}.part")
    dataset = to_dataset(mesh)
    floats = {name: {"_FillValue": None} for name in dataset.variables}
    try:
        dataset.to_netcdf(partial, engine="netcdf4", format="NETCDF4", encoding=floats)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read_ugrid(path: Path | str, crs: str | None = None) -> Mesh:
    """Read a mesh of triangles from UGRID NetCDF, written here or elsewhere.

    Parameters
    ----------
    crs : str, optional
        Where the file does not say.

    Raises
    ------
    MeshError
        Where there is no topology, it names what the file does not hold, coordinates are not in
        metres, a face is not a triangle, or there is no bed level.
    """
    try:
        with xr.open_dataset(path, engine="netcdf4") as dataset:
            dataset = dataset.load()
    except (OSError, ValueError) as error:
        raise MeshError("The file cannot be read as NetCDF", received=f"{path}: {error}",
                        allowed="UGRID NetCDF", next_step="write or copy it again") from error
    name = next((v for v in dataset.variables
                 if dataset[v].attrs.get("cf_role") == "mesh_topology"), None)
    if name is None:
        raise MeshError("The file holds no mesh", received=str(path),
                        allowed="UGRID NetCDF with a variable of cf_role 'mesh_topology'",
                        next_step="write it with twin_kernel.mesh.write_ugrid")
    try:
        return _mesh(dataset, dataset[name].attrs, path, crs)
    except KeyError as error:
        raise MeshError("The mesh in the file is not complete",
                        received=f"{path}: {error.args[0]}",
                        allowed="all variables and attributes that its topology needs (UGRID-1.0)",
                        next_step="write it again with the tool that made it") from error


def _mesh(dataset: xr.Dataset, topology: dict, path: Path | str, crs: str | None) -> Mesh:
    connectivity = dataset[topology["face_node_connectivity"]]
    if topology.get("face_dimension") in connectivity.dims[1:]:
        connectivity = connectivity.transpose(topology["face_dimension"], ...)
    faces = connectivity.values
    if faces.ndim != 2 or faces.shape[1] != 3 or not np.isfinite(faces).all():
        raise MeshError("The mesh has faces that are not triangles",
                        received=f"connectivity of shape {faces.shape}", allowed="(n_face, 3)",
                        next_step="split quadrilaterals before")
    faces = faces.astype(np.int64) - int(connectivity.attrs.get("start_index", 0))
    x, y = (_metres(dataset[v]) for v in topology["node_coordinates"].split()[:2])
    return Mesh(x, y, faces, _bed(dataset, len(x), path),
                crs=_stated_crs(dataset) or crs or "unknown",
                vertical_datum=dataset.attrs.get("vertical_datum", "not stated"),
                **_zones_and_boundaries(dataset))


def _metres(coordinate: xr.DataArray) -> np.ndarray:
    units = str(coordinate.attrs.get("units", "m"))
    degrees = coordinate.attrs.get("standard_name") in ("longitude", "latitude")
    if degrees or units not in _METRES:
        raise MeshError("The coordinates of the mesh are not in metres",
                        received=f"{coordinate.name} in {'degrees' if degrees else units}",
                        allowed="projected coordinates in m",
                        next_step="project the mesh first, for example to EPSG:2154")
    return coordinate.values.astype(float)


def _stated_crs(dataset: xr.Dataset) -> str | None:
    """Return the CRS by the twin's attribute or else CF's grid mapping; None where unsaid."""
    stated = dataset.attrs.get("crs")
    if stated and stated != "unknown":
        return stated
    for variable in dataset.variables.values():
        if {"crs_wkt", "grid_mapping_name"} & variable.attrs.keys():
            try:
                return pyproj.CRS.from_cf(variable.attrs).to_string()
            except (pyproj.exceptions.CRSError, KeyError):
                continue  # some tools write mappings that name no projection
    return None


def _bed(dataset: xr.Dataset, n_node: int, path: Path | str) -> np.ndarray:
    for variable in dataset.data_vars.values():
        attributes = variable.attrs
        standard = attributes.get("standard_name", "")
        if (variable.name == "bed_level" or standard in _BED_NAMES) and variable.size == n_node:
            down = attributes.get("positive", "down" if "depth" in standard else "up") == "down"
            return (-1.0 if down else 1.0) * variable.values.astype(float).reshape(-1)
    raise MeshError("The mesh has no bed level at its nodes", received=str(path),
                    allowed="a node variable 'bed_level', or of standard name 'altitude'",
                    next_step="add the bed level, in m, to the file under one of these names")


def _zones_and_boundaries(dataset: xr.Dataset) -> dict:
    found: dict = {"open_boundaries": {
        name: dataset[f"boundary_{name}"].values.astype(np.int64)
        for name in dataset.attrs.get("open_boundaries", "").split()}}
    if "face_zone" in dataset:
        found["face_zone"] = dataset["face_zone"].values.astype(np.int64)
        found["zone_names"] = tuple(dataset["face_zone"].attrs["flag_meanings"].split())
    return found
