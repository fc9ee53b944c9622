"""What a finished run says of where it comes from."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import xarray as xr

from twin_kernel.runs.folder import COMMAND, OUTPUTS, file_hash
from twin_kernel.runs.ledger import Record

__all__ = ["run_provenance", "software"]

_PACKAGES = ("estuary-twin", "numpy", "scipy", "numba", "xarray", "utide", "dask", "distributed",
             "dask-jobqueue", "netCDF4")


def run_provenance(record: Record, outcome: dict[str, Any]) -> dict[str, Any]:
    """Return hashes, versions, machine and cost of a run, ready for JSON."""
    folder = Path(record.folder)
    # A run asked for by a twin that did not say is of this one.
    command = {**software(), **json.loads((folder / COMMAND).read_text())}
    return {
        "run": record.id, "case_hash": record.case_hash, "owner": record.owner,
        "solver": record.solver,
        "solver_from": command["distribution"],
        "profile": record.profile, "cores": record.cores,
        "attempts": record.attempts, "created": record.created, "started": record.started,
        **_cost(outcome),
        "outputs_sha256": _hashes(folder, OUTPUTS),
        "inputs_sha256": _hashes(folder, [path.relative_to(folder).as_posix() for path in
                                          sorted((folder / "inputs").rglob("*"))]),
        # Of what prepared it and computes it, which need not be what looks after it.
        **{name: command[name] for name in ("versions", "git_commit")},
        "machine": {"node": platform.node(), "system": platform.platform(),
                    "processor": platform.processor() or platform.machine()},
        "forcing": _forcing_attributes(folder / "inputs" / "forcing.nc"),
    }


@cache
def software() -> dict[str, Any]:
    """Return the versions of this environment, and the commit where it is a checkout.

    Looked up once: asking git at each launch would take longer than the launch.
    """
    return {"versions": {"python": platform.python_version(), **_versions()},
            "git_commit": _commit()}


def _cost(outcome: dict[str, Any]) -> dict[str, float]:
    """Return what the last attempt took; nothing where its measure was lost with its driver."""
    if "wall_seconds" not in outcome:
        return {}
    return {"wall_seconds": round(float(outcome["wall_seconds"]), 3),
            "peak_memory_mb": round(float(outcome["peak_memory"]), 1)}


def _hashes(folder: Path, names: Iterable[str]) -> dict[str, str]:
    return {name: file_hash(folder / name) for name in names if (folder / name).is_file()}


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _commit() -> str:
    """Return the commit the twin runs from, and whether its files differ from it."""
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / ".git").exists() or shutil.which("git") is None:
        return "not a git checkout"

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=checkout, capture_output=True, text=True,
                              check=False).stdout.strip()

    return git("rev-parse", "HEAD") + (
        ", with changes" if git("status", "--porcelain", "--", "twin_kernel", "catalogs") else "")


def _forcing_attributes(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    with xr.open_dataset(path, engine="h5netcdf") as forcing:
        return {name: str(value) for name, value in forcing.attrs.items()}
