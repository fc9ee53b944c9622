"""The nearest water to a point."""

import numpy as np

from twin_kernel.solvers.native.places import SHALLOWEST, nearest_first, nearest_wet


def test_nearest_first_with_ties_in_the_order_of_the_mesh():
    x, y = np.array([0.0, 2.0, 1.0, 1.0]), np.array([0.0, 0.0, 1.0, -1.0])
    assert nearest_first(x, y, (1.0, 0.0)).tolist() == [0, 1, 2, 3]
    assert nearest_first(x, y, (2.0, 0.5)).tolist() == [1, 2, 3, 0]


def test_nearest_wet_skips_films_and_says_when_there_is_none():
    order = np.array([2, 0, 1])
    assert nearest_wet(order, np.array([SHALLOWEST, 5.0, 0.9 * SHALLOWEST])) == 0
    assert nearest_wet(order, np.zeros(3)) == -1
