"""The funnel test: cost by phase, iterations and error of the native solver at several steps.

Repeats the project's table of schemes: CPU seconds per simulated day with one tracer, Coriolis and
tidal flats, and the root-mean-square error of the level at four places over the whole run of
12.5 h, against a run on the mesh with every triangle cut in four and a short step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from benchmarks.driver import Simulation
from benchmarks.funnel_case import (
    BANK,
    DURATION,
    LATITUDE,
    PLACES,
    Gauges,
    bed_of,
    case_on,
    given_mesh,
    own_mesh,
)
from benchmarks.measuring import Report, Stopwatch, arguments, median_of
from benchmarks.phases import PHASES, phases_timed
from benchmarks.refine import split
from benchmarks.triad import bandwidth
from twin_kernel.mesh import Mesh

__all__ = ["ERRORS", "Plan", "errors_in_cm", "levels_of", "reference", "report"]

ERRORS = [f"error km {place:g}, cm" for place in PLACES]
_READ_EVERY = 600.0  # s


@dataclass(frozen=True)
class Plan:
    """How long and how often to measure.

    Attributes
    ----------
    duration : float
        Time simulated, s.
    time_steps : tuple of float
    reference_step : float
        Of the refined run, s.
    repeats : int
    """

    duration: float = DURATION
    time_steps: tuple[float, ...] = (30.0, 60.0, 120.0)
    reference_step: float = 10.0
    repeats: int = 3


QUICK = Plan(duration=3600.0, time_steps=(60.0, 120.0), reference_step=60.0, repeats=1)


def meshes(quick: bool) -> dict[str, tuple[Mesh, float]]:
    """Return the meshes of the test with the level of the bed at their banks, by name."""
    if quick:
        return {"own": (own_mesh(8.0, BANK["C"]), BANK["C"])}
    found = {name: (given_mesh(name), bank) for name, bank in BANK.items()}
    return {name if mesh is not None else f"own {name}":
            (mesh if mesh is not None else own_mesh(1.0 if name == "A" else 0.7, bank), bank)
            for name, (mesh, bank) in found.items()}


def levels_of(simulation: Simulation, duration: float, watch: Stopwatch) -> np.ndarray:
    """Run, timed, and return the (n_time, 4) levels at the places, m, every ten minutes."""
    gauges, series = Gauges(simulation.case.mesh), []
    for _ in range(round(duration / _READ_EVERY)):
        with watch:
            simulation.advance(round(_READ_EVERY / simulation.time_step))
        series.append(gauges.read(simulation.levels()))
    return np.array(series)


def reference(mesh: Mesh, bank: float, plan: Plan, latitude: float = LATITUDE) -> np.ndarray:
    """Return the levels of the refined run, (n_time, 4) m."""
    fine = case_on(split(mesh, bed_of(bank)), latitude)
    return levels_of(Simulation(fine, plan.reference_step), plan.duration, Stopwatch())


def errors_in_cm(levels: np.ndarray, exact: np.ndarray) -> dict[str, float]:
    """Return the root-mean-square difference at each place, cm."""
    rms = 100.0 * np.sqrt(np.mean((levels - exact) ** 2, axis=0))
    return dict(zip(ERRORS, rms.tolist(), strict=True))


def _measure(mesh: Mesh, time_step: float, plan: Plan, exact: np.ndarray) -> dict:
    Simulation(case_on(mesh), time_step).advance(1)  # compiles
    simulation, watch = Simulation(case_on(mesh), time_step), Stopwatch()
    with phases_timed() as seconds:
        levels = levels_of(simulation, plan.duration, watch)
    per_day = 86400.0 / plan.duration
    spent = {phase: seconds[phase] * per_day for phase in PHASES[:-1]}
    steps = plan.duration / time_step
    return {
        "CPU s/day": watch.cpu * per_day, "wall s/day": watch.wall * per_day, **spent,
        PHASES[-1]: watch.cpu * per_day - sum(spent.values()),
        "iterations/step": simulation.iterations / steps,
        "ns/cell/step": 1e9 * watch.cpu / steps / mesh.n_face, **errors_in_cm(levels, exact)}


def report(quick: bool = False) -> Report:
    """Measure the funnel test on its meshes."""
    plan, rows = QUICK if quick else Plan(), []
    for name, (mesh, bank) in meshes(quick).items():
        exact = reference(mesh, bank, plan)
        for time_step in plan.time_steps:
            repeats = [_measure(mesh, time_step, plan, exact) for _ in range(plan.repeats)]
            rows.append({"mesh": name, "triangles": mesh.n_face, "dt s": round(time_step),
                         **median_of(repeats)})
    table = pd.DataFrame(rows)
    return Report(
        "funnel", "The funnel test: cost by phase and error",
        [f"CPU and wall seconds per simulated day on one thread, one tracer, Coriolis; median of "
         f"{plan.repeats} runs of {plan.duration / 3600:g} h. Phases are CPU seconds per day. "
         f"Root-mean-square error of the level over the run, against the mesh with every triangle "
         f"cut in four (bed evaluated anew) at dt {plan.reference_step:g} s: the same solver, so "
         f"that a fault that does not shrink with mesh and step stays unseen.",
         f"Triad in the same run: {bandwidth(1, quick) / 1e9:.1f} GB/s on one thread (21 to 25 "
         f"where the prototype and TELEMAC were timed: prototype 24 / 20.5 / 18.5, TELEMAC 59 / 30 "
         f"/ 18 on mesh A; 42 / 31.5 / 31 and 71 / 38 / 24 on mesh C, at dt 30 / 60 / 120)."],
        {"Cost and error": table}, _figure(table))


def _figure(table: pd.DataFrame) -> Figure:
    figure = Figure(figsize=(10.0, 4.0), layout="constrained")
    cost, error = figure.subplots(1, 2)
    labels = [f"{row['mesh']}\n{row['dt s']} s" for _, row in table.iterrows()]
    bottom = np.zeros(len(table))
    for phase in PHASES:
        cost.bar(labels, table[phase], bottom=bottom, label=phase)
        bottom += table[phase].to_numpy()
    cost.set_ylabel("CPU s per simulated day")
    cost.legend()
    for (_, row), label in zip(table.iterrows(), labels, strict=True):
        error.plot(PLACES, row[ERRORS].astype(float), "o-", label=label.replace("\n", ", "))
    error.set(xlabel="km from the mouth", ylabel="error of the level, RMS cm", ylim=(0.0, None))
    error.legend()
    return figure


if __name__ == "__main__":
    given = arguments(__doc__)
    report(given.quick).write(given.output)
