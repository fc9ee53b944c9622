"""What a study keeps: pictures, tables, runs and the sources of its data.

A template asks for its record with :func:`open_record`. Executed by `run_study`, the record writes
in the folder of the study; opened by hand in JupyterLab, it only shows.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin_kernel.catalog import open_catalog
from twin_kernel.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from twin_kernel.runs import Run

__all__ = ["FOLDER_VARIABLE", "LOG", "Record", "open_record", "read_log"]

FOLDER_VARIABLE = "TWIN_STUDY_FOLDER"
LOG = ".record.json"
_OUTPUTS = ("output.nc", "stations.nc", "summary.json", "case.json", "provenance.json")
_TICK = 0.5  # s between two looks at a run
_NAME = re.compile(r"[a-z0-9][a-z0-9_\-]*")


class Record:
    """The record of one study.

    Parameters
    ----------
    folder : Path or None
        Folder of the study; None to show only.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._log: dict[str, Any] = {"runs": [], "sources": [], "pictures": []}

    def follow(self, run: Run) -> None:
        """Wait for a run with a bar, and keep its outputs in ``results/`` of the study.

        The run is noted first, so that stopping the study can stop it.

        Parameters
        ----------
        run : Run

        Raises
        ------
        RunError
            The run failed, or was cancelled or paused.
        """
        self._note(run)
        if self.folder is None:
            run.wait()
            return
        begin = time.monotonic()
        while run.going():
            passed = time.monotonic() - begin
            told = run.preparing() or f"{run.progress:.0%} after {passed:.0f} s"
            print(f"\rrun {run.id}: {told:30}", end="", file=sys.stderr, flush=True)
            time.sleep(_TICK)
        run.wait(progress=False)
        how = "already computed" if run.already_computed else "complete"
        print(f"\rrun {run.id}: {how}" + 20 * " ", file=sys.stderr, flush=True)
        self._keep_outputs(run)

    def _note(self, run: Run) -> None:
        noted = {"id": run.id, "folder": str(run.folder), "case_hash": run.case_hash}
        if noted not in self._log["runs"]:
            self._log["runs"].append(noted)
        self._write_log()

    def _keep_outputs(self, run: Run) -> None:
        """Link the outputs where both folders are on one disk, and copy them elsewhere."""
        target = self.folder / "results" / run.id
        target.mkdir(parents=True, exist_ok=True)
        for name in _OUTPUTS:
            source = Path(run.folder) / name
            if source.is_file():
                _link(source, target / name)

    def picture(self, figure: Figure, name: str, dpi: int = 150) -> None:
        """Save a figure as ``pictures/<name>.png``; the notebook shows it as usual.

        Parameters
        ----------
        figure : matplotlib.figure.Figure
        name : str
            Lower-case letters, digits, ``_`` and ``-``.
        dpi : int
            Dots per inch.
        """
        _check_name(name)
        if self.folder is None:
            return
        path = self.folder / "pictures" / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        figure.savefig(path, dpi=dpi, bbox_inches="tight", facecolor="white")
        self._log["pictures"].append(path.name)
        self._write_log()

    def table(self, frame: pd.DataFrame, name: str) -> None:
        """Save a table as ``results/<name>.csv``."""
        _check_name(name)
        if self.folder is None:
            return
        path = self.folder / "results" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        frame.to_csv(path)

    def cite(self, *entries: str) -> list[dict[str, str]]:
        """Note the catalogue entries used, and return what must be said of them.

        Parameters
        ----------
        *entries : str
            Names of catalogue entries.

        Returns
        -------
        list of dict
            ``entry``, ``attribution``, ``licence``, ``citation``, ``indicative`` of each.
        """
        catalog = open_catalog()
        for entry in entries:
            metadata = catalog.metadata(entry)
            keys = ("attribution", "licence", "citation", "indicative")
            source = {"entry": entry, **{key: metadata[key] for key in keys}}
            if source not in self._log["sources"]:
                self._log["sources"].append(source)
        self._write_log()
        return list(self._log["sources"])

    def _write_log(self) -> None:
        if self.folder is None:
            return
        aside = self.folder / f"{LOG}.part"
        aside.write_text(json.dumps(self._log, indent=1), encoding="utf-8")
        os.replace(aside, self.folder / LOG)


def open_record() -> Record:
    """Return the record of the study that executes this notebook, or one that only shows."""
    folder = os.environ.get(FOLDER_VARIABLE)
    return Record(Path(folder) if folder else None)


def read_log(folder: Path) -> dict[str, Any]:
    """Return what the record of a study noted: ``runs``, ``sources`` and ``pictures``."""
    path = folder / LOG
    empty: dict[str, Any] = {"runs": [], "sources": [], "pictures": []}
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else empty


def _link(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another disk, or a file system without links
        shutil.copy2(source, target)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InputError(
            "a picture or table has an unusable name", received=repr(name),
            allowed="lower-case letters, digits, '_' and '-'",
            next_step="choose a name like 'water_level'",
        )
