"""The search against answers that are known: a model that is linear, and one that is not."""

from __future__ import annotations

import numpy as np
import pytest

from twin_kernel.studies.calibration import Problem, fit, without

RNG = np.random.default_rng(8)
MATRIX = RNG.standard_normal((12, 3))
TRUTH = np.array([0.3, -0.8, 1.4])
SIGMA = RNG.uniform(0.05, 0.2, 12)
PRIOR, DEVIATION = np.zeros(3), np.array([1.0, 2.0, 1.0])


def _problem(model, observed, bounds=((-5.0,) * 3, (5.0,) * 3), calls=None):
    def compute(choices):
        if calls is not None:
            calls.extend(choices)
        return [model(one) for one in choices]

    return Problem(compute, observed, SIGMA, PRIOR, DEVIATION, np.array(bounds))


def _posterior(rows=slice(None)):
    """The answer of the linear problem: (A' W A + P) x = A' W o + P b."""
    weighted = MATRIX[rows] / SIGMA[rows, None] ** 2
    normal = weighted.T @ MATRIX[rows] + np.diag(DEVIATION**-2.0)
    return np.linalg.solve(normal, weighted.T @ (MATRIX @ TRUTH)[rows]), np.linalg.inv(normal)


def test_a_linear_model_is_solved_in_one_step():
    """To 1e-8: lsq_linear iterates within bounds; none is active here."""
    found = fit(_problem(lambda x: MATRIX @ x, MATRIX @ TRUTH), steps=1)
    mean, _ = _posterior()
    np.testing.assert_allclose(found.values, mean, atol=1e-8)
    assert found.costs[-1] < 1e-2 * found.costs[0]


def test_the_covariance_is_that_of_the_linear_problem():
    """The misfit is under its standard deviation, so nothing inflates it."""
    problem = _problem(lambda x: MATRIX @ x, MATRIX @ TRUTH)
    found = fit(problem)
    np.testing.assert_allclose(found.covariance(problem), _posterior()[1], rtol=1e-9)


def test_a_model_that_cannot_agree_is_less_sure():
    """The misfit widens what the observations say, and never beyond the prior."""
    away = 3.0 * SIGMA * np.where(np.arange(12) % 2, 1.0, -1.0)
    problem = _problem(lambda x: MATRIX @ x, MATRIX @ TRUTH + away)
    found = fit(problem)
    misfit = np.mean(((found.computed - problem.observed) / SIGMA) ** 2)
    assert misfit > 2.0
    weighted = MATRIX / SIGMA[:, None]
    wider = np.linalg.inv(weighted.T @ weighted / misfit + np.diag(DEVIATION**-2.0))
    np.testing.assert_allclose(found.covariance(problem), wider, rtol=1e-9)
    assert (np.diag(wider) > np.diag(_posterior()[1])).all()
    assert (np.sqrt(np.diag(wider)) < DEVIATION).all()


def test_what_is_left_out_is_not_used():
    """The values without some rows are those of the problem without them, exactly."""
    left_out = np.arange(12) < 4
    model = lambda x: MATRIX @ x  # noqa: E731
    spoiled = MATRIX @ TRUTH + np.where(left_out, 50.0, 0.0)
    problem = _problem(model, spoiled)
    found = fit(problem, steps=3)
    values = found.values
    for _ in range(20):  # a step is bounded: come near first
        moved = without(problem, type(found)(values, model(values), MATRIX, found.costs), left_out)
        values = moved
    np.testing.assert_allclose(values, _posterior(~left_out)[0], atol=1e-7)


def test_bounds_are_kept_and_used():
    """The best value lies beyond the bound: the search stops on it."""
    found = fit(_problem(lambda x: MATRIX @ x, MATRIX @ TRUTH, ((-0.5,) * 3, (0.5,) * 3)))
    assert np.all(np.abs(found.values) <= 0.5)
    assert found.values[2] == pytest.approx(0.5, abs=1e-9)


def test_a_curved_model_is_followed_by_few_runs():
    """Four runs for the Jacobian and one a step; 2e-2: three steps of Broyden's update."""
    calls = []
    curved = lambda x: MATRIX @ (x + 0.15 * x**2)  # noqa: E731
    found = fit(_problem(curved, curved(TRUTH), calls=calls), steps=5)
    assert np.abs(found.values - TRUTH).max() < 2e-2 + 3 * np.sqrt(np.diag(_posterior()[1])).max()
    assert len(calls) <= 9
    assert found.costs[-1] < 1e-2 * found.costs[0]


def test_a_step_that_makes_it_worse_is_not_kept():
    """The value kept is the best one tried."""
    wild = lambda x: MATRIX @ np.sin(6.0 * x)  # noqa: E731
    problem = _problem(wild, wild(TRUTH))
    found = fit(problem, steps=4)
    assert problem.cost(found.values, found.computed) == pytest.approx(min(found.costs))
