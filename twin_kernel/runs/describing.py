"""A run in words: for the command and for notebooks."""

from __future__ import annotations

import html
import json
from contextlib import suppress
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from twin_kernel.errors import InputError
from twin_kernel.runs.estimates import footprint_of, seconds
from twin_kernel.runs.folder import missing_outputs
from twin_kernel.runs.ledger import Record, State
from twin_kernel.runs.phrases import instant, phrase

if TYPE_CHECKING:
    from twin_kernel.runs.run import Run

__all__ = ["described", "described_in_html"]


def described(run: Run, language: str = "en") -> dict[str, str]:
    """Return what there is to say of a run, in reading order.

    Parameters
    ----------
    run : Run
    language : {"en", "fr"}
    """
    record = run.record
    said = {"run": record.id,
            "state": phrase("state", language, state=phrase(str(record.state), language),
                            progress=run.progress),
            "reason": record.reason or "",
            "asked": _asked(record, language), "needs": ", ".join(run.needs()),
            "priority": f"{record.priority:+d}" if record.priority else "",
            "solver": phrase("solver", language, solver=record.solver, cores=record.cores,
                             stage=phrase(record.stage, language), profile=record.profile)}
    if record.started:
        said["began"] = phrase(
            "began", language, when=instant(record.started, language, seconds=True),
            node=record.node, attempt=record.attempts, wait=seconds(record.queue_seconds or 0.0))
    if record.finished:
        said["ended"] = phrase("ended", language,
                               when=instant(record.finished, language, seconds=True))
    said["predicted"] = _predicted(record, language)
    if record.wall_seconds:
        said["took"] = phrase("took", language, time=seconds(record.wall_seconds),
                              memory=record.peak_memory)
        with suppress(InputError):  # its profile was taken from the settings
            spent = footprint_of(record.profile, record.core_seconds)
            said["took"] += f"; {spent.told(language)}"
    said["folder"] = str(run.folder)
    if record.state == State.COMPLETE and missing_outputs(run.folder):
        said["results"] = phrase("deleted", language)
    said |= {"case": _case(run, language), "forcing": _forcing(run.folder)}
    return {name: value for name, value in said.items() if value}


def _asked(record: Record, language: str) -> str:
    parts = [phrase("asked", language, owner=record.owner,
                    when=instant(record.created, language, seconds=True))]
    if record.project:
        parts.append(phrase("project", language, project=record.project))
    if record.ensemble:
        parts.append(phrase("ensemble", language, ensemble=record.ensemble))
    return " ".join(parts)


def _predicted(record: Record, language: str) -> str:
    if not record.predicted_median:
        return phrase("unpredicted", language)
    said = phrase("predicted", language, median=seconds(record.predicted_median),
                  low=seconds(record.predicted_low), high=seconds(record.predicted_high))
    if record.state == State.COMPLETE and record.wall_seconds:
        held = record.predicted_low <= record.wall_seconds <= record.predicted_high
        part = record.wall_seconds / record.predicted_median
        said += f"; {phrase('within' if held else 'outside', language, part=part)}"
    return said


def _case(run: Run, language: str) -> str:
    """Return what the case sets, in words; all of it is in case.json."""
    case, said = run.case.model_dump(mode="json", exclude_defaults=True), []
    for name, value in case.items():
        if name == "processes":
            value = {phrase(one, language): options for one, options in value.items()}
        key, plain = f"case_{name}", _plainly(value, language, name)
        told = phrase(key, language, value=plain)
        said.append(f"{name}: {plain}" if told == key else told)
    return "; ".join(said)


def _plainly(value: Any, language: str, name: str = "") -> str:
    if name in ("start", "stop"):
        return f"{instant(value, language)} UTC"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plainly(one, language)}".strip() if one != {} else key
                         for key, one in value.items())
    if isinstance(value, list):
        return " ".join(_plainly(one, language) for one in value)
    if value == "climatology":
        return phrase("climatology", language)
    return f"{value:g}" if isinstance(value, float) else str(value)


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
