"""Refinement: what the triangles of the Gironde cost in the level at its gauges.

The calibrated river with its real tide and mean discharges, on its mesh and on the same with every
triangle cut in four, the bed linear along the old edges: nothing differs but the size of triangles
and steps. What lies between the two is an error that a calibration takes for friction and depth.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from benchmarks.driver import Case, Simulation
from benchmarks.funnel_case import PLACES, case_on, own_mesh
from benchmarks.measuring import Report, arguments
from benchmarks.refine import split
from benchmarks.speed import gironde
from twin_kernel.catalog import river_definition
from twin_kernel.catalog.tables import tide_gauges
from twin_kernel.indicators.harmonics import analyse_together
from twin_kernel.mesh.projections import transformer

__all__ = ["report"]

_START = np.datetime64("2015-09-10", "s")
_READ_EVERY = 600.0  # s
_TIDE = 44714.0  # s
_CONSTITUENTS = ("M2", "M4", "M6")
_CHANNEL = -2.0  # m; a gauge stands in a triangle whose bed lies lower


def gauges_of(case: Case) -> dict[str, int]:
    """Return the triangle in the channel that is nearest to each gauge of the river, by name."""
    river, table = river_definition("gironde"), tide_gauges()
    mesh = case.mesh
    x, y, bed = (axis[mesh.face_nodes].mean(axis=1)
                 for axis in (mesh.node_x, mesh.node_y, mesh.node_bed))
    to_mesh = transformer("EPSG:4326", mesh.crs)
    found = {}
    for name in river.gauges:
        at_x, at_y = to_mesh.transform(table.at[name, "longitude"], table.at[name, "latitude"])
        off = np.where(bed < _CHANNEL, np.hypot(x - at_x, y - at_y), np.inf)
        found[name] = int(np.argmin(off))
    return found


def funnel_places(case: Case) -> dict[str, int]:
    """Return the triangle nearest to the axis of the funnel at each of its places, by name."""
    mesh = case.mesh
    x, y = (axis[mesh.face_nodes].mean(axis=1) for axis in (mesh.node_x, mesh.node_y))
    return {f"km {place:g}": int(np.argmin(np.hypot(x - 1000.0 * place, y)))
            for place in PLACES}


def finer(case: Case) -> Case:
    """Return the case with every triangle cut in four."""
    return replace(case, mesh=split(case.mesh), manning=np.repeat(case.manning, 4),
                   salinity=np.repeat(case.salinity, 4))


def levels_at(case: Case, time_step: float, duration: float, faces: list[int]) -> np.ndarray:
    """Return the (n_time, n_place) levels, m, every ten minutes."""
    simulation, series = Simulation(case, time_step), []
    for _ in range(round(duration / _READ_EVERY)):
        simulation.advance(round(_READ_EVERY / time_step))
        series.append(simulation.levels()[faces])
    return np.array(series)


def compared(case: Case, places: dict[str, int], days: float, tides: int) -> tuple:
    """Return the table of both meshes over the last `tides`, and their levels."""
    faces = list(places.values())
    coarse = levels_at(case, 60.0, days * 86400.0, faces)
    # Of the four, the last has the centroid of the triangle that was cut.
    fine = levels_at(finer(case), 30.0, days * 86400.0, [4 * face + 3 for face in faces])
    last = slice(-round(tides * _TIDE / _READ_EVERY), None)
    coarse, fine = coarse[last], fine[last]
    times = _START + np.arange(len(fine)) * np.timedelta64(round(_READ_EVERY), "s")
    a, b = (analyse_together(one, times, 45.2, _CONSTITUENTS) for one in (coarse, fine))
    moved = (coarse - coarse.mean(axis=0)) - (fine - fine.mean(axis=0))
    table = pd.DataFrame({
        "place": list(places), "level rms, cm": 100.0 * np.sqrt(np.mean(moved**2, axis=0)),
        "mean level, cm": 100.0 * (coarse - fine).mean(axis=0)})
    for k, name in enumerate(_CONSTITUENTS):
        table[f"{name}, m"] = np.abs(b[k])
        table[f"{name}, %"] = 100.0 * (np.abs(a[k] / b[k]) - 1.0)
        table[f"{name}, degrees late"] = -np.degrees(np.angle(a[k] / b[k]))
    return table, coarse, fine


def report(quick: bool = False) -> Report:
    """Run both meshes and compare them."""
    case = case_on(own_mesh(8.0)) if quick else gironde()
    places = funnel_places(case) if quick else gauges_of(case)
    days, tides = (0.6, 1) if quick else (3.0, 3)
    table, coarse, fine = compared(case, places, days, tides)
    return Report(
        "refinement", "What the triangles of the Gironde cost in level",
        [f"{case.mesh.n_face:,} triangles at 60 s less {4 * case.mesh.n_face:,} at 30 s, over the "
         f"last {tides} tides of {days:g} days from rest, springs after 2015-09-10, mean "
         "discharge, the adopted calibration on both; the second mesh is each triangle cut in "
         "four on the same bed. A scheme of first order would be twice as far from the limit, one "
         "of second order a third farther. Constituents fitted to these tides alone: for "
         "comparison, not with constants."],
        {"The mesh of the repository less the finer one": table.round(3)},
        _figure(list(places), coarse, fine))


def _figure(names: list[str], coarse: np.ndarray, fine: np.ndarray) -> Figure:
    figure = Figure(figsize=(9.0, 4.2), layout="constrained")
    hours = np.arange(len(fine)) * _READ_EVERY / 3600.0
    above, below = figure.subplots(2, 1, sharex=True)
    for k, name in enumerate(names):
        above.plot(hours, fine[:, k], label=name)
        below.plot(hours, 100.0 * (coarse - fine)[:, k])
    above.set_ylabel("level, finer mesh, m")
    below.set(ylabel="difference, cm", xlabel="hours")
    above.legend(fontsize=8, ncols=3, loc="upper right")
    return figure


if __name__ == "__main__":
    given = arguments(__doc__)
    report(given.quick).write(given.output)
