"""The native program resumes whole results, or says that it cannot: never a file with a hole."""

from __future__ import annotations

import subprocess

import pytest
import xarray as xr

from tests.contract.test_solvers import _prepared
from twin_kernel.solvers.registry import get_solver


@pytest.fixture
def computed(tmp_path):
    """A complete run with a checkpoint in its middle, as if lost before its summary was written."""
    solver = get_solver("native")
    folder = _prepared(solver, tmp_path / "run", 36.0)  # the checkpoint is after 24 h
    command = list(solver.command(folder, 1))
    subprocess.run(command, check=True, capture_output=True)
    (folder / "summary.json").unlink()
    return folder, command


@pytest.mark.parametrize("renamed", [("output.nc", "stations.nc"), ("output.nc",)])
def test_run_lost_between_its_last_renames_resumes_to_the_same_values(computed, renamed):
    """With both files renamed, or only the first."""
    folder, command = computed
    names = ("output.nc", "stations.nc")
    whole = {name: xr.load_dataset(folder / name) for name in names}
    for name in set(names) - set(renamed):
        (folder / name).rename(folder / f"{name}.part")
    subprocess.run(command, check=True, capture_output=True)
    for name in names:
        xr.testing.assert_identical(xr.load_dataset(folder / name), whole[name])


def test_run_whose_results_are_gone_is_not_resumed_with_a_hole(computed):
    """A checkpoint without its frames is refused with what to remove."""
    folder, command = computed
    (folder / "output.nc").unlink()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot be resumed" in done.stderr
    assert "checkpoints" in done.stderr
    assert not (folder / "summary.json").exists()
