"""The run service: what asking, waiting, listing and serving cost, and how good predictions are.

    python -m benchmarks.service [--quick] [--output FOLDER]

Everything is real: ledger on disk, detached service, dask-jobqueue workers. The solver is a program
of a few lines where the service is measured, and the native one where predictions are.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd
import psutil

from benchmarks.measuring import Report, arguments
from tests.machines import processes
from tests.machines.plugins import install_tiny

__all__ = ["report"]

PROCESSES = ({}, {"salinity": {}}, {"salinity": {}, "temperature": {}}, {"salinity": {},
             "sediment": {}})


def report(quick: bool = False) -> Report:
    """Measure in a data folder of its own."""
    folder = Path(mkdtemp(prefix="service-"))
    (folder / "twin.toml").write_text(
        "[profiles.local]\nsimultaneous_cores = 2\n" + "".join(
            f"[profiles.nodes{count}]\nmaximum_cores = 2\nsimultaneous_cores = {count}\n"
            for count in (1, 2, 3)))
    os.environ |= {"TWIN_DATA_DIRECTORY": str(folder / "data"),
                   "TWIN_SETTINGS_FILE": str(folder / "twin.toml"),
                   "PYTHONPATH": str(install_tiny(folder / "plugins"))}
    import sys

    sys.path.insert(0, os.environ["PYTHONPATH"])
    try:
        requests = _requests(20 if quick else 1000)
        served = _served(4 if quick else 24)
        scaling = _scaling(4 if quick else 20)
        listing = _listing(2_000 if quick else 100_000)
        predicted = _predictions(*((3, 2) if quick else (30, 12)))
    finally:
        processes.end_all(folder / "data")
    return Report(
        "service", "The run service: overhead and predictions",
        ["Asking is everything between `launch` and its answer: the case checked, forcing and mesh "
         "built and checked, the inputs written, the record on disk. Serving is what a run takes "
         "beyond its solver, with workers that are up; AiiDA measures 0.16 to 0.47 s a process."],
        {"Asking for runs": requests, "Serving runs of 1 s, one core each": served,
         "The same work for each emulated node of one core": scaling,
         "A ledger of many runs": listing, "Predicted durations": predicted})


def _tiny(number: int, steps: int = 1, **options):
    from twin_kernel.runs import Case

    return Case(start="2015-09-10", stop="2015-09-11", solver="tiny",
                solver_options={"steps": steps, "number": number, **options})


def _requests(count: int) -> pd.DataFrame:
    """Ask for runs that wait, a paused queue before them."""
    from twin_kernel.runs import launch
    from twin_kernel.runs.ensembles import Ensemble

    first = launch(_tiny(-1, 100_000), cores=2, quiet=True)  # keeps the others waiting
    taken, ids = [], []
    for number in range(count):
        begin = time.perf_counter()
        ids.append(launch(_tiny(number), quiet=True, ensemble="asked").id)
        taken.append(time.perf_counter() - begin)
    service = processes.service_of(Path(os.environ["TWIN_DATA_DIRECTORY"]))
    before = service.memory_info().rss / 1e6
    begin = time.perf_counter()
    Ensemble("asked", ids).cancel()
    cancelled = time.perf_counter() - begin
    first.cancel()
    return pd.DataFrame([{
        "runs": count, "median s": np.median(taken), "95 % s": np.quantile(taken, 0.95),
        "all s": np.sum(taken), "cancelling all s": cancelled, "service MB": before}])


def _served(count: int) -> pd.DataFrame:
    """Let runs of a second go through one core, then two, and see what each costs beyond it."""
    from twin_kernel.runs.ensembles import launch_ensemble

    service = processes.service_of(Path(os.environ["TWIN_DATA_DIRECTORY"]))
    rows = []
    for times in range(3):
        begin = time.perf_counter()
        done = launch_ensemble([_tiny(10_000 + 1000 * times + number, 10)
                                for number in range(count)], f"served {times}", progress=False)
        asked = time.perf_counter() - begin
        done.wait(progress=False)
        records = done.records
        begins = [np.datetime64(one.started[:-6]) for one in records]
        ends = [np.datetime64(one.finished[:-6]) for one in records]
        span = float((max(ends) - min(begins)) / np.timedelta64(1, "s"))
        solver = sum(one.wall_seconds for one in records) / count
        rows.append({"runs": count, "asked for in s": asked, "served in s": span,
                     "solver s a run": solver, "overhead s a run": 2.0 * span / count - solver,
                     "complete": done.states["complete"],
                     "service MB": psutil.Process(service.pid).memory_info().rss / 1e6})
    return pd.DataFrame(rows)


def _scaling(count: int) -> pd.DataFrame:
    """Give one, two and three nodes as many runs each; their solver sleeps, the service does not.

    Nodes are emulated, and there are two physical cores: what is measured is what the service adds
    when it serves more nodes, from the first run that begins to the last that ends.
    """
    from twin_kernel.runs.ensembles import launch_ensemble

    rows = []
    for nodes in (1, 2, 3):
        done = launch_ensemble([_tiny(50_000 + 1000 * nodes + number, 1, seconds=2.0)
                                for number in range(nodes * count)], f"nodes {nodes}",
                               profile=f"nodes{nodes}", progress=False).wait(progress=False)
        begins = [np.datetime64(one.started[:-6]) for one in done.records]
        ends = [np.datetime64(one.finished[:-6]) for one in done.records]
        span = float((max(ends) - min(begins)) / np.timedelta64(1, "s"))
        rows.append({"nodes": nodes, "runs of 2 s": nodes * count, "took s": span,
                     "s a run and node": span / count,
                     "efficiency": rows[0]["took s"] / span if rows else 1.0})
    return pd.DataFrame(rows)


def _listing(count: int) -> pd.DataFrame:
    """Time lists of a ledger filled with copies of a record."""
    from sqlalchemy import insert

    from twin_kernel.runs.ledger import Record, open_ledger
    from twin_kernel.runs.ledger.engine import open_ledger as opened

    example = open_ledger().get(open_ledger().list(limit=1)[0].id)
    values = {column.name: getattr(example, column.name) for column in Record.__table__.columns}
    ledger = opened(Path(os.environ["TWIN_DATA_DIRECTORY"]) / "many.sqlite")
    rows = [{**values, "id": f"r{number}", "state": ("complete", "failed")[number % 20 == 0],
             "owner": f"person{number % 50}", "project": f"project{number % 7}",
             "created": str(np.datetime64("2020-01-01T00:00:00") + 600 * number),
             "request_key": None, "ensemble": f"ensemble{number // 100}"}
            for number in range(count)]
    with ledger.engine.begin() as connection:
        connection.execute(insert(Record), rows)
    found = {}
    for name, filters in {"newest 50": {}, "newest 50 failed": {"state": "failed"},
                          "of one person": {"owner": "person7"},
                          "of a person and a project": {"owner": "person7", "project": "project3"},
                          "one ensemble, all": {"ensemble": "ensemble3", "limit": None},
                          "none such": {"owner": "nobody"}}.items():
        times = []
        for _ in range(7):
            begin = time.perf_counter()
            ledger.list(**filters)
            times.append(time.perf_counter() - begin)
        found[name] = np.median(times)
    return pd.DataFrame([{"runs": count, **{f"{name}, s": one for name, one in found.items()}}])


def _predictions(learned: int, judged: int) -> pd.DataFrame:
    """Run varied native cases; judge the predictions of the last ones, made before each."""
    from twin_kernel.runs import Case, launch
    from twin_kernel.runs.prediction import Interval, score_predictions

    random = np.random.default_rng(7)
    pairs = []
    for number in range(learned + judged):
        hours = int(random.integers(6, 48))
        stop = np.datetime64("2015-09-10T00:00:00") + np.timedelta64(hours, "h")
        run = launch(Case(
            start="2015-09-10", stop=str(stop), weather="climatology",
            processes=PROCESSES[random.integers(len(PROCESSES))],
            sea_level_offset=0.001 * number,
            solver_options={"time_step": float(random.choice([30.0, 60.0, 120.0]))}),
            cores=int(random.integers(1, 3)), quiet=True).wait(progress=False)
        record = run.record
        if number >= learned and record.predicted_median:
            pairs.append((Interval(record.predicted_low, record.predicted_median,
                                   record.predicted_high, 0), record.wall_seconds))
    score = score_predictions(pairs)
    if score is None:
        return pd.DataFrame([{"runs before": learned, "judged": 0}])
    return pd.DataFrame([{"runs before": learned, "judged": score.count,
                          # So few cannot tell 90 % from 100 %: the count says so.
                          "within the 90 % interval":
                              f"{round(score.coverage * score.count)} of {score.count}",
                          "median error": score.median_error}])


if __name__ == "__main__":
    given = arguments(__doc__)
    report(given.quick).write(given.output)
