"""Compares the native solver with ANUGA: same mesh, same tide, same run of the benchmark.

ANUGA (4.1, Apache licence) is an explicit finite-volume code; DE1 is its second-order algorithm,
DE0 the same in space with Euler steps. Its public interface has no rotation of the Earth, so that
ours is switched off too. ANUGA carries no tracer here; ours carries one, at its own cost.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from benchmarks.driver import Case, Simulation
from benchmarks.funnel import ERRORS, QUICK, Plan, errors_in_cm, levels_of, reference
from benchmarks.funnel_case import BANK, PLACES, Gauges, bed_of, case_on, given_mesh, own_mesh
from benchmarks.measuring import Report, Stopwatch, arguments, median_of
from benchmarks.refine import split
from benchmarks.triad import bandwidth
from twin_kernel.mesh import Mesh

__all__ = ["anuga", "report"]

_EVERY = 600.0  # s between two readings of the levels
_INSTALL = ("ANUGA is not installed here: its lines are missing. `make bench` installs it, or "
            "`pip install anuga`.")


def has_anuga() -> bool:
    """Tell whether ANUGA can be imported by this Python."""
    return importlib.util.find_spec("anuga") is not None


def anuga(case: Case, algorithm: str, duration: float, threads: int = 1) -> dict:
    """Run ANUGA on a case with one level boundary, in a process of its own.

    Returns
    -------
    dict
        ``levels`` (n_time, 4) m at the places of the funnel; ``cpu``, ``wall`` s; ``steps``;
        ``version``.

    Raises
    ------
    subprocess.CalledProcessError
        Where ANUGA fails; its own message is printed.
    """
    mesh, (name,) = case.mesh, case.kinds
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "case.npz"), Path(folder, "result.npz")
        np.savez(source, nodes=np.stack([mesh.node_x, mesh.node_y], axis=1), faces=mesh.face_nodes,
                 bed=mesh.node_bed, open_edges=mesh.open_boundaries[name], times=case.times,
                 values=case.values[name], manning=case.manning[0], algorithm=algorithm,
                 duration=duration, every=_EVERY)
        subprocess.run(
            [sys.executable, "-m", "benchmarks.anuga_run", str(source), str(target)], check=True,
            cwd=Path(__file__).resolve().parents[1],
            env={**os.environ, "OMP_NUM_THREADS": str(threads)}, stdout=subprocess.DEVNULL)
        with np.load(target) as file:
            result = {key: file[key] for key in file.files}
    gauges = Gauges(mesh)
    return {"levels": np.array([gauges.read(one) for one in result["levels"]]),
            "cpu": float(result["cpu"]), "wall": float(result["wall"]),
            "steps": int(result["steps"]), "version": str(result["version"])}


def _row(code: str, cost: tuple[float, float, int], duration: float, cells: int) -> dict:
    cpu, wall, steps = cost
    return {"code": code, "CPU s/day": cpu * 86400.0 / duration,
            "wall s/day": wall * 86400.0 / duration, "mean dt s": duration / steps,
            "ns/cell/step": 1e9 * cpu / steps / cells}


def _ours(case: Case, time_step: float, plan: Plan) -> tuple[dict, np.ndarray]:
    Simulation(case, time_step).advance(1)  # compiles
    rows = []
    for _ in range(plan.repeats):
        watch = Stopwatch()
        levels = levels_of(Simulation(case, time_step), plan.duration, watch)
        steps = round(plan.duration / time_step)
        rows.append(_row(f"native, dt {time_step:g} s", (watch.cpu, watch.wall, steps),
                         plan.duration, case.mesh.n_face))
    return median_of(rows), levels


def _theirs(case: Case, algorithm: str, plan: Plan, threads: int) -> tuple[dict, np.ndarray]:
    result = anuga(case, algorithm, plan.duration, threads)
    code = f"ANUGA {result['version']} {algorithm}, {threads} thread{'s' * (threads > 1)}"
    return _row(code, (result["cpu"], result["wall"], result["steps"]), plan.duration,
                case.mesh.n_face), result["levels"]


def comparison(mesh: Mesh, bank: float, plan: Plan, threads: tuple[int, ...]) -> pd.DataFrame:
    """Return cost, error and cost over that of the native solver at 60 s, a row per code."""
    case, exact = case_on(mesh, latitude=0.0), reference(mesh, bank, plan, latitude=0.0)
    runs = [_ours(case, time_step, plan) for time_step in plan.time_steps]
    if has_anuga():
        runs += [_theirs(case, "DE0", plan, 1)]
        runs += [_theirs(case, "DE1", plan, count) for count in threads]
    table = pd.DataFrame([{**row, **errors_in_cm(levels, exact)} for row, levels in runs])
    own = table.loc[table["code"] == "native, dt 60 s", "CPU s/day"].iloc[0]
    table.insert(2, "× native dt 60", table["CPU s/day"] / own)
    return table


def other_reference(mesh: Mesh, bank: float, plan: Plan) -> pd.DataFrame:
    """Return errors against the refined run of each of the two codes, a row per code and mesh."""
    fine = split(mesh, bed_of(bank))
    exact = {"native": reference(mesh, bank, plan, latitude=0.0),
             "ANUGA DE1": anuga(case_on(fine, latitude=0.0), "DE1", plan.duration)["levels"]}
    case = case_on(mesh, latitude=0.0)
    runs = {"native, dt 60 s": _ours(case, 60.0, plan)[1],
            "ANUGA DE1": _theirs(case, "DE1", plan, 1)[1],
            "native, refined": exact["native"], "ANUGA DE1, refined": exact["ANUGA DE1"]}
    return pd.DataFrame([
        {"code": code, "against refined": name, **errors_in_cm(levels, levels_fine)}
        for code, levels in runs.items() for name, levels_fine in exact.items()
        if levels is not levels_fine])


def report(quick: bool = False) -> Report:
    """Compare on mesh A (tidal flats); check the reference on a coarser mesh of the funnel."""
    plan = QUICK if quick else Plan()
    bank = BANK["C"] if quick else BANK["A"]
    mesh = None if quick else given_mesh("A")
    mesh = own_mesh(8.0 if quick else 1.0, bank) if mesh is None else mesh
    tables = {f"{mesh.n_face} triangles, {plan.duration / 3600:g} h":
              comparison(mesh, bank, plan, (1,) if quick else (1, 2))}
    if has_anuga():
        small = mesh if quick else own_mesh(2.0, bank)
        tables[f"Whose reference? {small.n_face} triangles; refined: {4 * small.n_face}"] = (
            other_reference(small, bank, plan))
    remarks = [
        "The funnel test without rotation of the Earth on both sides, Manning 0.018, float64, the "
        "same mesh file in the same order of triangles; open boundary of ANUGA: level given, "
        "normal momentum transmitted, no tangential momentum. CPU of all threads; the native "
        f"solver on one thread with one tracer, median of {plan.repeats} runs; ANUGA without "
        "tracer and without output, once each. Errors: root mean square of the level over the run, "
        f"against the native solver on a refined mesh at dt {plan.reference_step:g} s; the second "
        "table takes each code's own refined run as the reference in turn.",
        f"Triad in the same run: {bandwidth(1, quick) / 1e9:.1f} GB/s on one thread."]
    return Report("anuga_comparison", "Against ANUGA",
                  remarks + ([] if has_anuga() else [_INSTALL]), tables,
                  _figure(next(iter(tables.values()))))


def _figure(table: pd.DataFrame) -> Figure:
    figure = Figure(figsize=(7.0, 4.5), layout="constrained")
    axes = figure.subplots()
    markers = dict(zip(PLACES, "os^D", strict=True))
    for _, row in table.iterrows():
        line, = axes.plot([row["CPU s/day"]] * len(PLACES), row[ERRORS].astype(float), "-",
                          label=row["code"])
        for error, marker in zip(ERRORS, markers.values(), strict=True):
            axes.plot(row["CPU s/day"], float(row[error]), marker, color=line.get_color())
    for place, marker in markers.items():
        axes.plot([], [], marker, color="grey", label=f"at km {place:g}")
    axes.set(xscale="log", xlabel="CPU s per simulated day", ylabel="error of the level, RMS cm")
    figure.legend(fontsize=8, ncols=3, loc="outside lower center")
    return figure


if __name__ == "__main__":
    given = arguments(__doc__)
    report(given.quick).write(given.output)
