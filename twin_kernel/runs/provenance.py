"""What a finished run says of where it comes from."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import xarray as xr

from twin_kernel.runs.ledger import Record

__all__ = ["file_hash", "run_provenance"]

_PACKAGES = ("estuary-twin", "numpy", "scipy", "numba", "xarray", "utide", "dask", "distributed",
             "dask-jobqueue", "netCDF4")
_OUTPUTS = ("output.nc", "stations.nc", "summary.json")
_INPUTS = ("inputs/mesh.nc", "inputs/forcing.nc", "inputs/initial.nc", "inputs/solver.json")


def run_provenance(record: Record, outcome: dict[str, Any]) -> dict[str, Any]:
    """Return hashes, versions, machine and cost of a run, ready for JSON."""
    folder = Path(record.folder)
    return {
        "run": record.id, "case_hash": record.case_hash, "owner": record.owner,
        "solver": record.solver, "profile": record.profile, "cores": record.cores,
        "attempts": record.attempts, "created": record.created, "started": record.started,
        "wall_seconds": round(float(outcome["wall_seconds"]), 3),
        "peak_memory_mb": round(float(outcome["peak_memory"]), 1),
        "outputs_sha256": _hashes(folder, _OUTPUTS),
        "inputs_sha256": _hashes(folder, _INPUTS),
        "versions": {"python": platform.python_version(), **_versions()},
        "git_commit": _commit(),
        "machine": {"node": platform.node(), "system": platform.platform(),
                    "processor": platform.processor() or platform.machine()},
        "forcing": _forcing_attributes(folder / "inputs" / "forcing.nc"),
    }


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hashes(folder: Path, names: tuple[str, ...]) -> dict[str, str]:
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
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent,
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "not a git checkout"


def _forcing_attributes(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    with xr.open_dataset(path, engine="h5netcdf") as forcing:
        return {name: str(value) for name, value in forcing.attrs.items()}
