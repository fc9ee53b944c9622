"""What writing results costs a run in memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import psutil

from tests.analytic.channels import rectangle
from tests.contract.test_solvers import _setup
from twin_kernel.solvers.native.inputs import read_inputs
from twin_kernel.solvers.native.output import FLOW_MAPS, MapWriter
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
