"""What a verification case gives: errors on several meshes, their order, a profile to look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

GRAVITY = 9.81


@dataclass(frozen=True)
class Outcome:
    """One mesh of one case.

    Attributes
    ----------
    error : float
        Relative to the scale of the case; which norm, the case says.
    x, computed, exact : (n_point,) float64
        What to draw.
    """

    error: float
    x: np.ndarray
    computed: np.ndarray
    exact: np.ndarray


@dataclass(frozen=True)
class Case:
    """An exact solution and how it is run.

    Attributes
    ----------
    name, source, error_is : str
        Title, paper, and the norm of the error.
    run : callable
        From a number of columns to an outcome.
    meshes, fine : tuple of int
        Columns in the tests, and in the full report.
    abscissa, ordinate : str
        What `x` and `computed` are, with units.
    """

    name: str
    source: str
    error_is: str
    run: Callable[[int], Outcome]
    meshes: tuple[int, ...]
    fine: tuple[int, ...]
    abscissa: str = "x (m)"
    ordinate: str = "level (m)"

    def errors(self) -> np.ndarray:
        """Return the errors on the meshes of the tests."""
        return np.array([self.run(columns).error for columns in self.meshes])


def order(columns, errors) -> float:
    """Return the order of convergence: slope of log error on log mesh size, by least squares."""
    return -np.polyfit(np.log(columns), np.log(errors), 1)[0]


def mean_absolute(computed, exact, weight) -> float:
    """Return the L1 norm of the difference over that of the weight."""
    return float(np.sum(weight * np.abs(computed - exact)) / np.sum(weight))


def root_mean_square(computed, exact, weight) -> float:
    """Return the L2 norm of the difference over that of the weight."""
    return float(np.sqrt(np.sum(weight * (computed - exact) ** 2) / np.sum(weight)))
