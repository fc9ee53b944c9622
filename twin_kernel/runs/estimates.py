"""What a run will take, learned from the ledger, and how good such estimates have been."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from twin_kernel.runs.folder import expected_bytes
from twin_kernel.runs.footprint import Footprint, estimate_footprint, format_quantity
from twin_kernel.runs.ledger import Ledger, Record, State
from twin_kernel.runs.ledger.people import current_user
from twin_kernel.runs.phrases import phrase
from twin_kernel.runs.prediction import (
    Experience,
    Interval,
    Score,
    Work,
    predict_duration,
    predict_wait,
    score_predictions,
)
from twin_kernel.runs.profiles import get_profile
from twin_kernel.solvers.protocol import Setup, Solver

__all__ = ["Estimate", "calibration", "estimate", "footprint_of", "machine_of", "work_of"]

_EXPERIENCES = 200
_WAITS = 50


@dataclass(frozen=True)
class Estimate:
    """What a run is expected to take.

    Attributes
    ----------
    duration, wait : Interval or None
        Computing and waiting for a place, s; None where nothing like it was run before.
    footprint : Footprint or None
        At the median duration.
    disk : int
        Bytes, at most.
    """

    duration: Interval | None
    wait: Interval | None
    footprint: Footprint | None
    disk: int

    def __str__(self) -> str:
        return self.told()

    def told(self, language: str = "en") -> str:
        """Return the same in words.

        Parameters
        ----------
        language : {"en", "fr"}
        """
        size = format_quantity(self.disk, "byte")
        disk = phrase("disk", language, disk=size.replace("B", "o") if language == "fr" else size)
        if self.duration is None or self.footprint is None:
            return f"{phrase('unexpected', language)}; {disk}"
        time = self.duration
        said = phrase("expected", language, median=seconds(time.median), low=seconds(time.low),
                      high=seconds(time.high))
        if self.wait is not None:
            wait = phrase("expected_wait", language, wait=seconds(self.wait.median))
            said = f"{said}, {wait}"
        return f"{said}; {self.footprint.told(language)}; {disk}"


def seconds(value: float) -> str:
    """Say a duration as a person would: 40 s, 12 min, 3.5 h."""
    for limit, unit, size in ((90.0, "s", 1.0), (5400.0, "min", 60.0), (172800.0, "h", 3600.0)):
        if value < limit:
            figures = ".2g" if value < 10 * size else ".0f"
            return f"{value / size:{figures}} {unit}"
    return f"{value / 86400.0:.1f} d"


def work_of(setup: Setup, solver: Solver, cores: int, profile: str) -> Work:
    """Return what a run has to do."""
    period = float((setup.stop - setup.start).astype("timedelta64[ms]").astype(float)) / 1000.0
    step = float(setup.options.get("time_step", getattr(solver, "time_step", 60.0)))
    return Work(solver=solver.name, triangles=setup.mesh.n_face, steps=period / step,
                time_step=step, processes=tuple(sorted(setup.processes)), cores=cores,
                machine=machine_of(profile))


def machine_of(profile: str) -> str:
    """Return what tells one machine from another: the profile, and here the processor too."""
    return f"{profile}: {_processor()}" if get_profile(profile).cluster == "local" else profile


@cache
def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def estimate(ledger: Ledger, work: Work, setup: Setup, profile: str) -> Estimate:
    """Return what a run is expected to take, from those that ended here before."""
    past = ledger.past(_EXPERIENCES, state=str(State.COMPLETE), machine=work.machine)
    duration = predict_duration(work, [_experience(one) for one in past if one.wall_seconds
                                       and one.triangles and one.time_step])
    waits = [one.queue_seconds for one in ledger.past(_WAITS, profile=profile)
             if one.queue_seconds is not None]
    footprint = None
    if duration is not None:
        footprint = footprint_of(profile, duration.median * work.cores)
    return Estimate(duration, predict_wait(waits), footprint, expected_bytes(setup))


def footprint_of(profile: str, core_seconds: float) -> Footprint:
    """Return core-hours, energy and carbon of some core-seconds in a profile."""
    from dask.utils import parse_bytes

    settings = get_profile(profile)
    return estimate_footprint(core_seconds, parse_bytes(settings.memory) / 1e9, settings.power)


def _experience(record: Record) -> Experience:
    return Experience(_work(record), record.wall_seconds)


def _work(record: Record) -> Work:
    return Work(record.solver.split()[0], record.triangles, record.steps, record.time_step,
                tuple(filter(None, record.processes.split(","))), record.cores, record.machine)


def calibration(limit: int = 200) -> Score | None:
    """Return how the predictions of the last runs compare with what they took.

    Parameters
    ----------
    limit : int
        How many runs, the newest.

    Returns
    -------
    Score or None
        None where no complete run had a prediction.
    """
    from twin_kernel.runs.ledger import open_ledger

    past = open_ledger().list(state=str(State.COMPLETE), owner=current_user(), limit=limit)
    return score_predictions([
        (Interval(one.predicted_low, one.predicted_median, one.predicted_high, 0),
         one.wall_seconds) for one in past if one.predicted_median and one.wall_seconds])
