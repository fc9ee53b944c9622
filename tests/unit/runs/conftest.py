"""The tiny solver, registered as any plugin is: by an entry point on the path."""

import os
import sys

import pytest

from tests.machines.plugins import install_tiny
from twin_kernel.solvers.registry import available_solvers


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Register the tiny solvers in this process and in those it starts."""
    place = install_tiny(tmp_path / "plugins")
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(
        filter(None, [str(place), os.environ.get("PYTHONPATH")])))
    available_solvers.cache_clear()
    yield place
    available_solvers.cache_clear()
    sys.modules.pop("tiny_solver", None)
