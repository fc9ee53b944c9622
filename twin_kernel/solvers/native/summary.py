"""Budgets, extremes and costs of a finished run, ready for JSON."""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native.inputs import Inputs
from twin_kernel.solvers.native.model import Model
from twin_kernel.solvers.native.state import State

__all__ = ["assumed_constants", "remember_amounts", "summarise", "tell_budgets"]

_START = "amount_at_start."  # in State.memory, by the name of what is conserved


def remember_amounts(model: Model, state: State) -> None:
    """Keep, at the start of a run, how much there is of what processes conserve."""
    for name, amount in model.amounts(state).items():
        state.memory[_START + name] = np.array(amount.present)


def summarise(model: Model, state: State, inputs: Inputs) -> dict:
    """Return the summary of a run."""
    names, lows, highs = model.tracer_names, state.tracer_low, state.tracer_high
    summary = {
        "budgets": _budgets(model, state),
        "minimum_volume": state.volume_low,
        "tracer_ranges": {name: [float(low), float(high)]
                          for name, low, high in zip(names, lows, highs, strict=True)},
        "cells": model.grid.n_face, "steps": state.step, "time_step": inputs.options.time_step,
        "iterations_per_step": state.iterations / max(state.step, 1),
        "limited_cells_per_step": state.limited_cells / max(state.step, 1),
        "searches_over_tolerance": int(state.unconverged),
    }
    if assumed := assumed_constants(model):
        summary["assumed"] = assumed
    if "salinity" in names:
        summary["salinity_range"] = summary["tracer_ranges"]["salinity"]
    return summary


def _budgets(model: Model, state: State) -> dict[str, dict]:
    boundaries = model.grid.boundary_names

    def budget(start, end, entered, produced, units):
        total = float(entered.sum())
        # Of what moved as well: a stock near zero that much passed through closes no better.
        scale = max(abs(start), abs(end), float(np.abs(entered).max(initial=0.0)), abs(produced),
                    1e-300)
        return {"start": float(start), "end": float(end), "entered": total,
                "produced": float(produced), "units": units,
                "by_boundary": dict(zip(boundaries, entered.tolist(), strict=True)),
                "relative_error": float((end - start - total - produced) / scale)}

    out = {"water": budget(state.water_at_start, float(state.volume.sum()), state.water_entered,
                           state.rain_entered, "m3")}
    rows = {name: k for k, name in enumerate(model.tracer_names)}
    if "salinity" in rows:
        k = rows["salinity"]
        out["salt"] = budget(state.tracer_at_start[k], float(state.volume @ state.tracers[k]),
                             state.tracer_entered[k], 0.0, "salinity m3")
    for name, amount in model.amounts(state).items():
        entered = np.zeros(len(boundaries))
        for tracer, factor in amount.tracers.items():
            entered += factor * state.tracer_entered[rows[tracer]]
        out[name] = budget(float(state.memory[_START + name]), amount.present, entered,
                           amount.produced, amount.units)
    return out


def assumed_constants(model: Model) -> dict[str, float]:
    """Return the constants that stand for what neither weather nor tracers say, by field."""
    given = () if model.weather is None else tuple(model.weather.series)
    return model.processes.assumed(given)


def tell_budgets(budgets: dict[str, dict]) -> None:
    """Print a line for each budget."""
    for name, budget in budgets.items():
        print(f"budget of {name}: {budget['start']:.6e} + entered {budget['entered']:.6e} + "
              f"produced {budget['produced']:.6e} = {budget['end']:.6e} {budget['units']}, "
              f"relative error {budget['relative_error']:.1e}")
