"""Tide, salt, heat, mud, waves, oxygen and dye together, on the real river."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pytest
import xarray as xr

from twin_kernel.runs.case import Case
from twin_kernel.runs.setup import build_setup
from twin_kernel.solvers.native.state import load_state
from twin_kernel.solvers.registry import get_solver

EVERYTHING = {
    "salinity": {}, "temperature": {}, "sediment": {"morphological_factor": 1.0}, "waves": {},
    "water_quality": {},
    "dye": {"releases": [{"mass": 100.0, "zone": "garonne", "decay": 0.1}]},
}
OPTIONS = {"density_gradient": True, "dispersion_along": 50.0, "dispersion_across": 5.0,
           "eddy_viscosity": 1.0, "checkpoint_interval": 3600.0}


@pytest.fixture(scope="module")
def setup():
    """Six hours of a case with every process on."""
    return build_setup(Case(
        start="2015-09-10", stop="2015-09-10T06:00", processes=EVERYTHING, weather="climatology",
        solver_options=OPTIONS))


def _prepared(setup, folder):
    solver = get_solver("native")
    (folder / "checkpoints").mkdir(parents=True)
    solver.check(setup)
    solver.prepare(setup, folder)
    return lambda cores: list(solver.command(folder, cores))


@pytest.mark.long
def test_budgets_close_and_a_resumed_run_is_the_same_to_the_last_bit(setup, tmp_path):
    """Stopped wherever SIGTERM finds it, then taken up on two cores: every field is identical."""
    whole, halved = tmp_path / "whole", tmp_path / "halved"
    done = subprocess.run(_prepared(setup, whole)(1), capture_output=True, text=True, check=True)
    command = _prepared(setup, halved)
    process = subprocess.Popen(command(1), stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if line.startswith("progress") and float(line.split()[1]) > 0.3:
            process.terminate()
            break
    process.communicate()
    assert process.returncode == 130
    state, _ = load_state(halved / "checkpoints" / "state.npz")
    assert 0 < state.step < 360
    subprocess.run(command(2), check=True, capture_output=True)
    for name in ("output.nc", "stations.nc"):
        xr.testing.assert_identical(xr.load_dataset(whole / name), xr.load_dataset(halved / name))
    budgets = json.loads((whole / "summary.json").read_text())["budgets"]
    assert {"water", "salt", "mud", "oxygen", "heat"} <= set(budgets)
    for name, budget in budgets.items():
        # Round-off of 360 steps with up to a dozen operations each on 9,000 triangles.
        assert abs(budget["relative_error"]) < 1e-10, (name, budget)
        assert f"budget of {name}" in done.stdout
    fields = xr.load_dataset(whole / "output.nc")
    for name in ("mud", "temperature", "dissolved_oxygen", "wave_height", "bed_level_change"):
        assert np.isfinite(fields[name]).all(), name
