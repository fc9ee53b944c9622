"""Where a study comes from: template, parameters, runs, data, versions, machine, durations."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from twin_kernel.studies.record import read_log
from twin_kernel.studies.template import Template

__all__ = ["study_provenance", "write_provenance"]

_PACKAGES = (
    "estuary-twin", "dask-jobqueue", "intake", "nbconvert", "numba", "numpy", "pandas",
    "papermill", "scipy", "utide", "xarray", "xugrid",
)
_REPOSITORY = Path(__file__).resolve().parents[2]


def study_provenance(
    template: Template, parameters: Mapping[str, Any], folder: Path,
    durations: Mapping[str, float], started: str,
) -> dict[str, Any]:
    """Return what is needed to repeat a study and to judge it.

    Parameters
    ----------
    template : Template
    parameters : mapping
        Checked values of all parameters, in their declared units.
    folder : Path
        Folder of the study, with the log of its record.
    durations : mapping of str to float
        Seconds of each part.
    started : str
        ISO 8601, UTC.
    """
    log = read_log(folder)
    return {
        "study": template.name,
        "template": {"path": template.path.name, "sha256": template.sha256},
        "parameters": dict(parameters),
        "units": {name: one.unit for name, one in template.parameters.items() if one.unit},
        "runs": log["runs"],
        "data": log["sources"],
        "pictures": log["pictures"],
        "started": started,
        "durations_s": {name: round(seconds, 2) for name, seconds in durations.items()},
        "code": _commit(_REPOSITORY),
        "versions": {"python": platform.python_version(), **_versions(_PACKAGES)},
        "machine": {
            "system": platform.platform(), "processor": platform.machine(),
            "cores": os.cpu_count(),
        },
    }


def write_provenance(provenance: Mapping[str, Any], path: Path) -> None:
    """Write a provenance as JSON, readable by people."""
    text = json.dumps(provenance, indent=2, ensure_ascii=False, default=str)
    path.write_text(text + "\n", encoding="utf-8")


def _versions(packages: Iterable[str]) -> dict[str, str]:
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _commit(repository: Path) -> dict[str, Any]:
    """Return the commit of a checkout and whether files differ from it; empty where there is none.
    """
    if shutil.which("git") is None or not (repository / ".git").exists():
        return {}

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(repository), *words], capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    return {"commit": git("rev-parse", "HEAD"), "changed": bool(git("status", "--porcelain"))}
