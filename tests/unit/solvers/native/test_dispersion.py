"""How many substeps the dispersion makes, and that what decides it loses and invents nothing."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analytic.channels import model_on, rectangle, state_on
from twin_kernel.solvers.native.conductances import STABLE, substeps_borne
from twin_kernel.solvers.native.mixing_limits import limited_mixing

SIDE, COLUMNS, STEP = 16000.0, 32, 120.0  # m, -, s


def _with_small(small, columns=COLUMNS):
    """Return a model of triangles of 500 m, water that `small` of them have half of, volume."""
    model = model_on(rectangle(SIDE, SIDE, columns, columns), STEP,
                     options={"dispersion_along": 100.0, "dispersion_across": 10.0})
    grid = model.grid
    inside = np.flatnonzero((grid.face_neighbour != np.arange(grid.n_face)[:, None]).all(axis=1))
    few = inside[np.linspace(0, len(inside) - 1, small + 2).astype(int)[1:-1]]
    volume = 10.0 * grid.face_area
    volume[few] /= 1.8
    return model, few, volume


def _disperse(model, values, volume, steps=1):
    grid = model.grid
    state = state_on(model, 0.0, values)
    vectors = (np.full(grid.n_face, 0.5), np.full(grid.n_face, 0.2))
    for _ in range(steps):
        model._dispersion.apply(state.tracers, volume, np.full(grid.n_face, 10.0), grid.edge_bed,
                                vectors, STEP / steps)
    return state.tracers[0]


@pytest.mark.parametrize(("asking", "substeps"), [
    ([0.5] * 2000, 1), ([0.5] * 1999 + [1.3], 1), ([0.5] * 1998 + [1.3] * 2, 1),
    ([0.5] * 1997 + [1.3] * 3, 2), ([0.5] * 1999 + [1.4], 2), ([0.5] * 1999 + [7.0], 6),
    ([0.5] * 1995 + [1.5] * 3 + [2.6] * 2, 2), ([7.0] * 10, 8), ([0.5] * 9 + [2.0], 3)])
def test_a_thousandth_of_the_triangles_does_not_decide(asking, substeps):
    """What each gives away in a step, as part of its water; 0.9 of it is borne in a substep.

    None of those few mixes less than two thirds of what it asks for.
    """
    n = len(asking)
    ring = np.arange(n, dtype=np.uint32), np.roll(np.arange(n, dtype=np.uint32), -1)
    assert substeps_borne(np.ones(n), np.ones(n), np.array(asking), *ring) == substeps


def test_what_the_few_exchange_is_what_the_substeps_bear():
    """Both parts of the tensor alike, on their own edges alone."""
    outgoing = np.full(2000, 0.5)
    outgoing[700] = 1.2
    left, right = np.arange(1999, dtype=np.uint32), np.arange(1, 2000, dtype=np.uint32)
    normal, cross = np.full(1999, 6.0), np.full(1999, 2.0)
    assert substeps_borne(normal, cross, outgoing, left, right) == 1
    near = (left == 700) | (right == 700)
    np.testing.assert_allclose(normal[near], 6.0 * STABLE / 1.2)
    np.testing.assert_allclose(cross[near], 2.0 * STABLE / 1.2)
    assert np.all(normal[~near] == 6.0)
    assert np.all(cross[~near] == 2.0)


@pytest.mark.parametrize("small", [2, 40])
def test_mass_bounds_and_constants_hold_with_few_and_with_many_small_triangles(small):
    model, _, volume = _with_small(small)
    values = np.random.default_rng(3).uniform(1.0, 35.0, len(volume))
    after = _disperse(model, values, volume)
    assert after @ volume == pytest.approx(values @ volume, rel=1e-13)
    assert values.min() <= after.min()
    assert after.max() <= values.max()
    assert not np.array_equal(after, values)
    assert np.all(_disperse(model, np.full(len(volume), 7.0), volume) == 7.0)


def test_a_few_small_triangles_change_nothing_elsewhere():
    """Limited in one step against borne in ten: a hill of 30 that moves by 0.14 differs by 0.005.

    The rest, 1.5 km away and more, by the step's own error alone, 0.003.
    """
    model, few, volume = _with_small(2)
    grid = model.grid
    hill = 30.0 * np.exp(-((grid.face_x - SIDE / 2) ** 2 + (grid.face_y - SIDE / 2) ** 2) / 3e3**2)
    difference = np.abs(_disperse(model, hill, volume) - _disperse(model, hill, volume, steps=10))
    away = np.min([np.hypot(grid.face_x - grid.face_x[i], grid.face_y - grid.face_y[i])
                   for i in few], axis=0)
    assert difference.max() < 0.01
    assert difference[away > 1500.0].max() < 0.005


def test_what_a_dry_triangle_last_held_is_not_in_the_water_beside_it():
    """Across the river the gradient is that of the water alone, whatever dry triangles hold."""
    model = model_on(rectangle(4000.0, 2000.0, 16, 8, lambda x, y: 12.0 - 11.0 * (y < 1400.0)),
                     STEP, options={"dispersion_along": 100.0, "dispersion_across": 10.0})
    grid = model.grid
    volume = state_on(model, 5.0).volume
    dry = volume <= 0.0
    assert 10 < dry.sum() < 100
    found = []
    for held in (0.0, 35.0):
        values = np.where(dry, held, 20.0 + grid.face_x / 1000.0)
        state = state_on(model, 5.0, values)
        model._dispersion.apply(state.tracers, volume, np.full(grid.n_face, 5.0), grid.edge_bed,
                                (np.full(grid.n_face, 0.5), np.full(grid.n_face, 0.3)), STEP)
        found.append(state.tracers[0])
    assert np.array_equal(found[0][~dry], found[1][~dry])
    assert np.ptp(found[0][~dry] - (20.0 + grid.face_x[~dry] / 1000.0)) > 1e-4


@pytest.mark.parametrize(("along", "across"), [(50.0, 5.0), (200.0, 1.0), (2000.0, 1.0)])
def test_what_is_limited_still_smooths(along, across):
    """A wave across a flow at 45 degrees, on triangles of 30 m that bear a part of the mixing.

    Limited by the normal part alone, the tensor sharpened it: 1.26 times the variance.
    """
    mesh = rectangle(1500.0, 1500.0, 50, 50, lambda x, y: -5.0 + 0 * x)
    model = model_on(mesh, 60.0, options={"dispersion_along": along, "dispersion_across": across})
    grid = model.grid
    assert limited_mixing(model, state_on(model, 0.0))["dispersion"] > 0.9
    root = np.sqrt(0.5)
    wave = 15.0 + 10.0 * np.cos(2.0 * np.pi * root * (grid.face_x - grid.face_y) / 300.0)
    state = state_on(model, 0.0, wave)
    variance, steepest = [np.var(wave)], [_steepest(grid, wave)]
    for _ in range(10):
        model._dispersion.apply(state.tracers, state.volume, np.zeros(grid.n_face), grid.edge_bed,
                                (np.full(grid.n_face, root),) * 2, 60.0)
        variance.append(np.var(state.tracers[0]))
        steepest.append(_steepest(grid, state.tracers[0]))
    assert np.all(np.diff(variance) < 0.0)
    assert max(steepest) < 2.0 * steepest[0]


def _steepest(grid, values):
    return np.abs(values[grid.face_neighbour] - values[:, None]).max()
