"""The folder of a run: checks before it is made, and files that appear complete or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin_kernel.errors import StorageError
from twin_kernel.settings import get_settings

if TYPE_CHECKING:
    from twin_kernel.solvers.protocol import Setup

__all__ = ["COMMAND", "OUTPUTS", "RECORDED", "check_storage", "disk_below", "expected_bytes",
           "file_hash", "make_folder", "missing_outputs", "write_json"]

COMMAND = "command.json"
"""The solver's program as `launch` resolved it, so that a worker need not load the solver."""
OUTPUTS = ("output.nc", "stations.nc", "summary.json")
"""What every solver leaves, the summary last."""
RECORDED = (*OUTPUTS, "case.json", "provenance.json", "log", "resources.csv")
"""What of a run is worth keeping: what `copy_run` copies and a hub hands out."""
_MAP_FIELDS = 5
_BYTES = 4


def expected_bytes(setup: Setup) -> int:
    """Return an upper estimate of what a run writes: maps uncompressed, checkpoints, inputs."""
    seconds = float((setup.stop - setup.start) / _second())
    frames = seconds / setup.map_interval + 1
    series = len(setup.stations) * (seconds / setup.station_interval + 1) * _MAP_FIELDS * 8
    return int(frames * setup.mesh.n_face * _MAP_FIELDS * _BYTES + series
               + setup.mesh.n_face * 8 * 20)


def _second():
    import numpy as np

    return np.timedelta64(1, "s")


def check_storage(runs_directory: Path, setup: Setup) -> None:
    """Refuse a folder that cannot be written or a disk too full for the run.

    Raises
    ------
    StorageError
    """
    try:
        runs_directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=runs_directory):
            pass
    except OSError as error:
        raise StorageError(
            "The folder of runs cannot be written", received=f"{runs_directory} ({error.strerror})",
            allowed="a folder you may write in",
            next_step="set TWIN_DATA_DIRECTORY to another folder") from error
    reserve = get_settings().disk_reserve
    free, needed = shutil.disk_usage(runs_directory).free, expected_bytes(setup) + reserve
    if free < needed:
        raise StorageError(
            "The disk is too full for this run",
            received=f"{free / 1e6:.0f} MB free in {runs_directory}",
            allowed=f"at least {needed / 1e6:.0f} MB (with {reserve / 1e6:.0f} MB in reserve)",
            next_step="free some space, lengthen map_interval, or set TWIN_DATA_DIRECTORY")


def disk_below(place: Path, limit: float) -> bool:
    """Tell whether fewer bytes than a limit are free; a place that cannot be asked is not full."""
    try:
        return shutil.disk_usage(place).free < limit
    except OSError:
        return False


def missing_outputs(folder: Path) -> list[str]:
    """Return the outputs that a run has not written; none where it is whole."""
    return [name for name in OUTPUTS if not (folder / name).is_file()]


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(content: Any, path: Path, durable: bool = True) -> None:
    """Write JSON aside, then rename.

    Parameters
    ----------
    content : any
    path : Path
    durable : bool
        Whether it must outlive a loss of power.
    """
    # A name of its own: two writers of one file, as two attempts, never share what is half-written.
    partial = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with partial.open("w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, ensure_ascii=False)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def make_folder(folder: Path, case_json: str, write_inputs: Callable[[Path], None],
                command: dict[str, Any]) -> None:
    """Make a run's folder, whole or not at all.

    Parameters
    ----------
    folder : Path
        Must not exist.
    case_json : str
    write_inputs : callable
        Called with the folder under its provisional name; writes ``inputs/`` in it.
    command : dict
        What `COMMAND` holds: the program, and the distribution it comes from.
    """
    partial = folder.with_name(folder.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    try:
        write_json(json.loads(case_json), partial / "case.json")
        write_json(command, partial / COMMAND)
        (partial / "checkpoints").mkdir()
        write_inputs(partial)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    os.replace(partial, folder)
