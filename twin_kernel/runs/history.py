"""Looking back at runs: what they used, how two differ, and what may be deleted."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twin_kernel.errors import RunError, StorageError
from twin_kernel.runs.folder import OUTPUTS, RECORDED, missing_outputs
from twin_kernel.runs.lease import folder_lock
from twin_kernel.runs.ledger import State, open_ledger
from twin_kernel.runs.ledger.remote import RemoteLedger
from twin_kernel.runs.phrases import phrase
from twin_kernel.runs.resources import RESOURCES
from twin_kernel.runs.run import Run

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["Comparison", "compare_runs", "copy_run", "delete_results", "plot_resources",
           "resources"]

_SHORT = 300.0
"""A run shorter than this is drawn against seconds, s."""


class Comparison:
    """How two runs differ.

    Attributes
    ----------
    case : pandas.DataFrame
        One row for each parameter that differs; columns are the ids of the runs.
    record : pandas.DataFrame
        The same for what they were computed with and what they took.
    results : pandas.DataFrame
        One row for each variable that both have: ``largest`` and ``root_mean_square`` difference
        in the unit of the variable; empty where they cannot be compared.
    not_compared : str
        What of the results could not be compared, and why; "" where all was.
    """

    def __init__(self, case: pd.DataFrame, record: pd.DataFrame, results: pd.DataFrame,
                 not_compared: str = "") -> None:
        self.case, self.record, self.results = case, record, results
        self.not_compared = not_compared

    def __str__(self) -> str:
        told = "\n".join(f"{title}:\n{table.to_string() if len(table) else otherwise}\n"
                         for title, table, otherwise in self._parts())
        return told + (f"{self.not_compared}\n" if len(self.results) and self.not_compared else "")

    def _repr_html_(self) -> str:
        told = "".join(
            f"<h4>{title.capitalize()}</h4>{table.to_html() if len(table) else f'<p>{other}</p>'}"
            for title, table, other in self._parts())
        return told + (f"<p>{self.not_compared}</p>" if len(self.results) else "")

    def _parts(self) -> list[tuple[str, pd.DataFrame, str]]:
        return [("case", self.case, "the same"), ("computed with", self.record, "the same"),
                ("results", self.results, self.not_compared or "no variable in common")]


def resources(run: Run) -> pd.DataFrame:
    """Return what a run has used over time.

    Parameters
    ----------
    run : Run

    Returns
    -------
    pandas.DataFrame
        Columns ``attempt``, ``seconds`` (since it began), ``cores`` (busy), ``memory`` (MB), one
        row every two seconds or so.
    """
    columns = ["attempt", "seconds", "cores", "memory"]
    path = run.folder / RESOURCES
    if not path.is_file():
        return pd.DataFrame(columns=columns)
    return pd.read_csv(path, names=columns, on_bad_lines="skip")


def plot_resources(run: Run, language: str = "en") -> Figure:
    """Draw the cores and the memory that a run has used, one line for each attempt.

    Parameters
    ----------
    run : Run
    language : {"en", "fr"}
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 3.6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    record, table = run.record, resources(run)
    longest = max(table.groupby("attempt")["seconds"].max().sum(), record.predicted_high or 0.0)
    unit, size = ("seconds", 1.0) if longest < _SHORT else ("minutes", 60.0)
    offset = 0.0
    for attempt, part in table.groupby("attempt"):
        time = (part["seconds"] + offset) / size
        upper.plot(time, part["cores"], label=phrase("attempt", language, number=attempt))
        lower.plot(time, part["memory"])
        offset += float(part["seconds"].max())
    upper.axhline(record.cores, color="0.6", linestyle="--", label=phrase("cores_asked", language))
    if record.predicted_median:
        upper.axvspan(record.predicted_low / size, record.predicted_high / size, color="C1",
                      alpha=0.15, label=phrase("end_predicted", language))
    title = phrase("run", language, run=run.id, state=phrase(str(record.state), language))
    upper.set(ylabel=phrase("cores_busy", language), ylim=(0.0, None), title=title)
    upper.legend(loc="lower right", fontsize=8)
    lower.set(xlabel=phrase(unit, language), ylabel=phrase("memory", language), ylim=(0.0, None))
    return figure


def compare_runs(first: Run, second: Run) -> Comparison:
    """Compare two runs: what was asked, what they were computed with, what came out.

    Raises
    ------
    RunError
        Where they are one run.
    """
    if first.id == second.id:
        raise RunError("A run is compared with itself", received=first.id, allowed="two runs",
                       next_step="twin runs lists them")
    cases = [_flat(one.case.model_dump(mode="json")) for one in (first, second)]
    told = [_record(one) for one in (first, second)]
    ids = [first.id, second.id]
    return Comparison(_differences(cases, ids), _differences(told, ids),
                      *_result_differences(first, second))


def _flat(content: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Return nested settings as one level, names joined by points."""
    found: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, dict) and value:
            found.update(_flat(value, f"{before}{name}."))
        else:
            found[f"{before}{name}"] = value
    return found


def _record(run: Run) -> dict[str, Any]:
    record = run.record
    found = {name: getattr(record, name) for name in (
        "state", "solver", "profile", "cores", "node", "attempts", "wall_seconds", "peak_memory",
        "owner", "project", "model", "stage")}
    path = run.folder / "provenance.json"
    if path.is_file():
        told = json.loads(path.read_text(encoding="utf-8"))
        found |= {f"version of {name}": one for name, one in told.get("versions", {}).items()}
        found["commit"] = told.get("git_commit")
    return found


def _differences(both: list[dict[str, Any]], ids: list[str]) -> pd.DataFrame:
    names = [name for name in dict.fromkeys([*both[0], *both[1]])
             if both[0].get(name) != both[1].get(name)]
    return pd.DataFrame({run: [one.get(name) for name in names]
                         for run, one in zip(ids, both, strict=True)}, index=names, dtype=object)


def _result_differences(first: Run, second: Run) -> tuple[pd.DataFrame, str]:
    """Return the differences by variable, and what could not be compared."""
    import xarray as xr

    opened = []
    for run in (first, second):
        try:
            opened.append(xr.open_dataset(run.folder / OUTPUTS[0]))
        except (OSError, ValueError):  # not there, deleted, or in a format of the solver's own
            return pd.DataFrame(), f"not compared: {run.id} has no maps that can be read"
    with opened[0] as one, opened[1] as other:
        if not one["time"].equals(other["time"]):
            return pd.DataFrame(), "not compared: their maps are of other instants"
        if dict(one.sizes) != dict(other.sizes):
            return pd.DataFrame(), "not compared: their meshes differ"
        names = [{name for name in each.data_vars if "time" in each[name].dims}
                 for each in (one, other)]
        rows = {name: _difference(one[name], other[name])
                for name in one.data_vars if name in names[0] & names[1]}
        alone = "; ".join(f"only in {run.id}: {', '.join(sorted(own - others))}"
                          for run, own, others in ((first, *names), (second, *names[::-1]))
                          if own - others)
    return pd.DataFrame.from_dict(rows, orient="index"), alone


def _difference(one: xr.DataArray, other: xr.DataArray) -> dict[str, float | str]:
    """Return the largest and the root mean square difference of two fields, and their unit."""
    largest, square, count = 0.0, 0.0, 0
    for frame in range(one.sizes["time"]):  # one at a time: maps may not fit in memory
        apart = (one.isel(time=frame) - other.isel(time=frame)).values
        apart = apart[np.isfinite(apart)]
        largest = max(largest, float(np.abs(apart).max(initial=0.0)))
        square, count = square + float((apart**2).sum()), count + apart.size
    return {"largest": largest, "root_mean_square": (square / max(count, 1)) ** 0.5,
            "unit": one.attrs.get("units", "")}


def delete_results(run: Run) -> float:
    """Delete what a run wrote; its record, case and provenance stay.

    Parameters
    ----------
    run : Run

    Returns
    -------
    float
        Megabytes given back.

    Raises
    ------
    RunError
        Where the run is active, or a solver still computes in its folder.
    """
    ledger = open_ledger()
    if isinstance(ledger, RemoteLedger):
        return ledger.delete_results(run.id)
    if State(run.record.state).active:
        raise RunError("Results of an active run are not deleted", received=run.id,
                       allowed="a run that has ended", next_step=f"twin run cancel {run.id}")
    # What a paused run needs to be asked for again stays, but for its checkpoints.
    keep = {"case.json", "provenance.json", "command.json", "inputs", "lock", "log", RESOURCES}
    folder = run.folder
    aside = folder / "deleted.part"
    with folder_lock(folder, 0.0):
        aside.mkdir(exist_ok=True)
        for path in folder.iterdir():
            if path.name not in keep and path != aside:
                os.replace(path, aside / path.name)  # all gone from view before any is deleted
        (folder / "checkpoints").mkdir()
    freed = sum(path.stat().st_size for path in aside.rglob("*") if path.is_file()) / 1e6
    shutil.rmtree(aside)
    return freed


def copy_run(run: Run, folder: Path) -> Path:
    """Copy what a run left to a folder of its id, whole or not at all.

    Raises
    ------
    RunError
        Where it is not complete, or its results were deleted.
    StorageError
        Where the folder is there already or cannot be written.
    """
    folder_of_run = run.folder
    if missing_outputs(folder_of_run):
        raise RunError("The run has no results to download", received=f"{run.id}, {run.state}",
                       allowed="a complete run whose results were not deleted",
                       next_step=f"twin run show {run.id}")
    target = folder / run.id
    if target.exists():
        raise StorageError("The folder is there already", received=str(target),
                           allowed="a folder that does not exist", next_step="choose another")
    partial = folder / f"{run.id}.part"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        for name in RECORDED:
            if (folder_of_run / name).is_file():
                shutil.copy2(folder_of_run / name, partial / name)
        os.replace(partial, target)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise StorageError("The results cannot be copied", received=f"{target}: {error.strerror}",
                           allowed="a folder you may write in, on a disk with space",
                           next_step="choose another folder") from error
    return target
