"""Finds the tide to impose at the ocean boundary: run the model, compare at the mouth, correct.

    python benchmarks/ocean_boundary.py OUTPUT.csv

Two runs of 16.5 days (a few minutes): each multiplies the imposed constants by observed over
computed at the mean of Royan and Port-Bloc. The result is derived data: the tide at those two
gauges is then no evidence of the model's skill, and the gauges upstream are.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from pyproj import Transformer
from tqdm import tqdm

from twin_kernel.catalog import ocean_boundary_constants, river_definition, river_mesh, tide_gauges
from twin_kernel.forcing import boundary_forcing
from twin_kernel.forcing.transfer import corrected_constants, write_constants
from twin_kernel.indicators import harmonic_analysis, observed_level
from twin_kernel.solvers.native.boundaries import Boundaries
from twin_kernel.solvers.native.grid import build_grid
from twin_kernel.solvers.native.model import Model, initial_state
from twin_kernel.solvers.native.options import Options

MOUTH = ("Royan", "Port-Bloc")
START, DAYS, SPIN_UP_DAYS = np.datetime64("2015-09-10", "ns"), 16.5, 1.5
ANALYSED = ("M2", "S2", "M4", "O1", "K1", "M6", "MS4")
CORRECTED = ("M2", "S2", "O1", "K1")  # overtides at the mouth are partly made in the estuary
ROUNDS = 2


def computed_levels(constants: pd.DataFrame) -> pd.DataFrame:
    """Run the Gironde with the constants imposed; return levels at the mouth every 10 minutes."""
    river, mesh = river_definition("gironde"), river_mesh("gironde")
    stop = START + np.timedelta64(round(DAYS * 86400), "s")
    forcing = boundary_forcing(river, START, stop, constants=constants)
    kinds = dict(zip(forcing["boundary"].values.tolist(), forcing["kind"].values.tolist(),
                     strict=True))
    grid = build_grid(mesh, kinds)
    boundaries = Boundaries(
        tuple(kinds.values()), (forcing["time"].values - START) / np.timedelta64(1, "s"),
        np.ascontiguousarray(forcing["value"].values), forcing["salinity"].values.astype(float))
    zones = np.array([river.manning()[zone] for zone in mesh.zone_names])
    model = Model(grid, boundaries, zones[mesh.face_zone][grid.order], river.latitude, Options())
    state = initial_state(grid, np.zeros(grid.n_face), np.zeros((1, grid.n_face)))
    gauges = tide_gauges().loc[list(MOUTH)]
    x, y = Transformer.from_crs("EPSG:4326", mesh.crs, always_xy=True).transform(
        gauges["longitude"].to_numpy(), gauges["latitude"].to_numpy())
    wet = np.flatnonzero(grid.face_bed.mean(axis=1) < -1.0)
    cells = [wet[np.hypot(grid.face_x[wet] - a, grid.face_y[wet] - b).argmin()]
             for a, b in zip(x, y, strict=True)]
    times = pd.date_range(START, stop, freq="10min")[1:]
    levels = []
    for _ in tqdm(times, desc="simulated"):
        model.advance(state, 10)
        levels.append(model.levels(state)[cells])
    return pd.DataFrame(levels, index=times, columns=list(MOUTH)).loc[
        START + np.timedelta64(round(SPIN_UP_DAYS * 86400), "s"):]


def mean_at_mouth(levels: dict[str, np.ndarray], times: np.ndarray) -> pd.DataFrame:
    """Return the complex mean of the constants of the gauges at the mouth."""
    tables = [harmonic_analysis(series, times, 45.2, ANALYSED) for series in levels.values()]
    vectors = sum(table["amplitude"] * np.exp(-1j * np.radians(table["phase"]))
                  for table in tables) / len(tables)
    vectors = vectors[list(CORRECTED)]
    return pd.DataFrame({"constituent": vectors.index, "amplitude": np.abs(vectors.to_numpy()),
                         "phase": np.degrees(-np.angle(vectors.to_numpy())) % 360.0})


def main(output: Path) -> None:
    """Iterate and write the corrected constants."""
    imposed = ocean_boundary_constants()
    for _ in range(ROUNDS):
        levels = computed_levels(imposed)
        times = levels.index.to_numpy()
        computed = mean_at_mouth({g: levels[g].to_numpy() for g in MOUTH}, times)
        observed = mean_at_mouth({g: observed_level(g, times) for g in MOUTH}, times)
        print(computed.merge(observed, on="constituent", suffixes=("_computed", "_observed")))
        imposed = corrected_constants(observed, imposed, computed)
    write_constants(imposed, output, "Derived from TICON-4 by benchmarks/ocean_boundary.py")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/ocean_boundary.py OUTPUT.csv")
    main(Path(sys.argv[1]))
