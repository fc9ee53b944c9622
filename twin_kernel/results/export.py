"""Writes a part of the maps to a NetCDF file that stands on its own (UGRID/CF)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from twin_kernel.errors import InputError, StorageError
from twin_kernel.results.opening import Results
from twin_kernel.results.selecting import SPEED, check_field, field_of, frames_between

__all__ = ["export_netcdf"]


def export_netcdf(results: Results, path: Path | str, *, variables: Sequence[str] | None = None,
                  period: tuple[Any, Any] | None = None,
                  bbox: tuple[float, float, float, float] | None = None,
                  overwrite: bool = False) -> Path:
    """Write maps to a NetCDF file; it appears whole or not at all.

    Parameters
    ----------
    results : Results
    path : Path or str
        File to write.
    variables : sequence of str, optional
        Fields of the maps, "current_speed" included; all stored ones by default. The bed goes
        with every file.
    period : (start, stop), optional
        UTC, both ends included; all by default.
    bbox : (west, south, east, north), optional
        Degrees; triangles whose centre lies within are kept, whole.
    overwrite : bool
        Replace an existing file.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        Unknown variable, period outside the maps, a box without water, or an existing file.
    StorageError
        Where the file cannot be written.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise InputError("The file exists already", received=str(path), allowed="a new file",
                         next_step="choose another name, or give overwrite=True")
    chosen = _fields(results, variables)
    frames = frames_between(results.times, period)
    dataset = _mesh_and(results, chosen).isel(time=frames)
    if bbox is not None:
        dataset = _cut(results, dataset, bbox)
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    dataset.attrs["history"] = "\n".join(filter(None, (
        dataset.attrs.get("history"), f"{stamp} exported from run {results.folder.name}")))
    _write(dataset, path, chosen)
    return path


def _fields(results: Results, variables: Sequence[str] | None) -> list[str]:
    timed = [str(name) for name, field in results.dataset.data_vars.items() if "time" in field.dims]
    if variables is None:
        return timed
    chosen = [variables] if isinstance(variables, str) else list(variables)
    if not chosen:
        raise InputError("No variable was asked for", received="[]", allowed=", ".join(timed),
                         next_step="leave variables out to take all")
    for name in chosen:
        check_field(results.dataset, name)
    return [name for name in chosen if name in timed or name == SPEED]


def _mesh_and(results: Results, chosen: list[str]) -> xr.Dataset:
    """Return mesh, bed and the chosen fields."""
    source = results.dataset
    dataset = source.drop_vars([name for name, field in source.data_vars.items()
                                if "time" in field.dims and name not in chosen])
    if SPEED in chosen and SPEED not in source:
        like = source["velocity_x"].attrs
        speed = field_of(source, SPEED).astype(np.float32)
        kept = {key: like[key] for key in ("mesh", "location", "cell_methods") if key in like}
        dataset[SPEED] = speed.assign_attrs(kept)
    if "projection" in dataset:
        for name in chosen:
            dataset[name].attrs["grid_mapping"] = "projection"
    return dataset


def _cut(results: Results, dataset: xr.Dataset, bbox: tuple[float, ...]) -> xr.Dataset:
    """Keep the triangles whose centre lies in the box, with their nodes numbered anew."""
    if results.node_degrees is None:
        raise InputError("The mesh has no longitudes and latitudes", received=f"bbox={bbox}",
                         allowed="no bbox", next_step="leave bbox out")
    west, south, east, north = (float(side) for side in bbox)
    longitude, latitude = results.node_degrees
    x, y = (axis[results.face_nodes].mean(axis=1) for axis in (longitude, latitude))
    kept = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
    if len(kept) == 0:
        raise InputError(
            "The box holds no triangle", received=f"{bbox}",
            allowed=f"(west, south, east, north) within {longitude.min():.2f}, "
                    f"{latitude.min():.2f}, {longitude.max():.2f}, {latitude.max():.2f}",
            next_step="move or widen the box")
    attributes = dataset[results.topology].attrs
    table_name = attributes["face_node_connectivity"]
    nodes, numbered = np.unique(results.face_nodes[kept], return_inverse=True)
    table = dataset[table_name]
    faces = (numbered.reshape(-1, 3) + int(table.attrs.get("start_index", 0))).astype(np.int32)
    face_dim, node_dim = table.dims[0], dataset[attributes["node_coordinates"].split()[0]].dims[0]
    # Node pairs of the open boundaries are numbers of the whole mesh: they mean nothing in a part.
    names = dataset.attrs.get("open_boundaries", "").split()
    part = dataset.drop_vars([f"boundary_{name}" for name in names])
    part = part.isel({face_dim: kept, node_dim: nodes})
    part[table_name] = (table.dims, faces, table.attrs)
    part.attrs["open_boundaries"] = ""
    return part


def _write(dataset: xr.Dataset, path: Path, chosen: list[str]) -> None:
    partial = path.with_name(path.name + ".part")
    encoding: dict[str, dict[str, Any]] = {
        str(name): {"_FillValue": None} for name in dataset.variables}
    for name in chosen:
        encoding[name] |= {"zlib": True, "complevel": 4, "shuffle": True, "dtype": "float32",
                           "chunksizes": (1, dataset.sizes[dataset[name].dims[-1]])}
    first = np.datetime_as_string(dataset["time"].values[0], unit="s").replace("T", " ")
    encoding["time"] |= {"units": f"seconds since {first}", "dtype": "float64",
                         "calendar": "proleptic_gregorian"}
    dataset = dataset.drop_encoding()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        dataset.to_netcdf(partial, engine="netcdf4", encoding=encoding)
        os.replace(partial, path)
    except OSError as error:
        raise StorageError("The file cannot be written", received=f"{path} ({error})",
                           allowed="a folder you may write in, on a disk with room",
                           next_step="give another path") from error
    finally:
        partial.unlink(missing_ok=True)
