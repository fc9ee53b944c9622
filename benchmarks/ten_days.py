"""Ten days of the Gironde with tide, salt, mud and oxygen, as a user runs them.

Through the library, output and compilation from the cache included, on one core and on two, one
after the other. The low flow and the options are those of the scenarios.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

import twin_kernel as twin
from benchmarks.measuring import Report, arguments
from benchmarks.scenarios import START
from benchmarks.triad import thread_counts

__all__ = ["report"]

_DAYS = 10.0
_RIVERS = {"garonne": 80.0, "dordogne": 50.0}  # m3/s
_PROCESSES = {"salinity": {}, "sediment": {}, "water_quality": {}}


def case(days: float) -> twin.Case:
    """Return the case: low flow, hourly maps."""
    stop = np.datetime64(START, "s") + np.timedelta64(round(86400 * days), "s")
    return twin.Case(start=START, stop=str(stop), discharge=_RIVERS, processes=_PROCESSES,
                     map_interval=3600.0)


def _row(days: float, cores: int) -> dict[str, object]:
    run = twin.launch(case(days), cores=cores, recompute=True)
    run.wait()
    summary = twin.open_results(run.folder).summary
    wall = summary["wall_seconds"]
    return {"cores": cores, "days": days, "wall s": wall, "wall s for 10 days": wall / days * 10,
            **{what: f"{one['relative_error']:.0e}" for what, one in summary["budgets"].items()}}


def report(quick: bool = False) -> Report:
    """Run the case on one core and on two."""
    days = 1.0 / 24.0 if quick else _DAYS
    table = pd.DataFrame([_row(days, cores) for cores in thread_counts()])
    triangles = twin.river_mesh("gironde").n_face
    return Report(
        "ten_days", "Ten days of the Gironde with salt, mud and oxygen",
        [f"{triangles:,} triangles, from {START}; Garonne {_RIVERS['garonne']:g}, Dordogne "
         f"{_RIVERS['dordogne']:g} m3/s; density gradient, dispersion along and across the flow; "
         "hourly maps written. Wall seconds of the solver, which waits for nobody; budgets as "
         "relative errors."], {"Cost and budgets": table}, None)


if __name__ == "__main__":
    given = arguments(__doc__)
    report(given.quick).write(given.output)
