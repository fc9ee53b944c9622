"""Growth with the mesh: time per simulated day, iterations, memory, from 15 000 to 1 M triangles.

The funnel with tidal flats, its triangles cut in four three times. The coarsest mesh runs six hours
from rest; each finer one goes on from what the coarser had reached, is given half an hour of the
river's time to settle, then is timed over a few steps: at a time step that shrinks as the triangles
do, and at 60 s.
"""

from __future__ import annotations

import gc
import resource
import sys
from dataclasses import dataclass

import numba
import pandas as pd
import psutil
from matplotlib.figure import Figure

from benchmarks.driver import Simulation
from benchmarks.funnel_case import BANK, bed_of, case_on, own_mesh
from benchmarks.measuring import Report, Stopwatch, arguments
from benchmarks.refine import continued, split
from benchmarks.speed import measure
from benchmarks.triad import bandwidth, thread_counts

__all__ = ["Plan", "report"]

_TIME_STEP = 60.0  # s, on the coarsest mesh


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes
    ----------
    coarseness : float
        Of the first mesh, see `own_mesh`.
    levels : int
        Meshes, each with four times the triangles of the one before.
    spin_up : float
        Of the first mesh, s.
    settling : float
        Of each mesh before it is timed, s.
    steps : int
        Timed on the first mesh; a quarter as many on each finer one, at least `least`.
    least : int
    """

    coarseness: float = 1.0
    levels: int = 4
    spin_up: float = 21600.0
    settling: float = 1800.0
    steps: int = 160
    least: int = 6


QUICK = Plan(coarseness=8.0, levels=2, spin_up=600.0, settling=120.0, steps=4, least=2)


def _memory() -> tuple[float, float]:
    """Return what the process holds and the most it has held, bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(psutil.Process().memory_info().rss), peak * (1024.0 if sys.platform != "darwin"
                                                              else 1.0)


def _timed(simulation: Simulation, plan: Plan, level: int, threads: int = 1,
           steps: int | None = None) -> dict:
    simulation.advance(round(plan.settling / simulation.time_step))
    steps = steps or max(plan.steps // 4**level, plan.least)
    return {"triangles": simulation.grid.n_face, "threads": threads,
            "dt s": simulation.time_step, **measure(simulation, steps)}


def _first(plan: Plan) -> Simulation:
    simulation = Simulation(case_on(own_mesh(plan.coarseness)), _TIME_STEP)
    simulation.advance(round(plan.spin_up / _TIME_STEP))
    return simulation


def _finer(coarse: Simulation, time_step: float, threads: int = 1) -> Simulation:
    case = case_on(split(coarse.case.mesh, bed_of(BANK["A"])))
    return continued(coarse, case, time_step, threads)


def measured(plan: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table of times and the table of memory."""
    _first(QUICK)  # imports and compiles what is not the mesh's
    gc.collect()
    empty = _memory()[0]
    simulation = _first(plan)
    times, memory = [_timed(simulation, plan, 0)], []
    for level in range(plan.levels):
        if level:
            coarse, watch = simulation, Stopwatch()
            with watch:
                simulation = _finer(coarse, _TIME_STEP / 2**level)
            times.append(_timed(simulation, plan, level))
            memory[-1]["seconds to build the next"] = watch.wall
            times += [_timed(_finer(coarse, _TIME_STEP / 2**level, threads), plan, level, threads)
                      for threads in thread_counts()[1:] if level >= plan.levels - 2]
            times.append(_timed(_finer(coarse, _TIME_STEP), plan, level, steps=plan.least))
            del coarse
        gc.collect()
        cells, (held, peak) = simulation.grid.n_face, _memory()
        memory.append({
            "triangles": cells, "arrays B/cell": simulation.bytes_held() / cells,
            "process B/cell": (held - empty) / cells, "process GB": held / 1e9,
            "peak GB": peak / 1e9, "seconds to build the next": float("nan")})
    return pd.DataFrame(times), pd.DataFrame(memory)


def report(quick: bool = False) -> Report:
    """Measure growth."""
    plan = QUICK if quick else Plan()
    times, memory = measured(plan)
    remarks = [
        f"Funnel with flats, one tracer; timed over {plan.steps} steps on the first mesh and a "
        f"quarter as many on each finer one (at least {plan.least}), between "
        f"{plan.spin_up / 3600:g} and 12 h from rest, {plan.settling / 60:g} min after the start "
        "of each mesh, and scaled to a day. Memory: arrays of grid, state and model; "
        "the process above its size before the first mesh, with the mesh and series; the most it "
        "ever held, which is while the next mesh is built.",
        f"Triad in the same run: {bandwidth(1, quick) / 1e9:.1f} GB/s on one thread; "
        f"{numba.config.NUMBA_NUM_THREADS} threads at most."]
    return Report("growth", "Growth with the mesh", remarks,
                  {"Time": times, "Memory": memory}, _figure(times, memory))


def _figure(times: pd.DataFrame, memory: pd.DataFrame) -> Figure:
    figure = Figure(figsize=(11.0, 3.6), layout="constrained")
    wall, iterations, held = figure.subplots(1, 3)
    fixed = times["dt s"] == _TIME_STEP
    shrinking = ~times.duplicated(["triangles", "threads"]) | ~fixed
    for label, rows in {"dt as the triangles": times[shrinking], "dt 60 s": times[fixed]}.items():
        for threads, same in rows.groupby("threads"):
            name = f"{label}, {threads} thread{'s' * (threads > 1)}"
            wall.loglog(same["triangles"], same["wall s/day"], "o-", label=name)
            iterations.semilogx(same["triangles"], same["iterations/system"], "o-", label=name)
    held.semilogx(memory["triangles"], memory["process B/cell"], "o-", label="process")
    held.semilogx(memory["triangles"], memory["arrays B/cell"], "s-", label="arrays")
    wall.set(xlabel="triangles", ylabel="wall s per simulated day")
    iterations.set(xlabel="triangles", ylabel="iterations per linear system", ylim=(0.0, None))
    held.set(xlabel="triangles", ylabel="bytes per triangle", ylim=(0.0, None))
    wall.legend(fontsize=7)
    held.legend(fontsize=7)
    return figure


if __name__ == "__main__":
    given = arguments(__doc__)
    report(given.quick).write(given.output)
