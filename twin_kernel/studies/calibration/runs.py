"""The runs of a calibration: the tide at the gauges for a choice of the parameters.

Each run takes the door that all solvers take, in a folder of its own, and leaves its levels at the
gauges in the cache under the hash of all that it follows from: an interrupted calibration repeats
nothing, and another solver, mesh or forcing never reads the runs of this one.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Lock
from uuid import uuid4

import numpy as np
import pandas as pd
import xarray as xr
from tqdm.auto import tqdm

from twin_kernel.catalog import coast, ocean_boundary_constants, outline, river_definition
from twin_kernel.catalog.meshes import mesh_key, mesh_recipe
from twin_kernel.catalog.tables import river_sections
from twin_kernel.errors import SolverError
from twin_kernel.forcing import boundary_forcing
from twin_kernel.forcing.transfer import scaled_constants
from twin_kernel.mesh.build import build_mesh, zone_correction
from twin_kernel.runs.case import Case
from twin_kernel.runs.setup import build_setup
from twin_kernel.settings import get_settings
from twin_kernel.solvers.protocol import Setup
from twin_kernel.solvers.registry import get_solver
from twin_kernel.studies.calibration.recipe import CalibrationRecipe

__all__ = ["GaugeRuns"]

_INTERVAL = 600.0  # s between two levels at a gauge


class GaugeRuns:
    """Computes levels at the river's gauges for values of the parameters.

    Parameters
    ----------
    recipe : CalibrationRecipe
    workers : int
        Runs at the same time.
    progress : bool
        Whether to show a bar.
    """

    def __init__(self, recipe: CalibrationRecipe, workers: int = 2, progress: bool = True) -> None:
        self.recipe, self._workers, self._progress = recipe, workers, progress
        self.river = river_definition(recipe.river)
        self._solver = get_solver("native")
        of_mesh = mesh_recipe(recipe.river)
        self._channels, self._flats = of_mesh.bed_correction, of_mesh.flats_correction
        # Flats are told from channels on the bed that nothing has moved yet.
        self._mesh = build_mesh(outline(), coast(), river_sections(),
                                replace(of_mesh, bed_correction={}, flats_correction={}))
        self._tide = ocean_boundary_constants(recipe.tide)
        stop = np.datetime64(recipe.start, "s") + np.timedelta64(round(recipe.days * 86400), "s")
        self._case = Case(river=recipe.river, start=recipe.start, stop=str(stop), processes={},
                          discharge=dict(recipe.discharge),
                          map_interval=recipe.days * 86400.0, station_interval=_INTERVAL)
        self._setup = build_setup(self._case)
        self.computed = 0
        # NetCDF's library is not safe in two threads at once: a notebook's kernel died of it.
        self._files = Lock()

    @property
    def times(self) -> np.ndarray:
        """Instants compared, UTC, after the spin-up."""
        # Of those that a run writes, whatever part of a day the spin-up is.
        written = np.arange(round(self.recipe.spin_up_days * 86400 / _INTERVAL) + 1,
                            int(self.recipe.days * 86400 / _INTERVAL + 1e-6) + 1)
        return np.datetime64(self.recipe.start, "s") + written * np.timedelta64(
            round(_INTERVAL), "s")

    def levels(self, choices: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the (n_time, n_gauge) levels, m, for each (n_parameter,) choice.

        Raises
        ------
        SolverError
            Where a run fails.
        """
        with ThreadPoolExecutor(self._workers) as pool:
            found = pool.map(self._levels, choices)
            return list(tqdm(found, total=len(choices), desc="runs", unit="run",
                             disable=not self._progress or len(choices) < 2))

    def _levels(self, values: np.ndarray) -> np.ndarray:
        kept = get_settings().cache_directory / "calibrations" / f"{self._hash(values)}.npy"
        if not kept.is_file():
            kept.parent.mkdir(parents=True, exist_ok=True)
            with self._files:
                setup = self._setup_with(values)
            levels = self._compute(setup)
            aside = kept.with_name(f"{kept.stem}-{uuid4().hex}.part.npy")
            np.save(aside, levels)
            os.replace(aside, kept)
            self.computed += 1
        return np.load(kept)

    def _hash(self, values: np.ndarray) -> str:
        content = {
            "solver": self._solver.version, "mesh": mesh_key(self.recipe.river),
            "tide": self._tide.to_csv(), "river": self.river.model_dump(mode="json"),
            "case": self._case.model_dump(mode="json"), "spin_up": self.recipe.spin_up_days,
            "follows": self.recipe.follows,
            "forcing": hashlib.sha256(self._setup.forcing["value"].values.tobytes()).hexdigest(),
            "values": {n: repr(float(v)) for n, v in zip(self.recipe.names, values, strict=True)}}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]

    def _setup_with(self, values: np.ndarray) -> Setup:
        """Return the setup of the river with the parameters at these values."""
        given = self.recipe.named(values)
        manning = {**self._setup.manning, **_of(given, "manning.")}
        mesh = self._mesh
        moved = zone_correction(mesh.face_nodes, mesh.face_zone, mesh.node_bed, mesh.zone_names,
                                {**self._channels, **_of(given, "bed.")},
                                {**self._flats, **_of(given, "flats.")})
        forcing = boundary_forcing(self.river, self._setup.start, self._setup.stop,
                                   discharge=self._case.discharge,
                                   constants=self.tide_imposed(values))
        level = forcing["value"].isel(time=0).values[forcing["kind"].values == "water_level"]
        return replace(self._setup, mesh=replace(mesh, node_bed=mesh.node_bed + moved),
                       manning=manning, forcing=forcing, initial_level=float(level[0]))

    def tide_imposed(self, values: np.ndarray) -> pd.DataFrame:
        """Return the constants imposed at the ocean with the parameters at these values."""
        given = self.recipe.named(values)
        factors = {}
        for name in {key.split(".")[1] for key in given if key.startswith("ocean.")}:
            factor = complex(given.get(f"ocean.{name}.real", 1.0),
                             given.get(f"ocean.{name}.imaginary", 0.0))
            factors.update({one: factor for one in (name, *self.recipe.follows.get(name, ()))})
        return scaled_constants(self._tide, factors)

    def _compute(self, setup: Setup) -> np.ndarray:
        with self._files:
            self._solver.check(setup)
        with tempfile.TemporaryDirectory(prefix="calibration-") as place:
            folder = Path(place)
            (folder / "checkpoints").mkdir()
            with self._files:
                self._solver.prepare(setup, folder)
            done = subprocess.run(list(self._solver.command(folder, 1)), capture_output=True,
                                  text=True, env={**os.environ, "NUMBA_NUM_THREADS": "1"})
            if done.returncode:
                raise SolverError("A run of the calibration failed", received=done.stderr[-500:],
                                  next_step="narrow the bounds of the parameters")
            with self._files, xr.open_dataset(folder / "stations.nc") as stations:
                levels = stations["water_level"].transpose("time", ...)
                return levels.sel(time=self.times).values.astype(float)


def _of(given: dict[str, float], start: str) -> dict[str, float]:
    return {name.removeprefix(start): value for name, value in given.items()
            if name.startswith(start)}
