"""The native solver behind the door that all solvers take."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from twin_kernel.errors import SolverError
from twin_kernel.solvers.native.checks import check_setup
from twin_kernel.solvers.native.inputs import write_inputs
from twin_kernel.solvers.native.selection import PROCESSES
from twin_kernel.solvers.native.source import source_hash
from twin_kernel.solvers.native.strips import MOST_THREADS
from twin_kernel.solvers.protocol import Setup

__all__ = ["NativeSolver"]


class NativeSolver:
    """Semi-implicit shallow water and what it carries; see :mod:`twin_kernel.solvers.native`."""

    name = "native"
    version = f"1+{source_hash()}"
    processes = frozenset({"hydrodynamics"}) | PROCESSES
    maximum_cores: int | None = MOST_THREADS
    resumes = True

    def check(self, setup: Setup) -> None:
        """Raise InputError where the setup cannot be computed."""
        check_setup(setup)

    def expected_memory(self, setup: Setup) -> float:
        """Return the bytes that a run will hold: measured, docs/benchmarks.md, growth."""
        return 3.5e8 + 2.5e3 * setup.mesh.n_face

    def prepare(self, setup: Setup, folder: Path) -> None:
        """Check the setup and write ``inputs/``."""
        check_setup(setup)
        write_inputs(setup, folder)

    def command(self, folder: Path, cores: int) -> Sequence[str]:
        """Return the command; the result is the same to the last bit on any number of cores."""
        return [sys.executable, "-m", "twin_kernel.solvers.native", str(folder), str(cores)]

    def progress(self, line: str) -> float | None:
        """Read ``progress 0.25 2015-09-01T06:00:00Z``."""
        words = line.split()
        if len(words) == 3 and words[0] == "progress":
            return float(words[1])
        return None

    def collect(self, folder: Path) -> xr.Dataset:
        """Open ``output.nc`` lazily, one chunk a frame.

        Raises
        ------
        SolverError
            Where the run is not complete.
        """
        path = folder / "output.nc"
        if not (folder / "summary.json").is_file() or not path.is_file():
            raise SolverError("The run has no complete output", received=str(path),
                              next_step="look at the end of the log in that folder")
        return xr.open_dataset(path, engine="h5netcdf", chunks={"time": 1})
