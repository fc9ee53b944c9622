"""Predicted durations hold what they promise, and say nothing outside experience."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from twin_kernel.runs.prediction import (
    Experience,
    Interval,
    Work,
    predict_duration,
    predict_wait,
    score_predictions,
)

PROCESSES = ("salinity", "sediment", "temperature", "waves")
RATES = dict(zip(PROCESSES, (4e-8, 2e-7, 6e-8, 1e-7), strict=True))


def _work(**values):
    return Work(**{"solver": "native", "triangles": 9000, "steps": 1440.0, "time_step": 60.0,
                   "processes": ("salinity",), "cores": 1, "machine": "here", **values})


def _seconds(work):
    """A machine that no parameter of the law is told of."""
    rate = 2.1e-7 + sum(RATES[name] for name in work.processes)
    step = 0.4 + 0.6 * work.time_step / 60.0  # iterations grow with it
    return 1.5 + work.size * step * rate / (1.0 + 0.8 * (work.cores - 1))


def _campaign(seed, count, noise=0.08):
    """Varied runs of a machine whose noise is a factor."""
    random = np.random.default_rng(seed)
    works = [_work(triangles=int(random.integers(9_000, 60_000)),
                   time_step=float(random.choice([30.0, 60.0, 120.0])),
                   steps=float(np.exp(random.uniform(np.log(100), np.log(20_000)))),
                   processes=tuple(random.choice(PROCESSES, random.integers(0, 4), False)),
                   cores=int(random.integers(1, 3))) for _ in range(count)]
    return [Experience(work, _seconds(work) * np.exp(noise * random.normal())) for work in works]


@pytest.mark.parametrize("seed", range(4))
def test_interval_covers_and_median_is_near(seed):
    """After 30 varied runs: 90 % covers at least 80 % of the next 100, median error under 15 %."""
    runs = _campaign(seed, 130)
    pairs = [(predict_duration(one.work, runs[:30]), one.seconds) for one in runs[30:]]
    score = score_predictions([pair for pair in pairs if pair[0] is not None])
    assert score.count > 80
    assert score.coverage >= 0.8
    assert score.median_error <= 0.15


def test_interval_is_no_wider_than_the_noise_asks():
    """One that covers everything says nothing: 8 % of noise makes 90 % within a factor of 1.2."""
    runs = _campaign(5, 101)
    found = predict_duration(runs[-1].work, runs[:100])
    assert found.high / found.median < 1.25


def test_three_runs_make_the_first_estimate():
    """Of the same work, so that the median is theirs."""
    work = _work()
    assert predict_duration(work, [Experience(work, 10.0)] * 2) is None
    found = predict_duration(work, [Experience(work, seconds) for seconds in (9.0, 10.0, 11.0)])
    assert found.median == pytest.approx(10.0, rel=0.03)
    assert found.low < 8.6  # three runs say little of the noise
    assert found.experiences == 3


@pytest.mark.parametrize("beyond", [
    {"solver": "telemac"}, {"machine": "elsewhere"}, {"processes": ("dye",)}, {"cores": 5},
    {"triangles": 60_000, "steps": 300_000.0}])
def test_no_estimate_outside_experience(beyond):
    assert predict_duration(_work(**beyond), _campaign(1, 30)) is None


def test_one_absurd_run_does_not_move_the_median():
    """A machine that slept for an hour: the median moves by less than the noise."""
    runs = _campaign(2, 30)
    work = _work(steps=5000.0)
    absurd = [Experience(_work(), 4000.0), *runs]
    assert predict_duration(work, absurd).median == pytest.approx(
        predict_duration(work, runs).median, rel=0.08)


@settings(deadline=None, max_examples=40)
@given(seed=some.integers(0, 1000), count=some.integers(3, 20), steps=some.floats(10.0, 1e5))
def test_interval_is_ordered(seed, count, steps):
    found = predict_duration(_work(steps=steps), _campaign(seed, count, noise=0.5))
    if found is not None:
        assert 0.0 < found.low < found.median < found.high < np.inf


def test_wait_is_what_was_seen():
    assert predict_wait([1.0, 2.0]) is None
    found = predict_wait([10.0, 20.0, 30.0])
    assert found.low < found.median == 20.0 < found.high


def test_score_counts_what_fell_inside():
    one = Interval(8.0, 10.0, 12.0, 3)
    score = score_predictions([(one, 10.0), (one, 12.0), (one, 20.0)])
    assert score.coverage == pytest.approx(2 / 3)
    assert score.median_error == pytest.approx(0.2)
    assert score_predictions([]) is None
