r"""Bounded Gauss-Newton with a Gaussian prior, and what follows from its Jacobian.

It looks for the parameters x that make

.. math::

   J(x) = \sum_i \left(\frac{y_i(x) - o_i}{\sigma_i}\right)^2
          + \sum_k \left(\frac{x_k - b_k}{s_k}\right)^2

least (Tarantola 2005, Inverse Problem Theory, eq. 3.45), with y the real and imaginary parts of the
constituents computed at the gauges, o those observed, b and s the prior. Each step solves the
problem made linear, within the bounds, by :func:`scipy.optimize.lsq_linear`. The Jacobian comes
from one run for each parameter, then follows the steps by Broyden's (1965) update: runs are what
costs.

At the end the covariance of the parameters is the inverse of half the second derivative of J, with
the observations' variance times the mean square of the weighted misfit where that exceeds one: a
model that cannot reach its observations is not surer of itself for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import lsq_linear

__all__ = ["Fit", "Problem", "fit", "without"]

_STEP = 0.5  # of the prior's standard deviation, for a column of the Jacobian
_LONGEST = 2.0  # prior standard deviations a step may go: the Jacobian is no longer true beyond
_NOTHING = 1.0e-3  # prior standard deviations; a shorter step is not worth a run


@dataclass(frozen=True)
class Problem:
    """What is looked for.

    Attributes
    ----------
    compute : callable
        Takes a list of (n_parameter,) and returns a list of (n_observation,).
    observed, sigma : (n_observation,) float64
    prior, deviation : (n_parameter,) float64
    bounds : (2, n_parameter) float64
    """

    compute: Callable[[Sequence[np.ndarray]], list[np.ndarray]]
    observed: np.ndarray
    sigma: np.ndarray
    prior: np.ndarray
    deviation: np.ndarray
    bounds: np.ndarray

    def cost(self, values: np.ndarray, computed: np.ndarray) -> float:
        """Return J."""
        return float(np.sum(((computed - self.observed) / self.sigma) ** 2)
                     + np.sum(((values - self.prior) / self.deviation) ** 2))


@dataclass(frozen=True)
class Fit:
    """Where the search ended.

    Attributes
    ----------
    values : (n_parameter,) float64
    computed : (n_observation,) float64
        With these values.
    jacobian : (n_observation, n_parameter) float64
    costs : tuple of float
        J at the prior and after each step that was tried.
    """

    values: np.ndarray
    computed: np.ndarray
    jacobian: np.ndarray
    costs: tuple[float, ...]

    def covariance(self, problem: Problem) -> np.ndarray:
        """Return the (n_parameter, n_parameter) covariance of the values."""
        weighted = self.jacobian / problem.sigma[:, None]
        misfit = (self.computed - problem.observed) / problem.sigma
        wider = max(1.0, float(np.mean(misfit**2)))
        return np.linalg.inv(weighted.T @ weighted / wider + np.diag(problem.deviation**-2.0))


def fit(problem: Problem, steps: int = 3) -> Fit:
    """Search from the prior.

    Parameters
    ----------
    problem : Problem
    steps : int
        Most steps; it ends before where J falls by less than 1 %.
    """
    values = problem.prior.copy()
    computed, jacobian = _jacobian(problem, values)
    best, costs = (values, computed), [problem.cost(values, computed)]
    for _ in range(steps):
        moved = values + _step(problem, values, computed, jacobian)
        change = (moved - values) / problem.deviation
        if np.abs(change).max() < _NOTHING:
            break
        there = problem.compute([moved])[0]
        surprise = there - computed - jacobian @ (moved - values)
        jacobian = jacobian + np.outer(surprise, change / problem.deviation) / np.sum(change**2)
        values, computed = moved, there
        costs.append(problem.cost(values, computed))
        if costs[-1] < min(costs[:-1]):
            best = (values, computed)
        if costs[-1] >= 0.99 * min(costs[:-1]):
            break
    return Fit(*best, jacobian, tuple(costs))


def without(problem: Problem, found: Fit, left_out: np.ndarray) -> np.ndarray:
    """Return the values that the observations not left out ask for, by one step from the fit.

    Parameters
    ----------
    left_out : (n_observation,) bool
    """
    return found.values + _step(problem, found.values, found.computed, found.jacobian, ~left_out)


def _jacobian(problem: Problem, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what is computed at the values, and its derivative by one-sided differences."""
    steps = _STEP * problem.deviation
    steps = np.where(values + steps > problem.bounds[1], -steps, steps)
    here, *there = problem.compute([values, *(values + np.diag(steps))])
    return here, (np.array(there) - here).T / steps


def _step(problem: Problem, values, computed, jacobian, kept=slice(None)) -> np.ndarray:
    """Return the step to the least J of the problem made linear, within bounds."""
    sigma, away = problem.sigma[kept], (problem.observed - computed)[kept]
    matrix = np.concatenate([jacobian[kept] / sigma[:, None], np.diag(1.0 / problem.deviation)])
    wanted = np.concatenate([away / sigma, (problem.prior - values) / problem.deviation])
    low = np.maximum(problem.bounds[0] - values, -_LONGEST * problem.deviation)
    high = np.minimum(problem.bounds[1] - values, _LONGEST * problem.deviation)
    scaled = lsq_linear(matrix * problem.deviation, wanted,
                        bounds=(low / problem.deviation - 1e-12, high / problem.deviation + 1e-12))
    return np.clip(scaled.x * problem.deviation, low, high)
