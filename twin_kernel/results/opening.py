"""Opens the folder of a run as lazy datasets: nothing is read before it is asked for.

A folder holds ``output.nc`` (UGRID/CF maps), ``stations.nc`` (CF time series), ``summary.json``
and, when the run was made by `twin_kernel.runs`, ``case.json`` and ``provenance.json``.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from twin_kernel.errors import InputError, RunError

if TYPE_CHECKING:
    import xugrid

__all__ = ["Results", "open_results"]

_FRAMES_PER_CHUNK = 48  # about 2 MB of one field on 10,000 triangles
_DEFAULT_RIVER = "gironde"


class Results:
    """The results of one run.

    Attributes
    ----------
    folder : Path
        Folder of the run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        first, last = (np.datetime_as_string(self.times[i], unit="m") for i in (0, -1))
        return (f"Results({str(self.folder)!r}: {len(self.times)} maps of {self.n_face} triangles, "
                f"{first} to {last} UTC, {self.stations.sizes['station']} stations)")

    @cached_property
    def dataset(self) -> xr.Dataset:
        """Maps and mesh as a plain dataset, dask chunks along time; (time, face) float32."""
        dataset = xr.open_dataset(self.folder / "output.nc", chunks={"time": _FRAMES_PER_CHUNK})
        centres = [name for name in dataset.variables
                   if name.startswith(f"{topology_name(dataset)}_face_")
                   and name.endswith(("_x", "_y", "_longitude", "_latitude"))]
        return dataset.set_coords(centres)

    @cached_property
    def maps(self) -> xugrid.UgridDataset:
        """The same with mesh operations: ``results.maps["salinity"].ugrid.plot()``."""
        import xugrid  # takes seconds to import; only who asks for the maps pays

        return xugrid.UgridDataset(self.dataset)

    @cached_property
    def stations(self) -> xr.Dataset:
        """Time series, dims (time, station); ``.sel(station="Bordeaux")`` picks one."""
        dataset = xr.open_dataset(self.folder / "stations.nc", chunks={"time": -1})
        names = [_text(name) for name in dataset["station_name"].values]
        attributes = dataset["station_name"].attrs
        dataset = dataset.drop_vars("station_name").assign_coords(
            station=("station", np.array(names, dtype=object), attributes))
        places = [name for name in ("x", "y", "lon", "lat") if name in dataset.variables]
        return dataset.set_coords(places)

    @cached_property
    def station_degrees(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Longitude and latitude of the stations; None for a basin that lies nowhere on Earth."""
        if self.node_degrees is None:
            return None
        import pyproj

        to_degrees = pyproj.Transformer.from_crs(self.dataset.attrs["crs"], "EPSG:4326",
                                                 always_xy=True)
        return to_degrees.transform(self.stations["x"].values, self.stations["y"].values)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Budgets, extremes and cost of the run."""
        return self._json("summary.json")

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Versions, hashes and machine; empty where the run was not made by the twin's service."""
        return self._json("provenance.json")

    @cached_property
    def case(self) -> dict[str, Any]:
        """The case as written in the folder; empty where there is none."""
        return self._json("case.json")

    @property
    def river(self) -> str:
        """Name of the river in the catalogue."""
        return self.case.get("river", _DEFAULT_RIVER)

    @property
    def times(self) -> np.ndarray:
        """Instants of the maps, datetime64, UTC."""
        return self.dataset["time"].values

    @property
    def topology(self) -> str:
        """Name of the mesh topology variable."""
        return topology_name(self.dataset)

    @property
    def n_face(self) -> int:
        """Number of triangles."""
        return self.face_nodes.shape[0]

    @cached_property
    def face_nodes(self) -> np.ndarray:
        """Nodes of each triangle from 0, (n_face, 3) int64."""
        topology = self.dataset[self.topology].attrs
        table = self.dataset[topology["face_node_connectivity"]]
        return table.values.astype(np.int64) - int(table.attrs.get("start_index", 0))

    @cached_property
    def node_xy(self) -> tuple[np.ndarray, np.ndarray]:
        """Projected coordinates of the nodes, m."""
        names = self.dataset[self.topology].attrs["node_coordinates"].split()[:2]
        x, y = (self.dataset[name].values for name in names)
        return x, y

    @cached_property
    def node_degrees(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Longitude and latitude of the nodes; None for a basin that lies nowhere on Earth."""
        names = [f"{self.topology}_node_{axis}" for axis in ("longitude", "latitude")]
        if not all(name in self.dataset.variables for name in names):
            return None
        longitude, latitude = (self.dataset[name].values for name in names)
        return longitude, latitude

    @cached_property
    def face_area(self) -> np.ndarray:
        """Area of each triangle, (n_face,) float64, m2."""
        x, y = (axis[self.face_nodes] for axis in self.node_xy)
        return 0.5 * np.abs((x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0])
                            - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0]))

    @property
    def vertical_datum(self) -> str:
        """In words, what level 0 is."""
        return self.dataset.attrs.get("vertical_datum", "")

    def _json(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def topology_name(dataset: xr.Dataset) -> str:
    """Return the name of the variable that describes the mesh.

    Raises
    ------
    InputError
        Where the dataset holds no mesh.
    """
    for name, variable in dataset.variables.items():
        if variable.attrs.get("cf_role") == "mesh_topology":
            return str(name)
    raise InputError("The file holds no mesh", received=str(list(dataset.variables)[:5]),
                     allowed="UGRID NetCDF with a variable of cf_role 'mesh_topology'",
                     next_step="give the folder of a run of the twin")


def open_results(folder: Path | str) -> Results:
    """Open the results of a finished run.

    Parameters
    ----------
    folder : Path or str
        Folder of the run, for example ``run.folder``.

    Returns
    -------
    Results

    Raises
    ------
    RunError
        Where the folder does not exist, or the run in it has not finished.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise RunError("The folder of the run does not exist", received=str(folder),
                       allowed="the folder of a finished run",
                       next_step="take it from run.folder, or list runs with: twin runs")
    missing = [name for name in ("output.nc", "stations.nc") if not (folder / name).is_file()]
    if missing:
        started = any((folder / f"{name}.part").exists() for name in missing)
        raise RunError(
            "The run has not finished" if started else "The folder holds no results",
            received=f"{folder} without {', '.join(missing)}",
            allowed="a folder with output.nc and stations.nc",
            next_step="wait with run.wait(), or launch the case again: it resumes" if started
            else "take the folder from run.folder")
    return Results(folder)


def _text(name: Any) -> str:
    return name.decode("utf-8") if isinstance(name, bytes) else str(name)
