"""Speed of the native solver on the Gironde: cell updates per second, iterations, and the limit.

On the mesh of the repository, and on openTELEMAC's example mesh where its file is beside the
repository; one tidal cycle after half a day from rest, mean discharge, salt.

The limit is the time that the memory of the machine needs to bring the arrays that a step must
touch, each once: all arrays that the solver holds, once a step, and `_BYTES_PER_ITERATION` per cell
and iteration of the linear solver. It is a lower bound only where arrays exceed the caches: a small
mesh can beat it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from benchmarks.driver import Case, Simulation
from benchmarks.funnel_case import SHARED, case_on, own_mesh, tide
from benchmarks.measuring import Report, Stopwatch, arguments, median_of
from benchmarks.triad import bandwidth, thread_counts
from twin_kernel.catalog import river_definition, river_mesh
from twin_kernel.forcing import boundary_forcing
from twin_kernel.mesh import read_mesh, renumber

__all__ = ["cases", "gironde", "measure", "report"]

# Of a conjugate gradient in Eisenstat's form: three weights of each triangle of the factor (48),
# three neighbours of 4 bytes (12), and residual, direction, solution, two products, excess of the
# diagonal and what comes from other strips (56).
_BYTES_PER_ITERATION = 116.0
_SPIN_UP, _MEASURED = 43200.0, 44700.0  # s; the second is the period of M2, 12.42 h
_START = np.datetime64("2015-09-10", "ns")
_TELEMAC_MESH = "geo_estu_gir.slf"


def gironde() -> Case:
    """Return the Gironde of the repository with its real tide and mean discharges."""
    river, mesh = river_definition("gironde"), river_mesh("gironde")
    forcing = boundary_forcing(river, _START, _START + np.timedelta64(3, "D"))
    names = [str(name) for name in forcing["boundary"].values]
    manning = np.array([river.manning()[zone] for zone in mesh.zone_names])
    return Case(
        mesh, dict(zip(names, forcing["kind"].values.tolist(), strict=True)),
        (forcing["time"].values - _START) / np.timedelta64(1, "s"),
        dict(zip(names, forcing["value"].values, strict=True)),
        dict(zip(names, forcing["salinity"].values.tolist(), strict=True)),
        manning[mesh.face_zone], river.latitude, np.zeros(mesh.n_face))


def telemac_example(path: Path) -> Case:
    """Return the Gironde of openTELEMAC's example, with a sine for the tide."""
    mesh = renumber(read_mesh(path, crs="EPSG:27563"))
    times = np.arange(0.0, 3 * 86400.0, 300.0)
    values = {"level_1": tide(times), "discharge_1": 400.0 + 0.0 * times,
              "discharge_2": 200.0 + 0.0 * times}
    kinds = {name: "water_level" if name == "level_1" else "discharge" for name in values}
    return Case(mesh, kinds, times, values,
                {name: 35.0 if name == "level_1" else 0.0 for name in values},
                np.full(mesh.n_face, 0.018), 45.2, np.zeros(mesh.n_face))


def cases(quick: bool) -> Iterator[tuple[str, Case]]:
    """Yield the names and cases to measure."""
    if quick:
        yield "tiny funnel", case_on(own_mesh(8.0))
        return
    yield "Gironde of the repository", gironde()
    path = SHARED / _TELEMAC_MESH
    if path.is_file():
        yield "Gironde of openTELEMAC", telemac_example(path)
    else:
        print(f"{path} is not there (it is optional): measured without it")


def measure(simulation: Simulation, steps: int) -> dict[str, float]:
    """Advance by `steps`, timed; return costs per day and per step."""
    watch, before = Stopwatch(), simulation.iterations
    parts, systems = simulation.parts, simulation.systems
    with watch:
        simulation.advance(steps)
    cells, per_day = simulation.grid.n_face, 86400.0 / (steps * simulation.time_step)
    return {
        "CPU s/day": watch.cpu * per_day, "wall s/day": watch.wall * per_day,
        "Mcell steps/s": 1e-6 * cells * steps / watch.cpu,
        "ns/cell/step": 1e9 * watch.cpu / steps / cells,
        "iterations/step": (simulation.iterations - before) / steps,
        "parts/step": (simulation.parts - parts) / steps,
        "iterations/system": (simulation.iterations - before)
        / max(simulation.systems - systems, 1)}


def limit(simulation: Simulation, iterations: float, bytes_per_second: float) -> float:
    """Return the least time per cell and step that the memory allows, ns: see the module."""
    touched = (simulation.bytes_held() / simulation.grid.n_face
               + iterations * _BYTES_PER_ITERATION)
    return 1e9 * touched / bytes_per_second


def _rows(name: str, case: Case, threads: int, quick: bool) -> Iterator[dict]:
    per_second = bandwidth(threads, quick)
    for time_step in (60.0,) if quick else (30.0, 60.0, 120.0):
        simulation = Simulation(case, time_step, threads)
        simulation.advance(5 if quick else round(_SPIN_UP / time_step))
        steps = 5 if quick else round(_MEASURED / time_step / 3)
        thirds = [measure(simulation, steps) for _ in range(3)]
        mean = {key: float(np.mean([one[key] for one in thirds])) for key in thirds[0]}
        least = limit(simulation, mean["iterations/step"], per_second)
        wall = mean["wall s/day"] * time_step / 86400.0 * 1e9 / simulation.grid.n_face
        yield {"mesh": name, "triangles": simulation.grid.n_face, "threads": threads,
               "dt s": round(time_step), **mean, "limit ns": least, "wall / limit": wall / least}


def report(quick: bool = False) -> Report:
    """Measure the speed on the Gironde at several time steps and on one and two threads."""
    repeats, found = 1 if quick else 2, list(cases(quick))
    counts = thread_counts()
    rows = []
    for name, case in found:
        for threads in counts:
            runs = [list(_rows(name, case, threads, quick)) for _ in range(repeats)]
            rows += [median_of(list(same)) for same in zip(*runs, strict=True)]
    table = pd.DataFrame(rows)
    remarks = [
        f"One tidal cycle after half a day from rest, one tracer; median of {repeats} runs. Mcell "
        "steps/s: million triangles advanced by one step per CPU second. Parts/step: the model "
        "divides steps in which water crosses too many cells; each part takes one linear system "
        "or, where water rises or falls over uneven ground, several (Newton). Limit: time to bring "
        "from memory once what a step must touch, at the triad's bandwidth; arrays of these small "
        "meshes fit partly in the caches.",
        ", ".join(f"triad {bandwidth(n, quick) / 1e9:.1f} GB/s on {n} thread{'s' * (n > 1)}"
                  for n in thread_counts()) + " in the same run."]
    return Report("speed", "Speed on the Gironde", remarks, {"Speed": table}, _figure(table))


def _figure(table: pd.DataFrame) -> Figure:
    figure = Figure(figsize=(9.0, 4.0), layout="constrained")
    cost, iterations = figure.subplots(1, 2)
    for (name, threads), rows in table.groupby(["mesh", "threads"]):
        label = f"{name}, {threads} thread{'s' * (threads > 1)}"
        drawn, = cost.plot(rows["dt s"], rows["wall s/day"], "o-", label=label)
        if threads == table["threads"].min():  # the same on any number of threads
            iterations.plot(rows["dt s"], rows["iterations/step"], "o-", color=drawn.get_color())
    cost.set(xlabel="dt, s", ylabel="wall s per simulated day", ylim=(0.0, None))
    iterations.set(xlabel="dt, s", ylabel="iterations per step", ylim=(0.0, None))
    figure.legend(fontsize=8, ncols=2, loc="outside lower center")
    return figure


if __name__ == "__main__":
    given = arguments(__doc__)
    report(given.quick).write(given.output)
