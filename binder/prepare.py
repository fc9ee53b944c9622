"""Computes some minutes of the river with every process: compiles the kernels, builds the mesh.

Outside the ledger, in a folder that goes: a person's list of runs starts empty.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from twin_kernel.runs.case import Case
from twin_kernel.runs.setup import build_setup
from twin_kernel.solvers.registry import get_solver

DAY = {"start": "2015-09-10", "stop": "2015-09-10T00:05"}
CASES = (
    Case(**DAY),
    Case(**DAY, weather="climatology", solver_options={"eddy_viscosity": 1.0}, processes={
        "salinity": {}, "temperature": {}, "sediment": {"morphological_factor": 1.0}, "waves": {},
        "water_quality": {},
        "dye": {"releases": [{"mass": 100.0, "zone": "garonne", "decay": 0.1}]},
    }),
)


def compute(case: Case) -> None:
    """Run a case as a worker would, in a folder of its own."""
    solver, setup = get_solver(case.solver), build_setup(case)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "checkpoints").mkdir()
        solver.prepare(setup, folder)
        subprocess.run(list(solver.command(folder, 1)), check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    for one in CASES:
        compute(one)
