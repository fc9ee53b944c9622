"""What writing results costs a run in memory, and which results a resumed run goes on with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import psutil
import pytest

from tests.analytic.channels import rectangle
from tests.contract.test_solvers import _setup
from twin_kernel.solvers.native.inputs import read_inputs
from twin_kernel.solvers.native.output import FLOW_MAPS, MapWriter, damage
from twin_kernel.solvers.registry import get_solver

FRAMES = 120
# MB; each frame is 4 x 80 kB, all of them 38 MB, which the library would keep until it closes.
GROWTH = 12.0


def test_a_run_does_not_keep_the_maps_it_has_written(tmp_path):
    """Memory held after many frames is that of one, whatever the length of the run."""
    mesh = rectangle(1000.0, 1000.0, 100, 100, lambda x, y: -5.0 + 0.0 * x, ("west", "east"))
    mesh = replace(mesh, open_boundaries={"west": mesh.open_boundaries["west"]})
    setup = replace(_setup(1.0), mesh=mesh, initial_salinity=np.zeros(mesh.n_face))
    get_solver("native").prepare(setup, tmp_path)
    writer = MapWriter(tmp_path / "output.nc", read_inputs(tmp_path), FLOW_MAPS, 0)
    rng, faces = np.random.default_rng(0), np.arange(mesh.n_face)
    held = []
    for frame in range(FRAMES):
        fields = {name: rng.random(mesh.n_face, dtype=np.float32) for name in FLOW_MAPS}
        writer.write(60.0 * frame, fields, faces)
        held.append(psutil.Process().memory_info().rss / 1e6)
    writer.close()
    assert held[-1] - held[5] < GROWTH


def test_results_of_fewer_frames_than_their_checkpoint_are_damaged(tmp_path):
    """They can be opened, but to write on from the checkpoint would leave a hole."""
    get_solver("native").prepare(_setup(1.0), tmp_path)
    inputs, path = read_inputs(tmp_path), tmp_path / "output.nc"
    writer = MapWriter(path, inputs, FLOW_MAPS, 0)
    for frame in range(2):
        writer.write(60.0 * frame, dict.fromkeys(FLOW_MAPS, np.zeros(inputs.mesh.n_face)),
                     np.arange(inputs.mesh.n_face))
    writer.close()
    assert damage(path, 2) is None
    assert "output.nc.part" in damage(path, 3)


def test_results_that_may_not_be_read_now_are_not_taken_for_damaged(tmp_path, monkeypatch):
    """The run would start over; it ends instead, and can be asked for again."""
    def refused(path):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "output.nc").touch()
    monkeypatch.setattr("twin_kernel.solvers.native.output.netCDF4.Dataset", refused)
    with pytest.raises(PermissionError):
        damage(tmp_path / "output.nc", 1)
