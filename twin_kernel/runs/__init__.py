"""Cases and their runs: validated, launched through dask-jobqueue, remembered in a ledger."""

from twin_kernel.runs.case import Case
from twin_kernel.runs.launch import launch
from twin_kernel.runs.run import Run, find_run, list_runs

__all__ = ["Case", "Run", "find_run", "launch", "list_runs"]
