"""Writes the results of a run as UGRID/CF maps and CF time series, frame by frame.

Files carry the suffix ``.part`` until the run is complete. A resumed run opens them again and
writes on from the frame its checkpoint names, over whatever a lost process had written after it.
"""

from __future__ import annotations

import math
import shutil
from abc import ABC, abstractmethod
from pathlib import Path

import netCDF4
import numpy as np
from pyproj import Transformer
from pyproj.exceptions import CRSError

from twin_kernel.errors import SolverError
from twin_kernel.solvers.native.inputs import Inputs
from twin_kernel.solvers.native.state import give_name, put_on_disk
from twin_kernel.variables import VARIABLES

__all__ = ["FLOW_MAPS", "FLOW_STATIONS", "MapWriter", "StationWriter", "damage", "station_faces"]

_CONVENTIONS = "CF-1.11 UGRID-1.0"
FLOW_MAPS = ("water_level", "water_depth", "velocity_x", "velocity_y")
FLOW_STATIONS = ("water_level", "velocity_x", "velocity_y")
_WET_ENOUGH = 1.0  # m of water at the initial level that a cell needs to stand for a gauge


def station_faces(inputs: Inputs, face_x: np.ndarray, face_y: np.ndarray,
                  mean_bed: np.ndarray) -> np.ndarray:
    """Return for each station the nearest triangle that stays wet, in the order of the arrays."""
    wet = np.flatnonzero(inputs.initial_level - mean_bed > _WET_ENOUGH)
    if len(wet) == 0:
        wet = np.arange(len(face_x))
    return np.array([
        wet[np.argmin((face_x[wet] - s.x) ** 2 + (face_y[wet] - s.y) ** 2)]
        for s in inputs.stations], dtype=np.int64)


def damage(path: Path, frame: int) -> str | None:
    """Return what keeps a resumed run from going on with its results; None where nothing does.

    Parameters
    ----------
    path : Path
        The name that the results have in the end.
    frame : int
        Frames that the checkpoint goes with.
    """
    partial = path.with_suffix(".nc.part")
    found = partial if partial.exists() else path
    if frame == 0 or not found.exists():
        return None
    try:
        # For reading: a reader elsewhere has a lock that would make it look damaged.
        with netCDF4.Dataset(found) as file:
            for variable in file.variables.values():
                if variable.dimensions[:1] == ("time",):
                    variable[frame - 1]
    except (OSError, RuntimeError, IndexError) as error:
        if isinstance(error, OSError) and (error.errno or 0) > 0:
            raise  # the system's error, such as a file of somebody else's: it may be whole
        return f"{found.name}: {type(error).__name__}: {error}"
    return None


class _Writer(ABC):
    """A NetCDF file with an unlimited time, appended to frame by frame."""

    def __init__(self, path: Path, inputs: Inputs, fields: tuple[str, ...], frame: int) -> None:
        self._fields = fields
        self.path, self._partial = path, path.with_suffix(".nc.part")
        self._start, self.frame = inputs.start, frame
        fresh = frame == 0
        if fresh:
            self._begin()
        else:
            self._take_back()
        self._file = netCDF4.Dataset(self._partial, "a")
        if fresh:
            self._define(inputs)
        for name in fields:
            self._keep_one_chunk(self._file[name])

    def _take_back(self) -> None:
        """Find the frames of a resumed run, also where it was lost after they had their name.

        Raises
        ------
        SolverError
            Where they are gone: writing on from the checkpoint would leave a hole before it.
        """
        if self._partial.exists():
            return
        if not self.path.exists():
            raise SolverError(
                "The run cannot be resumed: the results before its checkpoint are gone",
                received=f"checkpoint after {self.frame} frames, no {self._partial.name}",
                next_step=f"remove {self.path.parent / 'checkpoints'} to compute it from the start")
        give_name(self.path, self._partial)

    @property
    def frame_bytes(self) -> int:
        """Bytes of a frame, not compressed."""
        variables = [self._file[name] for name in self._fields]
        return sum(one.dtype.itemsize * math.prod(one.shape[1:]) for one in variables)

    @abstractmethod
    def _begin(self) -> None:
        """Make the partial file."""

    @abstractmethod
    def _define(self, inputs: Inputs) -> None:
        """Define dimensions and variables in it."""

    def _define_time(self) -> None:
        self._file.createDimension("time", None)
        time = self._file.createVariable("time", "f8", ("time",), chunksizes=(512,))
        start = np.datetime_as_string(self._start, unit="s").replace("T", " ")
        time.setncatts({"standard_name": "time", "units": f"seconds since {start} +00:00",
                        "calendar": "proleptic_gregorian", "axis": "T"})
        self._file.setncatts({"Conventions": _CONVENTIONS,
                              "source": "Estuary Twin, native solver"})

    @staticmethod
    def _keep_one_chunk(variable: netCDF4.Variable) -> None:
        """Hold no more of a variable than the chunk being written; by default it is 16 MB."""
        chunk = int(np.prod(variable.chunking())) * variable.dtype.itemsize
        variable.set_var_chunk_cache(size=chunk, nelems=1, preemption=1.0)

    def write(self, seconds: float, fields: dict[str, np.ndarray], faces: np.ndarray) -> None:
        """Append one frame: the values of `faces`, in this order, of those fields it holds."""
        self._file["time"][self.frame] = seconds
        for name in self._fields:
            self._file[name][self.frame, :] = fields[name][faces]
        # Now, while there is room: on a disk that others fill meanwhile it would spoil the file.
        self._file.sync()
        self.frame += 1

    def flush(self) -> None:
        """Put all frames where a power cut leaves them."""
        put_on_disk(self._partial)
        put_on_disk(self._partial.parent)

    def finish(self) -> None:
        """Close and give the file its name."""
        self._file.close()
        give_name(self._partial, self.path)

    def close(self) -> None:
        """Close and leave the partial file for a resume."""
        self._file.close()


class MapWriter(_Writer):
    """Maps on the mesh, ``output.nc``; values in the order of the mesh, single precision."""

    def _begin(self) -> None:
        shutil.copyfile(self.path.parent / "inputs" / "mesh.nc", self._partial)

    def _define(self, inputs: Inputs) -> None:
        self._define_time()
        topology = next(name for name, variable in self._file.variables.items()
                        if getattr(variable, "cf_role", "") == "mesh_topology")
        dimension = next(name for name, size in self._file.dimensions.items()
                         if "face" in name.lower() and len(size) == inputs.mesh.n_face)
        for name in self._fields:
            variable = self._file.createVariable(
                name, "f4", ("time", dimension), compression="zlib", complevel=1, shuffle=True,
                chunksizes=(1, inputs.mesh.n_face))
            variable.setncatts({**VARIABLES[name].attributes(), "mesh": topology,
                                "location": "face", "cell_methods": "time: point"})
            if "projection" in self._file.variables:
                variable.grid_mapping = "projection"


class StationWriter(_Writer):
    """Time series at the stations, ``stations.nc`` (CF discrete sampling geometry)."""

    def _begin(self) -> None:
        netCDF4.Dataset(self._partial, "w").close()

    def _define(self, inputs: Inputs) -> None:
        self._define_time()
        self._file.featureType = "timeSeries"
        self._file.crs = inputs.mesh.crs
        self._file.vertical_datum = inputs.mesh.vertical_datum
        self._file.createDimension("station", len(inputs.stations))
        name = self._file.createVariable("station_name", str, ("station",))
        name.cf_role = "timeseries_id"
        name[:] = np.array([station.name for station in inputs.stations], dtype=object)
        for axis in ("x", "y"):
            variable = self._file.createVariable(axis, "f8", ("station",))
            variable.setncatts({"standard_name": f"projection_{axis}_coordinate", "units": "m"})
            variable[:] = [getattr(station, axis) for station in inputs.stations]
        coordinates = "station_name x y" + self._define_degrees(inputs)
        for field in self._fields:
            variable = self._file.createVariable(field, "f8", ("time", "station"))
            variable.setncatts({**VARIABLES[field].attributes(), "coordinates": coordinates})

    def _define_degrees(self, inputs: Inputs) -> str:
        """Add longitude and latitude where the mesh lies somewhere on Earth; return their names."""
        try:
            to_degrees = Transformer.from_crs(inputs.mesh.crs, "EPSG:4326", always_xy=True)
        except CRSError:
            return ""
        degrees = to_degrees.transform([s.x for s in inputs.stations],
                                       [s.y for s in inputs.stations])
        for name, unit, values in zip(("longitude", "latitude"), ("degrees_east", "degrees_north"),
                                      degrees, strict=True):
            variable = self._file.createVariable(name, "f8", ("station",))
            variable.setncatts({"standard_name": name, "units": unit})
            variable[:] = values
        return " longitude latitude"
