"""A run in words: for the command and for notebooks."""

from __future__ import annotations

import html
import json
from contextlib import suppress
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from twin_kernel.errors import InputError
from twin_kernel.runs.estimates import footprint_of, seconds
from twin_kernel.runs.folder import missing_outputs
from twin_kernel.runs.ledger import State

if TYPE_CHECKING:
    from twin_kernel.runs.run import Run

__all__ = ["described", "described_in_html"]


def described(run: Run) -> dict[str, str]:
    """Return what there is to say of a run, in reading order."""
    record = run.record
    said = {"run": record.id, "state": f"{record.state} ({run.progress:.0%})"}
    if record.reason:
        said["reason"] = record.reason
    said["asked"] = f"{record.created[:19]} by {record.owner}" + (
        f" for project {record.project}" if record.project else "") + (
        f" in ensemble {record.ensemble}" if record.ensemble else "")
    if record.priority:
        said["priority"] = f"{record.priority:+d}"
    needed = run.needs()
    if needed:
        said["needs"] = ", ".join(needed)
    said["solver"] = f"{record.solver}, {record.stage}, {record.cores} core(s), " \
                     f"profile {record.profile}"
    if record.started:
        said["began"] = f"{record.started[:19]} on {record.node}, attempt {record.attempts}, " \
                        f"after a wait of {seconds(record.queue_seconds or 0.0)}"
    if record.finished:
        said["ended"] = record.finished[:19]
    said["predicted"] = _predicted(record)
    if record.wall_seconds:
        said["took"] = f"{seconds(record.wall_seconds)}, peak {record.peak_memory:.0f} MB"
        with suppress(InputError):  # its profile was taken from the settings
            said["took"] += f"; {footprint_of(record.profile, record.core_seconds)}"
    said["folder"] = str(run.folder)
    if record.state == State.COMPLETE and missing_outputs(run.folder):
        said["results"] = "deleted; launch the same case to compute them anew"
    said |= {"case": json.dumps(run.case.model_dump(mode="json", exclude_defaults=True),
                                ensure_ascii=False), "forcing": _forcing(run.folder)}
    return {name: value for name, value in said.items() if value}


def _predicted(record) -> str:
    if not record.predicted_median:
        return "no estimate: nothing like it had been run here"
    said = (f"{seconds(record.predicted_median)} ({seconds(record.predicted_low)} to "
            f"{seconds(record.predicted_high)}, 90 %)")
    if record.state == State.COMPLETE and record.wall_seconds:
        held = record.predicted_low <= record.wall_seconds <= record.predicted_high
        said += (f"; it took {record.wall_seconds / record.predicted_median:.0%} of it, "
                 f"{'within' if held else 'outside'} the interval")
    return said


def _forcing(folder: Path) -> str:
    """Return where each boundary's values come from; all of it is in provenance.json."""
    path = folder / "provenance.json"
    if not path.is_file():
        return ""
    told = json.loads(path.read_text(encoding="utf-8")).get("forcing", {})
    sources = {name.removeprefix("source_"): value for name, value in told.items()
               if name.startswith("source_")}
    return "; ".join(f"{name}: {shorten(value, 70, placeholder=' …')}"
                     for name, value in sources.items())


def described_in_html(run: Run) -> str:
    """Return the same as a table, for a notebook."""
    rows = "".join(f"<tr><th style='text-align:left;vertical-align:top'>{name}</th>"
                   f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
                   for name, value in described(run).items())
    return f"<table>{rows}</table>"
