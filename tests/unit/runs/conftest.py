"""The tiny solver, registered as any plugin is: by an entry point on the path."""

import os
import sys
from pathlib import Path

import pytest

from twin_kernel.solvers.registry import available_solvers

ENTRIES = ("[twin_kernel.solvers]\ntiny = tiny_solver:Tiny\n"
           "tiny_mpi = tiny_solver:TinyMPI\n"
           "broken = tiny_solver:Nowhere\n")


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Register the solvers "tiny" and "broken" in this process and in those it starts."""
    place = tmp_path / "plugins"
    information = place / "tiny_solver-1.0.dist-info"
    information.mkdir(parents=True)
    (place / "tiny_solver.py").write_bytes(
        (Path(__file__).parent / "tiny_solver.py").read_bytes())
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-solver\n"
                                          "Version: 1.0\n")
    (information / "entry_points.txt").write_text(ENTRIES)
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(
        filter(None, [str(place), os.environ.get("PYTHONPATH")])))
    available_solvers.cache_clear()
    yield place
    available_solvers.cache_clear()
    sys.modules.pop("tiny_solver", None)
