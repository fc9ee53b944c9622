"""One study: a template executed with its parameters, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twin_kernel.errors import TwinError
from twin_kernel.studies.folder import PROVENANCE, check_output, study_folder
from twin_kernel.studies.provenance import study_provenance, write_provenance
from twin_kernel.studies.record import LOG, read_log
from twin_kernel.studies.template import Template, find_template

__all__ = ["StudyResult", "default_output", "run_study"]


@dataclass(frozen=True)
class StudyResult:
    """A complete study on disk.

    Attributes
    ----------
    folder : Path
        Holds the notebook, the page, ``results/``, ``pictures/`` and ``provenance.json``.
    notebook, page : Path
        Executed notebook and the HTML page made of it.
    """

    folder: Path
    notebook: Path
    page: Path

    @property
    def provenance(self) -> dict[str, Any]:
        """Content of ``provenance.json``."""
        return json.loads((self.folder / PROVENANCE).read_text(encoding="utf-8"))

    @property
    def pictures(self) -> list[Path]:
        """Pictures of the study, by name."""
        return sorted((self.folder / "pictures").glob("*.png"))


def run_study(
    template: str | Path | Template, parameters: Mapping[str, Any] | None = None,
    output: str | Path | None = None, *, progress: bool = True,
) -> StudyResult:
    """Execute a template with its parameters and publish what it found.

    Parameters
    ----------
    template : str, Path or Template
        Name of a template of this installation, or a notebook.
    parameters : mapping, optional
        Values of some parameters; numbers may carry a unit ("120 m3/s"). Defaults for the others.
    output : str or Path, optional
        Folder of the study; by default see `default_output`. An earlier study there is replaced
        once the new one is complete.
    progress : bool
        Show a progress bar.

    Returns
    -------
    StudyResult

    Raises
    ------
    InputError
        Unknown template or parameter, wrong type, unit or range: before anything is written.
    StorageError
        The folder cannot be written, or another process is writing this study.
    TwinError
        The template refused or failed; nothing is left of the study.
    KeyboardInterrupt
        Stopped by the user; nothing is left of the study, its runs are stopped and can be resumed.
    """
    chosen = find_template(template)
    values = chosen.resolve(parameters)
    folder = default_output(chosen, values) if output is None else Path(output).absolute()
    check_output(folder)
    started = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    with study_folder(folder) as partial:
        durations = _make(chosen, values, partial, progress)
        write_provenance(
            study_provenance(chosen, values, partial, durations, started), partial / PROVENANCE
        )
        (partial / LOG).unlink(missing_ok=True)
    return StudyResult(folder, folder / f"{chosen.name}.ipynb", folder / f"{chosen.name}.html")


def default_output(template: Template, values: Mapping[str, Any]) -> Path:
    """Return ``studies_out/<name>-<eight digits>``: the same question has the same folder."""
    asked = json.dumps([template.sha256, dict(values)], sort_keys=True)
    digits = hashlib.sha256(asked.encode()).hexdigest()[:8]
    return Path.cwd() / "studies_out" / f"{template.name}-{digits}"


def _make(
    template: Template, values: Mapping[str, Any], partial: Path, progress: bool
) -> dict[str, float]:
    """Write notebook, page, results and pictures; return the seconds of each part."""
    from twin_kernel.studies.execution import execute_template  # papermill: 0.6 s
    from twin_kernel.studies.page import write_page

    for name in ("results", "pictures"):
        (partial / name).mkdir()
    begin = time.monotonic()
    try:
        notebook = execute_template(template, values, partial, progress=progress)
    except KeyboardInterrupt:
        _stop_runs(partial)
        raise
    executed = time.monotonic()
    write_page(notebook, notebook.with_suffix(".html"))
    return {"notebook": executed - begin, "page": time.monotonic() - executed}


def _stop_runs(partial: Path) -> None:
    """Stop the runs that this study waits for; they keep their checkpoints."""
    from twin_kernel.runs import find_run

    for noted in read_log(partial)["runs"]:
        with contextlib.suppress(TwinError):  # complete in the meantime
            find_run(noted["id"]).cancel()
