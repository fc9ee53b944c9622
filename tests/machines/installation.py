"""An installation of the twin for a module of tests: data folder, settings, the tiny solvers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.machines.plugins import install_tiny
from tests.machines.processes import end_all
from twin_kernel.settings import get_settings
from twin_kernel.solvers.registry import available_solvers


@contextmanager
def installed(folder: Path, settings: str = "[profiles.local]\n",
              **environment: str) -> Iterator[Path]:
    """Point this process, and those it starts, at a new installation; end what it left running.

    Yields
    ------
    Path
        The data folder.
    """
    data, place = folder / "data", str(install_tiny(folder / "plugins"))
    (folder / "twin.toml").write_text(settings)
    patch = pytest.MonkeyPatch()
    path = os.pathsep.join(filter(None, [place, os.environ.get("PYTHONPATH")]))
    for name, value in {"TWIN_DATA_DIRECTORY": str(data), "PYTHONPATH": path,
                        "TWIN_SETTINGS_FILE": str(folder / "twin.toml"),
                        "TWIN_LEASE_SECONDS": "5", **environment}.items():
        patch.setenv(name, value)
    patch.syspath_prepend(place)
    available_solvers.cache_clear()
    get_settings.cache_clear()
    try:
        yield data
    finally:
        end_all(data)
        patch.undo()
        available_solvers.cache_clear()
        get_settings.cache_clear()
        sys.modules.pop("tiny_solver", None)
