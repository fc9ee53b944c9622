"""Studies asked for from a page: each a process of its own, whose state is in its folder."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from twin_kernel.errors import InputError, TwinError
from twin_kernel.runs.folder import write_json
from twin_kernel.runs.ledger import current_user
from twin_kernel.settings import get_settings

__all__ = ["StudyJob", "durations", "list_study_jobs", "start_study"]

_ASKED, _STATE, _OUTPUT = "asked.json", "state.json", "study"
_OF_ONE_PERSON, _OF_ALL = 3, 24  # at once


@dataclass(frozen=True)
class StudyJob:
    """A study that was asked for.

    Attributes
    ----------
    name : str
        Of the template.
    folder : Path
    created : str
        ISO 8601 UTC.
    state : str
        "running", "complete", "failed_state" or "lost".
    reason : str
        Why it failed.
    seconds : float or None
        What it took, where it is complete.
    """

    name: str
    folder: Path
    created: str
    state: str
    reason: str
    seconds: float | None = None

    @property
    def page(self) -> Path:
        """The page that the study made."""
        return self.folder / _OUTPUT / f"{self.name}.html"

    @property
    def notebook(self) -> Path:
        """The executed notebook."""
        return self.folder / _OUTPUT / f"{self.name}.ipynb"


def _folder() -> Path:
    """Return the folder of the studies of whoever asks."""
    # Names of people come from the login, and may hold what a folder's name may not.
    return _root() / current_user().encode().hex()


def _root() -> Path:
    return get_settings().data_directory / "asked_studies"


def start_study(name: str, values: dict[str, Any], project: str = "") -> StudyJob:
    """Start a study as a process that does not depend on this one.

    Parameters
    ----------
    name : str
        Of a template of this installation.
    values : dict
        Its parameters, checked.
    project : str
        Project of its runs.

    Raises
    ------
    InputError
        Where too many are being made already: each takes a kernel on the machine of the page.
    """
    _check_room()
    created = datetime.now(UTC).isoformat(timespec="seconds")
    folder = _folder() / f"{created[:19].replace(':', '')}-{secrets.token_hex(4)}"
    folder.mkdir(parents=True, mode=0o700)
    asked = {"name": name, "values": values, "created": created}
    write_json(asked, folder / _ASKED)
    environment = {**os.environ, "TWIN_ACTING_FOR": current_user(), "TWIN_PROJECT": project}
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "twin_kernel.dashboards.study_jobs", str(folder)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
            start_new_session=True, cwd=folder)
    if not (folder / _STATE).exists():  # before it says so itself, which takes it a second
        write_json(_running(psutil.Process(process.pid)), folder / _STATE)
    return _read(folder)


def _check_room() -> None:
    everybody = [_read(path.parent) for path in _root().glob(f"*/*/{_STATE}")]
    making = [one.folder.parent for one in everybody if one.state == "running"]
    if making.count(_folder()) >= _OF_ONE_PERSON:
        raise InputError("You have studies in progress already", received=making.count(_folder()),
                         allowed=f"fewer than {_OF_ONE_PERSON} at once",
                         next_step="wait until one is made")
    if len(making) >= _OF_ALL:
        raise InputError("Too many studies are in progress here", received=len(making),
                         allowed=f"fewer than {_OF_ALL} at once", next_step="try again in a while")


def _running(process: psutil.Process) -> dict[str, Any]:
    return {"state": "running", "process": process.pid, "since": process.create_time()}


def list_study_jobs() -> list[StudyJob]:
    """Return the studies of whoever asks, newest first."""
    folder = _folder()
    if not folder.is_dir():
        return []
    return [_read(path) for path in sorted(folder.iterdir(), reverse=True)
            if (path / _ASKED).is_file()]


def durations(name: str) -> list[float]:
    """Return what the studies of a template took that whoever asks has made here, s."""
    return sorted(one.seconds for one in list_study_jobs() if one.name == name and one.seconds)


def _read(folder: Path) -> StudyJob:
    asked = json.loads((folder / _ASKED).read_text())
    try:
        told = json.loads((folder / _STATE).read_text())
    except FileNotFoundError:  # whoever asked was lost before it began
        told = {"state": "lost"}
    if told["state"] == "running" and not _lives(told):
        told = {"state": "lost", "reason": ""}
    return StudyJob(asked["name"], folder, asked["created"], told["state"],
                    told.get("reason", ""), told.get("seconds"))


def _lives(told: dict[str, Any]) -> bool:
    try:
        process = psutil.Process(told["process"])
        return (process.create_time() == told["since"]
                and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _make(folder: Path) -> int:
    """Make a study that was asked for, and write down how it ended."""
    from twin_kernel.studies import run_study

    write_json(_running(psutil.Process()), folder / _STATE)
    asked = json.loads((folder / _ASKED).read_text())
    began = time.monotonic()
    try:
        run_study(asked["name"], asked["values"], folder / _OUTPUT, progress=False)
    except TwinError as error:
        write_json({"state": "failed_state", "reason": str(error)}, folder / _STATE)
        return 1
    write_json({"state": "complete", "seconds": time.monotonic() - began}, folder / _STATE)
    return 0


if __name__ == "__main__":
    sys.exit(_make(Path(sys.argv[1])))
