"""Oscillations in a parabolic bowl, whose shoreline moves: Thacker (1981)."""

from __future__ import annotations

import numpy as np

from tests.analytic.channels import mapped, model_on, rectangle, set_in_motion, state_on
from tests.analytic.convergence import GRAVITY, Case, Outcome, mean_absolute, order

_RADIUS, _DEPTH = 10000.0, 10.0  # of the water at rest, m; deepest water, m
_HALF = 1.6 * _RADIUS  # of the square mesh, m
_PLANAR_SHIFT = 0.4 * _RADIUS  # radius of the circle on which the planar surface turns, m
_CURVED = 0.35  # Thacker's A: the water starts as a hump of radius a sqrt((1 - A) / (1 + A))


def _bed(x, y):
    return -_DEPTH * (1.0 - (x**2 + y**2) / _RADIUS**2)


def _bowl(columns):
    side = 2.0 * _HALF
    mesh = rectangle(side, side, columns, 2 * round(columns / np.sqrt(3.0)))
    return mapped(mesh, mesh.node_x - _HALF, mesh.node_y - _HALF, _bed)


def planar_level(x, y, time):
    """Level of the planar surface, m; its velocity is uniform, shift × rate."""
    rate = np.sqrt(2.0 * GRAVITY * _DEPTH) / _RADIUS
    return _PLANAR_SHIFT * _DEPTH / _RADIUS**2 * (
        2.0 * x * np.cos(rate * time) + 2.0 * y * np.sin(rate * time) - _PLANAR_SHIFT)


def curved_level(x, y, time):
    """Level of the axisymmetric surface, m; at rest at time 0."""
    rate = np.sqrt(8.0 * GRAVITY * _DEPTH) / _RADIUS
    swing = 1.0 - _CURVED * np.cos(rate * time)
    return _DEPTH * (np.sqrt(1.0 - _CURVED**2) / swing - 1.0
                     - (x**2 + y**2) / _RADIUS**2 * ((1.0 - _CURVED**2) / swing**2 - 1.0))


def _run(columns, level, rate, velocity):
    period = 2.0 * np.pi / rate
    steps = 4 * columns
    model = model_on(_bowl(columns), period / steps, tolerance=1e-8)
    grid = model.grid
    state = state_on(model, level(grid.face_x, grid.face_y, 0.0))
    set_in_motion(model, state, lambda x, y: 0.0 * x, lambda x, y: velocity + 0.0 * x)
    model.advance(state, steps)
    # The exact volume of each triangle, on the same bed as the computed one.
    wanted = state_on(model, level(grid.face_x, grid.face_y, period)).volume / grid.face_area
    depth = state.volume / grid.face_area
    wet = (wanted > 0.0) | (depth > 0.0)
    error = mean_absolute(depth[wet], wanted[wet], grid.face_area[wet]) / _DEPTH
    middle = np.abs(grid.face_y) < 1.2 * _HALF / columns
    middle = np.flatnonzero(middle)[np.argsort(grid.face_x[middle])]
    bed = _bed(grid.face_x, grid.face_y)
    return Outcome(error, grid.face_x[middle], np.maximum(model.levels(state), bed)[middle],
                   np.maximum(level(grid.face_x, grid.face_y, period), bed)[middle])


_PLANAR_RATE = np.sqrt(2.0 * GRAVITY * _DEPTH) / _RADIUS
PLANAR = Case(
    "Planar surface turning in a paraboloid", "Thacker (1981)",
    "L1 of the depth after one turn over the depth",
    lambda n: _run(n, planar_level, _PLANAR_RATE, _PLANAR_SHIFT * _PLANAR_RATE),
    (20, 28, 40, 56), (20, 40, 80, 160))
CURVED = Case(
    "Curved surface swinging in a paraboloid", "Thacker (1981)",
    "L1 of the depth after one swing over the depth",
    lambda n: _run(n, curved_level, 2.0 * _PLANAR_RATE, 0.0),
    (20, 28, 40, 56), (20, 40, 80, 160))
CASES = (PLANAR, CURVED)


def test_planar_surface():
    """A shoreline that turns without end: first order at the most, 0.87 is measured."""
    errors = PLANAR.errors()
    assert order(PLANAR.meshes, errors) > 0.75
    assert errors[-1] < 0.01


def test_curved_surface():
    """A shoreline that goes in and out: 1.0 is measured."""
    errors = CURVED.errors()
    assert order(CURVED.meshes, errors) > 0.85
    assert errors[-1] < 0.01
