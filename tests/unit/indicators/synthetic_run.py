"""A run folder as the solver leaves it, with a tide and a salinity that are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from twin_kernel.catalog import gauge_constants, river_sections, tide_gauges
from twin_kernel.forcing import predict_tide
from twin_kernel.mesh import Mesh, to_dataset
from twin_kernel.mesh.domain import section_line, without_detours

GAUGES = ("Port-Bloc", "Bordeaux")
LATITUDE, CRS = 45.2, "EPSG:2154"
AMPLITUDE, PHASE_PER_KM = 1.5, 1.0  # m of M2, the same everywhere; degrees of lag per km
SALT_LIMIT_KM = 40.0  # where the straight fall from 35 at the mouth reaches 2


def strip() -> tuple[Mesh, np.ndarray]:
    """Return the estuary and the Garonne as a strip of triangles, and the km of each."""
    sections = without_detours(river_sections(), CRS)
    lines = [section_line(sections, name, CRS) for name in ("estuary", "garonne")]
    line = pd.concat(lines).drop_duplicates("km").sort_values("km").iloc[10::20]
    x, y, km = (line[name].to_numpy() for name in ("x", "y", "km"))
    along = np.stack([np.gradient(x), np.gradient(y)]) / np.hypot(np.gradient(x), np.gradient(y))
    side = 100.0 * np.stack([-along[1], along[0]])
    n, first = len(x), np.arange(len(x) - 1)
    right, left = first + n, first
    faces = np.concatenate([np.stack([right, right + 1, left], 1),
                            np.stack([right + 1, left + 1, left], 1)])
    mesh = Mesh(np.r_[x + side[0], x - side[0]], np.r_[y + side[1], y - side[1]], faces,
                np.full(2 * n, -10.0), crs=CRS, vertical_datum="mean sea level")
    return mesh, np.concatenate([km[:-1] + (km[1:] - km[:-1]) * part for part in (1 / 3, 2 / 3)])


def m2(times: np.ndarray, lag: float) -> np.ndarray:
    """Return M2 of `AMPLITUDE` with a lag in degrees."""
    constants = pd.DataFrame({"constituent": ["M2"], "amplitude": [AMPLITUDE], "phase": [lag]})
    return predict_tide(constants, times, LATITUDE)


def write_run(folder: Path, days: float = 3.0, factor: float = 1.0) -> Path:
    """Write ``output.nc``, ``stations.nc`` and ``summary.json``.

    Stations carry the gauges' own tide times `factor`, 0.3 m too high and 10 minutes late.
    """
    folder.mkdir(parents=True)
    times = np.datetime64("2015-09-01", "ns") + np.arange(days * 24 + 1) * np.timedelta64(1, "h")
    mesh, km = strip()
    cosine, sine = m2(times, 0.0), m2(times, 90.0)
    lag = np.radians(PHASE_PER_KM * km)
    level = cosine[:, None] * np.cos(lag) + sine[:, None] * np.sin(lag)
    salinity = np.maximum(35.0 - (35.0 - 2.0) / SALT_LIMIT_KM * km, 0.0)
    fields = {"water_level": level, "water_depth": level + 10.0, "velocity_x": 0.0 * level,
              "velocity_y": 0.0 * level, "salinity": np.broadcast_to(salinity, level.shape)}
    maps = to_dataset(mesh).assign_coords(time=times)
    for name, values in fields.items():
        maps[name] = (("time", "mesh2d_nFaces"), values.astype(np.float32))
    maps.to_netcdf(folder / "output.nc", engine="netcdf4")
    _stations(days, factor).to_netcdf(folder / "stations.nc", engine="netcdf4")
    (folder / "summary.json").write_text(json.dumps({"steps": 1}))
    return folder


def _stations(days: float, factor: float) -> xr.Dataset:
    step = np.timedelta64(10, "m")
    times = np.datetime64("2015-09-01", "ns") + np.arange(days * 144 + 1) * step
    latitude = tide_gauges()["latitude"]
    level = np.stack([0.3 + factor * predict_tide(gauge_constants(name), times - step,
                                                  float(latitude[name])) for name in GAUGES], 1)
    fields = {name: (("time", "station"), level if name == "water_level" else 0.0 * level)
              for name in ("water_level", "salinity", "velocity_x", "velocity_y")}
    fields |= {"station_name": ("station", np.array(GAUGES, dtype=object)),
               "x": ("station", [381800.0, 417700.0]), "y": ("station", [6503900.0, 6421500.0])}
    return xr.Dataset(fields, coords={"time": times})
