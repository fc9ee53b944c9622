"""Cases and their runs: validated, launched through dask-jobqueue, remembered in a ledger.

Names are loaded at first use: a worker, which only runs a solver's program, starts in half a
second instead of six.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin_kernel.runs.case import Case
    from twin_kernel.runs.ensembles import Ensemble, find_ensemble, launch_ensemble
    from twin_kernel.runs.history import compare_runs, plot_resources
    from twin_kernel.runs.launching import launch
    from twin_kernel.runs.run import Run, find_run, list_runs

__all__ = ["Case", "Ensemble", "Run", "compare_runs", "find_ensemble", "find_run", "launch",
           "launch_ensemble", "list_runs", "plot_resources"]

_WHERE = {"Case": "case", "Ensemble": "ensembles", "Run": "run", "compare_runs": "history",
          "find_ensemble": "ensembles", "find_run": "run", "launch": "launching",
          "launch_ensemble": "ensembles", "list_runs": "run", "plot_resources": "history"}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'twin_kernel.runs' has no attribute '{name}'; "
                             f"it has {', '.join(__all__)}")
    return getattr(import_module(f"twin_kernel.runs.{_WHERE[name]}"), name)
