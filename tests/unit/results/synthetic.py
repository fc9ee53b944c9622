"""A run's folder made of formulas, in the format of the native solver's output.

The mesh is a band of triangles laid on the river's own line, so that distances from the mouth
are known; fields are functions of that distance, so that every indicator has an exact answer.
"""

import json
from pathlib import Path

import netCDF4
import numpy as np

from twin_kernel.catalog import river_definition, river_sections, tide_constants, tide_gauges
from twin_kernel.forcing import predict_tide
from twin_kernel.mesh import Mesh, write_ugrid
from twin_kernel.mesh.domain import section_line, without_detours
from twin_kernel.variables import VARIABLES

START = np.datetime64("2015-09-15T00:00:00", "ns")
SALT_AT_MOUTH, SALT_SLOPE = 34.0, 0.5  # practical salinity, per km
BED = -8.0
_HALF_WIDTH = 400.0  # m: every triangle of a reach is near its line


def band(branches=("estuary", "garonne")) -> tuple[Mesh, np.ndarray]:
    """Return a band of triangles each km of a path, and the km of each triangle's centre."""
    sections = without_detours(river_sections(), "EPSG:2154")
    lines = [section_line(sections, name, "EPSG:2154") for name in branches]
    km = np.concatenate([line["km"] for line in lines])
    x, y = (np.concatenate([line[axis] for line in lines]) for axis in "xy")
    at = np.arange(2.0, km[-1], 1.0)
    x, y = np.interp(at, km, x), np.interp(at, km, y)
    along = np.column_stack([np.gradient(x), np.gradient(y)])
    across = np.column_stack([-along[:, 1], along[:, 0]])
    across *= _HALF_WIDTH / np.linalg.norm(across, axis=1, keepdims=True)
    left, right = np.column_stack([x, y]) + across, np.column_stack([x, y]) - across
    n = len(at)
    i = np.arange(n - 1)
    faces = np.concatenate([np.column_stack([i, n + i, i + 1]),
                            np.column_stack([n + i, n + i + 1, i + 1])])
    nodes = np.concatenate([left, right])
    mesh = Mesh(nodes[:, 0], nodes[:, 1], faces, np.full(2 * n, BED), "EPSG:2154",
                "mean sea level", {"ocean": np.array([[0, n]]),
                                   "garonne": np.array([[n - 1, 2 * n - 1]])})
    return mesh, np.concatenate([at, at])[faces].mean(axis=1)


def write_run(folder: Path, *, days=16.0, map_minutes=60, level=None, dry=None) -> Path:
    """Write a run: level(km, hours) on the maps, published tide at the stations.

    Parameters
    ----------
    folder : Path
    days, map_minutes : float
    level : callable, optional
        Of km (n_face,) and hours (n_time, 1); an M2-like cosine by default.
    dry : callable, optional
        Of km, which triangles are dry.
    """
    folder.mkdir(parents=True)
    (folder / "inputs").mkdir()
    mesh, km = band()
    write_ugrid(mesh, folder / "output.nc")
    hours = np.arange(0.0, days * 24 + 1e-9, map_minutes / 60)
    level = level or (lambda km, hours: 1.5 * np.cos(2 * np.pi * hours / 12.42) + 0.0 * km)
    fields = {"water_level": np.broadcast_to(level(km, hours[:, None]), (len(hours), len(km)))}
    fields["water_depth"] = fields["water_level"] - BED
    if dry is not None:
        fields["water_depth"] = np.where(dry(km), 0.0, fields["water_depth"])
    ones = np.ones((len(hours), 1))
    fields["salinity"] = np.maximum(SALT_AT_MOUTH - SALT_SLOPE * km, 0.0) * ones
    fields["velocity_x"], fields["velocity_y"] = 0.3 * ones + 0 * km, 0.4 * ones + 0 * km
    _maps(folder / "output.nc", hours, fields)
    _stations(folder / "stations.nc", days)
    (folder / "summary.json").write_text(json.dumps({"budgets": {"water": {"relative_error": 0}}}))
    (folder / "case.json").write_text(json.dumps({"river": "gironde"}))
    return folder


def _time(file, hours):
    file.createDimension("time", None)
    time = file.createVariable("time", "f8", ("time",))
    time.setncatts({"standard_name": "time", "units": "seconds since 2015-09-15 00:00:00 +00:00",
                    "calendar": "proleptic_gregorian", "axis": "T"})
    time[:] = hours * 3600.0


def _maps(path, hours, fields):
    with netCDF4.Dataset(path, "a") as file:
        _time(file, hours)
        for name, values in fields.items():
            variable = file.createVariable(name, "f4", ("time", "mesh2d_nFaces"),
                                           compression="zlib")
            variable.setncatts({**VARIABLES[name].attributes(), "mesh": "mesh2d",
                                "location": "face", "cell_methods": "time: point"})
            variable[:] = values


def _stations(path, days):
    from pyproj import Transformer

    hours = np.arange(0.0, days * 24 + 1e-9, 1 / 6)
    times = START + (hours * 3600).round().astype("timedelta64[s]")
    names = list(river_definition("gironde").gauges)
    gauges, constants = tide_gauges().loc[names], tide_constants()
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:2154", always_xy=True).transform(
        gauges["longitude"].to_numpy(), gauges["latitude"].to_numpy())
    level = np.column_stack([
        predict_tide(constants[constants["gauge"] == name], times, gauges.at[name, "latitude"])
        for name in names])
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts({"Conventions": "CF-1.11 UGRID-1.0", "featureType": "timeSeries",
                        "crs": "EPSG:2154"})
        _time(file, hours)
        file.createDimension("station", len(names))
        file.createVariable("station_name", str, ("station",)).cf_role = "timeseries_id"
        file["station_name"][:] = np.array(names, dtype=object)
        for name, values in {"x": x, "y": y}.items():
            file.createVariable(name, "f8", ("station",))[:] = values
        for name in ("water_level", "salinity", "velocity_x", "velocity_y"):
            variable = file.createVariable(name, "f8", ("time", "station"))
            variable.setncatts(VARIABLES[name].attributes())
            variable[:] = level if name == "water_level" else np.full(level.shape, 0.5)
