"""How long a run will take, with an interval, learned from runs that ended.

A run starts up, then does the same work at every step in every triangle:

    seconds = t0 + triangles × steps × (time step / 60 s)^q
              × (base + sum of one rate for each process) × cores^(-e)

A longer step costs an implicit solver more, by its iterations, its parts: q is 0 where it does not
and 1 where a simulated day costs the same whatever the step.

The parameters are fitted in logarithms, because noise on a shared machine is a factor, with weak
priors so that three runs suffice, and with a loss that one absurd run does not move far (soft L1).
The interval is that of the prediction of one more run: noise, and doubt about the parameters, with
Student's distribution (Gelman et al., Bayesian Data Analysis, 3rd ed., 2013, sections 14.2 and 4.1:
normal approximation at the mode of the posterior).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.stats import t as student

__all__ = ["Experience", "Interval", "Score", "Work", "predict_duration", "predict_wait",
           "score_predictions"]

_LEAST = 3
_MOST = 200
_FURTHER = 10.0  # times beyond the work seen
_MORE_CORES = 2.0
# Priors, indicative: start-up of a few seconds, a fifth of a microsecond for a triangle and step,
# a process costs about a third of the flow, threads share the work less than perfectly.
_START_UP = (np.log(3.0), 1.0)
_BASE = (np.log(2e-7), 4.0)
_PROCESS = (np.log(0.3), 1.0)
_EXPONENT = (0.8, 0.25)
_STEP = (0.5, 0.5)
_NOISE, _NOISE_RUNS = 0.12, 4.0  # a factor of 12 %, believed as strongly as four runs


@dataclass(frozen=True)
class Work:
    """What a run has to do, known before it is launched.

    Attributes
    ----------
    solver : str
    triangles : int
    steps : float
        Nominal time steps: period / time step.
    time_step : float
        Nominal time step, s.
    processes : tuple of str
    cores : int
    machine : str
        What tells one machine from another.
    """

    solver: str
    triangles: int
    steps: float
    time_step: float
    processes: tuple[str, ...]
    cores: int
    machine: str

    @property
    def size(self) -> float:
        """Triangles times steps."""
        return self.triangles * self.steps


@dataclass(frozen=True)
class Experience:
    """A run that ended: its work and the seconds of computing, without the queue."""

    work: Work
    seconds: float


@dataclass(frozen=True)
class Interval:
    """A prediction, s: the median and the ends of the interval, and what it is learned from."""

    low: float
    median: float
    high: float
    experiences: int


@dataclass(frozen=True)
class Score:
    """How predictions compare with what happened.

    Attributes
    ----------
    count : int
    coverage : float
        Fraction of the runs that took a time within their interval.
    median_error : float
        Median of \\|actual / predicted - 1\\|.
    """

    count: int
    coverage: float
    median_error: float


class _Law:
    """The law of the head of this file, for a set of processes.

    Parameters of the fit, in this order: logarithms of the start-up and of the base rate, of each
    process's share of it, and the exponents of the time step and of the cores.
    """

    def __init__(self, processes: Sequence[str]) -> None:
        self.processes = list(processes)
        shares = len(self.processes)
        self.middle = np.array([_START_UP[0], _BASE[0], *[_PROCESS[0]] * shares, _STEP[0],
                                _EXPONENT[0]])
        self.spread = np.array([_START_UP[1], _BASE[1], *[_PROCESS[1]] * shares, _STEP[1],
                                _EXPONENT[1]])

    def design(self, works: Sequence[Work]) -> tuple[np.ndarray, ...]:
        """Return size (n,), processes on or off (n, n_process), logarithms of step and cores."""
        on = np.array([[name in work.processes for name in self.processes] for work in works],
                      dtype=float).reshape(len(works), len(self.processes))
        return (np.array([work.size for work in works]), on,
                np.log([work.time_step / 60.0 for work in works]),
                np.log([work.cores for work in works]))

    def log_seconds(self, parameters: np.ndarray, design) -> tuple[np.ndarray, np.ndarray]:
        """Return the logarithm of the duration (n,) and its derivatives (n, n_parameter)."""
        size, on, step, cores = design
        start, (of_step, of_cores) = np.exp(parameters[0]), parameters[-2:]
        shares = np.exp(parameters[2:-2])
        factor = 1.0 + on @ shares
        work = size * np.exp(parameters[1] + of_step * step - of_cores * cores) * factor
        total = start + work
        part = work / total
        slopes = np.column_stack([start / total, part, (part / factor)[:, None] * on * shares,
                                  part * step, -part * cores])
        return np.log(total), slopes


def predict_duration(work: Work, past: Sequence[Experience],
                     coverage: float = 0.9) -> Interval | None:
    """Return how long a run will compute, or None outside experience.

    Parameters
    ----------
    work : Work
    past : sequence of Experience
        Newest first; those of another solver or machine are left aside, and all after the first
        200.
    coverage : float
        Probability that the interval is to hold the duration.

    Returns
    -------
    Interval or None
        None for fewer than three runs of that solver on that machine, a process never seen there,
        more than ten times the triangles times steps, or twice the cores, ever seen there.
    """
    known = [one for one in past if one.seconds > 0.0 and one.work.solver == work.solver
             and one.work.machine == work.machine][:_MOST]
    if not _within(work, known):
        return None
    works = [one.work for one in known]
    law = _Law(sorted({name for one in works for name in one.processes}))
    design, seen = law.design(works), np.log([one.seconds for one in known])
    law.middle[1] = np.median(seen - np.log(design[0]))  # where to look; its spread stays wide

    def residuals(parameters: np.ndarray) -> np.ndarray:
        told, _ = law.log_seconds(parameters, design)
        return np.concatenate([(told - seen) / _NOISE, (parameters - law.middle) / law.spread])

    def slopes(parameters: np.ndarray) -> np.ndarray:
        _, of = law.log_seconds(parameters, design)
        return np.vstack([of / _NOISE, np.diag(1.0 / law.spread)])

    best = least_squares(residuals, law.middle, jac=slopes, loss="soft_l1", max_nfev=60).x
    told, of = law.log_seconds(best, design)
    off = (told - seen) / _NOISE
    weights = 1.0 / np.sqrt(1.0 + off**2)  # of the soft L1 loss
    freedom = max(3.0, len(known) + _NOISE_RUNS - 0.5 * len(best))
    noise = _NOISE * np.sqrt(((weights * off**2).sum() + _NOISE_RUNS)
                             / max(3.0, weights.sum() + _NOISE_RUNS - 0.5 * len(best)))
    precision = (of * weights[:, None]).T @ of / noise**2 + np.diag(law.spread**-2.0)
    value, slope = law.log_seconds(best, law.design([work]))
    spread = np.sqrt(noise**2 + (slope @ np.linalg.solve(precision, slope.T)).item())
    half = student.ppf(0.5 + coverage / 2.0, freedom) * spread
    low, median, high = np.exp(value.item() + np.array([-half, 0.0, half]))
    return Interval(float(low), float(median), float(high), len(known))


def _within(work: Work, known: Sequence[Experience]) -> bool:
    """Tell whether a run lies within what was seen, or not far beyond."""
    if len(known) < _LEAST:
        return False
    processes = {name for one in known for name in one.work.processes}
    return (set(work.processes) <= processes
            and work.size <= _FURTHER * max(one.work.size for one in known)
            and work.cores <= _MORE_CORES * max(one.work.cores for one in known))


def predict_wait(waits: Sequence[float], coverage: float = 0.9) -> Interval | None:
    """Return how long a run will wait for its place, from the waits of the last ones, s.

    None for fewer than three. Quantiles of what was seen: a queue follows no law of ours.
    """
    if len(waits) < _LEAST:
        return None
    low, median, high = np.quantile(waits, [0.5 - coverage / 2, 0.5, 0.5 + coverage / 2])
    return Interval(float(low), float(median), float(high), len(waits))


def score_predictions(pairs: Sequence[tuple[Interval, float]]) -> Score | None:
    """Compare predictions with what happened; None where there are none."""
    if not pairs:
        return None
    held = [one.low <= actual <= one.high for one, actual in pairs]
    errors = [abs(actual / one.median - 1.0) for one, actual in pairs]
    return Score(len(pairs), float(np.mean(held)), float(np.median(errors)))
