"""Estuary Twin: from a notebook to a repeatable simulation of a river.

>>> import twin_kernel as twin
>>> case = twin.Case(start="2015-09-10", stop="2015-09-12", discharge={"garonne": "120 m3/s"})
>>> run = twin.launch(case).wait()
>>> results = twin.open_results(run.folder)
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# Loaded at first use: importing the twin stays well under half a second.
_WHERE = {
    "Case": "twin_kernel.runs",
    "Run": "twin_kernel.runs",
    "compare_runs": "twin_kernel.runs",
    "find_ensemble": "twin_kernel.runs",
    "find_run": "twin_kernel.runs",
    "launch": "twin_kernel.runs",
    "launch_ensemble": "twin_kernel.runs",
    "list_runs": "twin_kernel.runs",
    "open_catalog": "twin_kernel.catalog",
    "river_definition": "twin_kernel.catalog",
    "read_mesh": "twin_kernel.mesh",
    "river_mesh": "twin_kernel.catalog.meshes",
    "boundary_forcing": "twin_kernel.forcing",
    "available_solvers": "twin_kernel.solvers.registry",
    "open_results": "twin_kernel.results",
    "tide_skill": "twin_kernel.indicators",
    "run_study": "twin_kernel.studies",
}

__version__ = "0.1.0"
__all__ = ["__version__", *_WHERE]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'twin_kernel' has no attribute '{name}'; "
                             f"it has {', '.join(__all__)}")
    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_WHERE])
