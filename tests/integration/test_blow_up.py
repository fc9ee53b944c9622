"""A run that blows up says where, when and why, and keeps its last good checkpoint."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from tests.contract.test_solvers import START, _setup
from twin_kernel.errors import SolverError
from twin_kernel.solvers.native.program import _Program
from twin_kernel.solvers.native.state import load_state
from twin_kernel.solvers.registry import get_solver


def test_a_blow_up_is_told_at_once_and_keeps_the_last_good_checkpoint(tmp_path):
    """The tide jumps by 60 m at 3 h 05: the run ends in that step, not when the numbers are NaN."""
    setup = _setup(6.0)
    mesh = setup.mesh  # moved to where EPSG:2154 has the Gironde, to be told in degrees
    mesh = replace(mesh, node_x=mesh.node_x + 400e3, node_y=mesh.node_y + 6480e3)
    forcing = setup.forcing.copy(deep=True)
    late = forcing["time"].values > START + np.timedelta64(185, "m")
    forcing["value"].values[:, late] += 60.0
    setup = replace(setup, mesh=mesh, forcing=forcing, stations=(),
                    options={"time_step": 60.0, "checkpoint_interval": 3600.0})
    solver = get_solver("native")
    (tmp_path / "checkpoints").mkdir()
    solver.prepare(setup, tmp_path)
    done = subprocess.run(list(solver.command(tmp_path, 1)), capture_output=True, text=True,
                          check=False)
    assert done.returncode == 1
    assert not (tmp_path / "summary.json").exists()
    message = done.stderr
    for told in ("blew up", "step 18", "triangle", "longitude -0.", "latitude 45.",
                 "open boundary 'west'", "halve time_step", "last good checkpoint"):
        assert told in message, message
    state, _ = load_state(tmp_path / "checkpoints" / "state.npz")
    assert state.step == 180
    assert np.isfinite(state.u).all()


def test_a_state_that_blows_up_next_does_not_replace_the_checkpoint(tmp_path):
    """Its speeds are within bounds, and the next step would be of thousands of parts."""
    (tmp_path / "checkpoints").mkdir()
    get_solver("native").prepare(_setup(2.0), tmp_path)
    program = _Program(tmp_path, 1, SimpleNamespace(stop=False))
    program.model.advance(program.state, 10)
    program._save()
    good = program.checkpoint.read_bytes()
    program.model.advance(program.state, 1)
    inner = slice(program.grid.n_internal)
    program.state.flux[inner] = 1.0e4 * program.grid.edge_length[inner]
    with pytest.raises(SolverError, match="the step would have to be divided"):
        program._save()
    assert program.checkpoint.read_bytes() == good
