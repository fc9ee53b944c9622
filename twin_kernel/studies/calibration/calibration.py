"""Calibrates a river on its gauges, and judges it on gauges it was not calibrated on."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twin_kernel.catalog.meshes import mesh_key
from twin_kernel.errors import CatalogError
from twin_kernel.forcing.tide import predict_tide
from twin_kernel.indicators import observed_level
from twin_kernel.indicators.harmonics import analyse_together
from twin_kernel.settings import get_settings
from twin_kernel.solvers.registry import get_solver
from twin_kernel.studies.calibration.fitting import Problem, fit, without
from twin_kernel.studies.calibration.recipe import CalibrationRecipe, calibration_recipe
from twin_kernel.studies.calibration.runs import GaugeRuns

__all__ = ["Calibration", "calibrate", "evidence_path", "open_calibration"]


@dataclass(frozen=True)
class Calibration:
    """A calibration with its evidence.

    Attributes
    ----------
    facts : dict
        Version, parent, date, solver, mesh, period, number of runs, J at each step.
    parameters : pandas.DataFrame
        By name: ``unit``, ``prior``, ``deviation`` (of the prior), ``value``, ``uncertainty``
        (standard deviation), ``at_bound``.
    correlation : pandas.DataFrame
        Of the values, parameter by parameter.
    constituents : pandas.DataFrame
        By gauge and constituent: ``observed_amplitude`` (m), ``observed_phase`` (degrees), and for
        ``before``, ``after``, ``left_out`` (the gauge not used): ``_amplitude_error`` (part of the
        observed), ``_phase_error`` (degrees late), ``_error`` (length of the complex difference,
        m).
    levels : pandas.DataFrame
        By gauge: root-mean-square difference of the level about its mean, m, ``before``,
        ``after``, ``left_out``; what is observed is the tide of the gauge's constants.
    reconstructed : pandas.DataFrame
        The same of the levels that the constituents analysed make up, of computed and observed
        alike. A gauge's table holds some fifty constituents; a model makes all that its equations
        do (MK4, 2MN6, 3MS8 and what steepens the flood), which `levels` counts as its error.
    sensitivity : pandas.DataFrame
        By gauge and constituent, for each parameter: change of the amplitude (m) where the
        parameter moves by the standard deviation of its prior.
    """

    facts: dict[str, Any]
    parameters: pd.DataFrame
    correlation: pd.DataFrame
    constituents: pd.DataFrame
    levels: pd.DataFrame
    reconstructed: pd.DataFrame
    sensitivity: pd.DataFrame

    def write(self, path: Path) -> None:
        """Write the evidence as JSON, whole or not at all."""
        content = {"facts": self.facts, **{
            name: json.loads(getattr(self, name).to_json(orient="table", double_precision=6))
            for name in _TABLES}}
        aside = path.with_name(path.name + ".part")
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n",
                         encoding="utf-8")
        os.replace(aside, path)


_TABLES = ("parameters", "correlation", "constituents", "levels", "reconstructed", "sensitivity")


def evidence_path(river: str = "gironde") -> Path:
    """Return where the evidence of the calibration adopted by the catalogue is."""
    return get_settings().catalogs_directory / "calibrations" / f"{river}.json"


def open_calibration(path: Path | str | None = None) -> Calibration:
    """Read a calibration's evidence, by default the one the Gironde's values come from.

    Raises
    ------
    CatalogError
        There is no such file, or it does not hold all that a calibration has.
    """
    path = evidence_path() if path is None else Path(path)
    if not path.is_file():
        raise CatalogError("the calibration has no evidence", received=path,
                           next_step="twin calibrate gironde")
    tables = {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        for name in _TABLES:
            table = pd.DataFrame(content[name]["data"])
            tables[name] = table.set_index(content[name]["schema"]["primaryKey"])
        return Calibration(content["facts"], **tables)
    except (KeyError, TypeError, ValueError) as error:
        raise CatalogError(
            "the file is no evidence of a calibration, or that of an older version",
            received=f"{path}: {error}", allowed="facts and the tables " + ", ".join(_TABLES),
            next_step="twin calibrate gironde") from error


def calibrate(river: str | CalibrationRecipe = "gironde", *, workers: int = 2, steps: int = 3,
              leave_out: bool = True, progress: bool = True) -> Calibration:
    """Fit the parameters of a river to its gauges; judge each gauge with it left out.

    Runs that were computed before, by the same solver on the same mesh and forcing, are not
    repeated: an interrupted calibration goes on where it was.

    Parameters
    ----------
    river : str or CalibrationRecipe
        A river with a recipe in ``catalogs/calibrations``, or a recipe.
    workers : int
        Runs at the same time.
    steps : int
        Most steps of the search.
    leave_out : bool
        Whether to judge each gauge by a run that did not use it; without, ``left_out`` is NaN.
    progress : bool
        Whether to show a bar.

    Raises
    ------
    CatalogError
        The river has no recipe.
    SolverError
        A run failed.
    """
    recipe = river if isinstance(river, CalibrationRecipe) else calibration_recipe(river)
    runs = GaugeRuns(recipe, workers, progress)
    gauges = list(runs.river.gauges)
    times = runs.times
    observed = np.stack([observed_level(gauge, times) for gauge in gauges], axis=1)

    def analysed(levels: np.ndarray) -> np.ndarray:
        """Return the complex constants, (n_analysed, n_gauge) m."""
        return analyse_together(levels, times, runs.river.latitude, recipe.analysed)

    def constants(levels: np.ndarray) -> np.ndarray:
        """Return those that are fitted, (n_fitted, n_gauge) m."""
        return analysed(levels)[[recipe.analysed.index(name) for name in recipe.fitted]]

    sigma = recipe.sigma(constants(observed)).ravel()
    problem = Problem(
        compute=lambda choices: [_flat(constants(one)) for one in runs.levels(choices)],
        observed=_flat(constants(observed)), sigma=np.concatenate([sigma, sigma]),
        prior=recipe.prior, deviation=recipe.deviation, bounds=recipe.bounds)
    found = fit(problem, steps)
    of_gauge = np.tile(np.arange(len(gauges)), 2 * len(recipe.fitted))
    folds = [without(problem, found, of_gauge == k) for k in range(len(gauges))]
    before, after, *others = runs.levels(
        [recipe.prior, found.values, *(folds if leave_out else [])])
    left_out = np.stack([one[:, k] for k, one in enumerate(others)], axis=1) if leave_out else (
        np.full_like(after, np.nan))
    judged = {"before": before, "after": after, "left_out": left_out}
    covariance = found.covariance(problem)
    facts = _facts(recipe, len(others) + len(found.costs) + len(recipe.names), found.costs)
    return Calibration(
        facts, _parameters(recipe, found.values, covariance), _correlation(recipe, covariance),
        _constituents(recipe, gauges, constants(observed),
                      {name: constants(levels) for name, levels in judged.items()}),
        _levels(gauges, observed, judged),
        _levels(gauges, *_tides(recipe, times, runs.river.latitude, analysed(observed), {
            name: analysed(levels) for name, levels in judged.items()})),
        _sensitivity(recipe, gauges, found))


def _flat(constants: np.ndarray) -> np.ndarray:
    return np.concatenate([constants.real.ravel(), constants.imag.ravel()])


def _facts(recipe: CalibrationRecipe, runs: int, costs: tuple[float, ...]) -> dict[str, Any]:
    solver = get_solver("native")
    return {
        "version": recipe.version, "parent": recipe.parent, "river": recipe.river,
        "date": datetime.now(UTC).date().isoformat(), "solver": f"{solver.name} {solver.version}",
        "mesh_before": mesh_key(recipe.river), "start": recipe.start, "days": recipe.days,
        "spin_up_days": recipe.spin_up_days, "runs": runs, "costs": list(costs),
        "repeat": f"twin calibrate {recipe.river}"}


def _parameters(recipe: CalibrationRecipe, values: np.ndarray,
                covariance: np.ndarray) -> pd.DataFrame:
    at_bound = np.isclose(values, recipe.bounds, atol=1e-9).any(axis=0)
    return pd.DataFrame(
        {"unit": [one.unit for one in recipe.parameters], "prior": recipe.prior,
         "deviation": recipe.deviation, "value": values,
         "uncertainty": np.sqrt(np.diag(covariance)), "at_bound": at_bound},
        index=pd.Index(recipe.names, name="parameter"))


def _correlation(recipe: CalibrationRecipe, covariance: np.ndarray) -> pd.DataFrame:
    spread = np.sqrt(np.diag(covariance))
    return pd.DataFrame(covariance / np.outer(spread, spread), columns=list(recipe.names),
                        index=pd.Index(recipe.names, name="parameter"))


def _constituents(recipe, gauges, observed, computed: dict[str, np.ndarray]) -> pd.DataFrame:
    rows = []
    for j, gauge in enumerate(gauges):
        for i, name in enumerate(recipe.fitted):
            seen = observed[i, j]
            row = {"gauge": gauge, "constituent": name, "observed_amplitude": abs(seen),
                   "observed_phase": float(-np.degrees(np.angle(seen)) % 360.0)}
            for when, constants in computed.items():
                ratio = constants[i, j] / seen
                row[f"{when}_amplitude_error"] = abs(ratio) - 1.0
                row[f"{when}_phase_error"] = float(-np.degrees(np.angle(ratio)))
                row[f"{when}_error"] = abs(constants[i, j] - seen)
            rows.append(row)
    return pd.DataFrame(rows).set_index(["gauge", "constituent"])


def _levels(gauges, observed: np.ndarray, judged: dict[str, np.ndarray]) -> pd.DataFrame:
    seen = observed - observed.mean(axis=0)
    table = {when: np.sqrt(np.mean((levels - levels.mean(axis=0) - seen) ** 2, axis=0))
             for when, levels in judged.items()}
    return pd.DataFrame(table, index=pd.Index(gauges, name="gauge"))


def _tides(recipe, times, latitude: float, observed: np.ndarray, judged: dict[str, np.ndarray]
           ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the levels (n_time, n_gauge) m that constants make up, observed and computed."""
    def series(constants: np.ndarray) -> np.ndarray:
        return np.stack([predict_tide(pd.DataFrame({
            "constituent": recipe.analysed, "amplitude": np.abs(one),
            "phase": -np.degrees(np.angle(one)) % 360.0}), times, latitude)
            for one in constants.T], axis=1)

    return series(observed), {
        name: series(constants) if np.isfinite(constants).all() else np.full(
            (len(times), observed.shape[1]), np.nan) for name, constants in judged.items()}


def _sensitivity(recipe: CalibrationRecipe, gauges, found) -> pd.DataFrame:
    """Return the change of amplitudes by a standard deviation of the prior of each parameter."""
    shape = (len(recipe.fitted), len(gauges))
    real, imaginary = np.split(found.computed, 2)
    there = real + 1j * imaginary
    change = (found.jacobian * recipe.deviation)[: len(there)] + 1j * (
        found.jacobian * recipe.deviation)[len(there):]
    amplitude = (change * np.conj(there / np.abs(there))[:, None]).real
    index = pd.MultiIndex.from_product([list(recipe.fitted), gauges],
                                       names=["constituent", "gauge"])
    table = pd.DataFrame(amplitude.reshape(shape[0] * shape[1], -1), index=index,
                         columns=list(recipe.names))
    return table.swaplevel().sort_index(level="gauge", sort_remaining=False)
