"""The software of one project, kept as it was while the hub's goes on.

A pinned project has a copy of the hub's environment: its files are hard links where they may be,
so it takes seconds and no disk, and an upgrade, which replaces files, leaves it as it was. Its
people have a kernel of it, and runs of the project are prepared and computed by it. The ledger is
one: a pinned twin older than the ledger's tables refuses, and the project is pinned again.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import twin_kernel
from hub_config.installation import Hub
from twin_kernel.errors import InputError, StorageError
from twin_kernel.runs.ledger.projects import PROJECT_NAME

__all__ = ["kernel_folders", "pin", "pinned", "python_of", "unpin"]


def pin(hub: Hub, project: str) -> Path:
    """Keep the environment that runs this code for a project; a pin of before is replaced.

    Parameters
    ----------
    hub : Hub
    project : str

    Returns
    -------
    Path
        Folder of the environment.

    Raises
    ------
    InputError
        Where the name is none of a project, or the hub's environment is no copy of its own.
    StorageError
        Where it cannot be copied; then what was there stays.
    """
    _check(hub, project)
    target, part = _environment(hub, project), _environment(hub, f"{project}.part")
    old = _environment(hub, f"{project}.old")
    target.parent.mkdir(mode=0o755, exist_ok=True)
    _pin_file(hub, project).parent.mkdir(mode=0o755, exist_ok=True)
    for left in (part, old):
        shutil.rmtree(left, ignore_errors=True)
    try:
        _copy(Path(sys.prefix), part)
        _write_kernel(part, target, project)
        if target.exists():
            os.replace(target, old)
        os.replace(part, target)
        _write_pin(_pin_file(hub, project), project)
    except (OSError, shutil.Error) as error:
        raise StorageError("The environment cannot be kept for the project",
                           received=str(error)[:300], allowed="room for a copy of it",
                           next_step=f"make room below {target.parent}, then pin it again") \
            from error
    shutil.rmtree(old, ignore_errors=True)
    return target


def unpin(hub: Hub, project: str) -> None:
    """Let a project follow the hub's environment again.

    Raises
    ------
    InputError
        Where it is not pinned.
    """
    if pinned(hub, project) is None:
        raise InputError("The project is not pinned", received=project,
                         allowed="a project with an environment of its own",
                         next_step=f"python -m hub_config pin {project} keeps the present one")
    _pin_file(hub, project).unlink()
    shutil.rmtree(_environment(hub, project), ignore_errors=True)


def pinned(hub: Hub, project: str) -> dict[str, Any] | None:
    """Return since when a project is pinned and to which versions; None where it is not."""
    if not PROJECT_NAME.fullmatch(project):
        return None
    try:
        return json.loads(_pin_file(hub, project).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def python_of(hub: Hub, project: str) -> Path | None:
    """Return the Python that prepares and computes runs of a project; None for the hub's own.

    Raises
    ------
    StorageError
        Where the project is pinned and its environment is not here: another would not be what
        its people agreed on.
    """
    told = pinned(hub, project)
    if told is None:
        return None
    python = _environment(hub, project) / "bin" / "python"
    if not python.exists():
        raise StorageError("The environment of the project is not here", received=project,
                           allowed=f"the one of {told['made']}",
                           next_step=f"an administrator types: python -m hub_config pin {project}")
    return python


def kernel_folders(hub: Hub, projects: list[str]) -> str:
    """Return where a server of these projects finds pinned kernels, as JUPYTER_PATH."""
    return os.pathsep.join(str(_environment(hub, name) / "pinned") for name in projects
                           if pinned(hub, name) is not None)


def _check(hub: Hub, project: str) -> None:
    if not PROJECT_NAME.fullmatch(project) or not (hub.projects_directory / project).is_dir():
        raise InputError("Unknown project, or nobody has opened it yet", received=project,
                         allowed="a project that has a folder",
                         next_step="make it on /services/projects/, and open its server once")
    if not Path(twin_kernel.__file__).is_relative_to(sys.prefix):
        raise InputError("This environment runs a checkout, which changes under it",
                         received=str(Path(twin_kernel.__file__).parent),
                         allowed="an environment with the twin in it",
                         next_step="make hub as root makes one")


def _environment(hub: Hub, name: str) -> Path:
    return hub.directory / "environments" / name


def _pin_file(hub: Hub, project: str) -> Path:
    return hub.directory / "pins" / f"{project}.json"


def _copy(source: Path, target: Path) -> None:
    try:
        shutil.copytree(source, target, symlinks=True, copy_function=os.link)
    except (OSError, shutil.Error):  # another disk: no links, a copy that takes room
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, symlinks=True)


def _write_kernel(part: Path, target: Path, project: str) -> None:
    folder = part / "pinned" / "kernels" / f"estuary-twin-{project}"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({
        "argv": [str(target / "bin" / "python"), "-m", "ipykernel_launcher", "-f",
                 "{connection_file}"],
        "display_name": f"Estuary Twin ({project}, {datetime.now(UTC):%Y-%m-%d})",
        "language": "python", "metadata": {"debugger": True}}), encoding="utf-8")


def _write_pin(path: Path, project: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps({
        "project": project, "made": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "packages": sorted(f"{one.name}=={one.version}" for one in distributions())}, indent=1),
        encoding="utf-8")
    part.chmod(0o644)
    os.replace(part, path)
