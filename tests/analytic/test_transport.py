"""Dispersion and the other forces of the native solver against exact solutions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analytic.channels import model_on, rectangle, state_on
from twin_kernel.solvers.native.boundaries import Sources
from twin_kernel.solvers.native.dispersion import Dispersion
from twin_kernel.solvers.native.forces import RHO_0, density
from twin_kernel.solvers.native.weather import Weather
from twin_kernel.solvers.native.wind import AIR_DENSITY, DRAG_LAWS, wind_stress

GRAVITY = 9.81


def _order(sizes, errors):
    return -np.polyfit(np.log(sizes), np.log(errors), 1)[0]


def _spread_error(columns, along, across, angle):
    """A Gaussian that spreads as sigma2 + 2 D t in the axes of the flow (Fischer et al. 1979)."""
    side, sigma, time = 20000.0, 1500.0, 10000.0
    model = model_on(rectangle(side, side, columns, columns, lambda x, y: -10.0 + 0 * x),
                     time / columns, options={"dispersion_along": along,
                                              "dispersion_across": across})
    grid = model.grid
    direction = np.array([np.cos(angle), np.sin(angle)])
    x, y = _centres(grid)
    shifted = np.array([x - side / 2, y - side / 2])
    s, n = direction @ shifted, direction[0] * shifted[1] - direction[1] * shifted[0]

    def exact(t):
        a, b = sigma**2 + 2 * along * t, sigma**2 + 2 * across * t
        return 30 * sigma**2 / np.sqrt(a * b) * np.exp(-(s**2) / (2 * a) - n**2 / (2 * b))

    state = state_on(model, 0.0, exact(0.0))
    mass = state.tracers[0] @ state.volume
    # The flow is frozen: only its direction matters here.
    vectors = tuple(np.full(grid.n_face, 0.5 * d) for d in direction)
    for _ in range(columns):
        model._dispersion.apply(state.tracers, state.volume, np.zeros(grid.n_face), grid.edge_bed,
                                vectors, model.options.time_step)
    assert state.tracers[0] @ state.volume == pytest.approx(mass, rel=1e-12)
    assert state.tracers.min() >= 0.0
    return np.sqrt(np.mean((state.tracers[0] - exact(time)) ** 2)) / 30


def _centres(grid):
    """Return circumcentres: where the values of an orthogonal scheme are second order."""
    x = grid.face_x.copy()
    y = grid.face_y.copy()
    e = grid.face_edges
    # n . (centre - middle of the edge) is known for each edge: two edges give the centre.
    middle_x = grid.reconstruct_x * grid.face_area[:, None] / (
        grid.face_sign * grid.edge_length[e])
    middle_y = grid.reconstruct_y * grid.face_area[:, None] / (
        grid.face_sign * grid.edge_length[e])
    # Offsets of the three middles from the centre average to centroid - centre.
    return x - middle_x.mean(axis=1), y - middle_y.mean(axis=1)


def test_isotropic_dispersion_of_a_gaussian_converges():
    """Two-point fluxes on circumcentres: second order in space, first in time (dt ~ size here)."""
    columns = np.array([20, 28, 40, 56])
    errors = [_spread_error(n, 50.0, 50.0, 0.0) for n in columns]
    assert _order(columns, errors) > 0.9
    assert errors[-1] < 2e-3


@pytest.mark.parametrize("angle", [0.0, 0.5, 1.2])
def test_anisotropic_dispersion_of_a_gaussian_converges(angle):
    """Ten times stronger along a flow that follows no edge of the mesh."""
    columns = np.array([20, 28, 40, 56])
    errors = [_spread_error(n, 100.0, 10.0, angle) for n in columns]
    # 1.5 to 2.2 where no limit is met; at angle 0 the limiter clips the crest, and 0.74 is left.
    assert _order(columns, errors) > 0.7
    assert errors[-1] < 4e-3


def test_dispersion_keeps_a_constant_and_the_mass_where_it_dries():
    """Over a beach with wet, thin and dry triangles."""
    mesh = rectangle(4000.0, 400.0, 40, 4, lambda x, y: -4.0 + 6.0 * x / 4000.0)
    model = model_on(mesh, 60.0, options={"dispersion_along": 200.0, "dispersion_across": 20.0})
    rng = np.random.default_rng(1)
    grid = model.grid
    vectors = tuple(rng.normal(size=(2, grid.n_face)))
    state = state_on(model, 0.0, np.full(grid.n_face, 7.0))
    model._dispersion.apply(state.tracers, state.volume, model.levels(state), grid.edge_bed,
                            vectors, 60.0)
    np.testing.assert_allclose(state.tracers, 7.0, rtol=1e-14)
    state.tracers[0] = rng.uniform(0, 35, grid.n_face)
    mass = state.tracers[0] @ state.volume
    for _ in range(200):
        model._dispersion.apply(state.tracers, state.volume, model.levels(state), grid.edge_bed,
                                vectors, 60.0)
    # 200 steps of round-off on a sum of 1e7.
    assert state.tracers[0] @ state.volume == pytest.approx(mass, rel=1e-12)
    assert state.tracers.min() >= 0.0
    assert state.tracers.max() <= 35.0


def test_wind_set_up_balances_the_slope():
    """Steady wind over a closed basin: d(level)/dx = tau / (rho g H) (Pugh 1987, ch. 6)."""
    depth, wind = 5.0, 15.0
    weather = Weather(np.array([0.0, 1e9]), {"wind_x": np.full(2, wind), "wind_y": np.zeros(2)})
    model = model_on(rectangle(20000.0, 4000.0, 40, 8, lambda x, y: -depth + 0 * x), 100.0,
                     manning=0.03, theta=1.0, weather=weather)
    state = state_on(model, 0.0)
    model.advance(state, 2000)
    level = model.levels(state)
    slope = np.polyfit(model.grid.face_x, level, 1)[0]
    stress = wind_stress(wind, 0.0, DRAG_LAWS["wu"], AIR_DENSITY)[0]
    # 1 %: depth varies by 2 % from end to end, and a rest of the seiche is left.
    assert slope == pytest.approx(stress / (RHO_0 * GRAVITY * depth), rel=0.01)


def test_density_gradient_is_balanced_by_the_slope():
    """Salt held still in a basin: d(level)/dx = -(H / 2 rho0) d(rho)/dx (Savenije 2005, 2.3)."""
    length, depth = 20000.0, 10.0
    model = model_on(rectangle(length, 2000.0, 80, 8, lambda x, y: -depth + 0 * x), 60.0,
                     manning=0.05, theta=1.0,
                     options={"density_gradient": True, "water_temperature": 10.0})
    salt = 30.0 * (1 - model.grid.face_x / length)
    state = state_on(model, 0.0, salt)
    for _ in range(300):
        model.advance(state, 10)
        state.tracers[0] = salt
    slope = np.polyfit(model.grid.face_x, model.levels(state), 1)[0]
    rise = (density(0.0, 10.0) - density(30.0, 10.0)) / length
    assert slope == pytest.approx(-depth / (2 * RHO_0) * rise, rel=0.02)


def test_density_of_sea_water():
    """Check values of the equation of state (UNESCO 1983, Tech. Pap. Mar. Sci. 44, p. 19)."""
    for salinity, temperature, expected in ((0, 5, 999.96675), (0, 25, 997.04796),
                                            (35, 5, 1027.67547), (35, 25, 1023.34306)):
        assert density(float(salinity), float(temperature)) == pytest.approx(expected, abs=1e-5)


def _shear_error(columns):
    """A shear layer u(y) that viscosity smooths: each mode decays as exp(-nu k2 t)."""
    width, viscosity = 4000.0, 20.0
    k = np.pi / width
    steps = 2 * columns * columns
    end = 0.3 / (viscosity * k * k)
    model = model_on(rectangle(width, width, columns, columns, lambda x, y: -20.0 + 0 * x),
                     end / steps, options={"eddy_viscosity": viscosity})
    grid = model.grid
    middle = np.abs(grid.face_x - width / 2) < width / 8
    y = _centres(grid)[1]
    vector = np.cos(k * y)
    volume, level = 20.0 * grid.face_area, np.zeros(grid.n_face)
    for _ in range(steps):
        model._forces.update(0.0, end / steps, {}, grid.edge_bed, level, volume,
                             (vector, np.zeros(grid.n_face)), np.zeros((1, grid.n_face)))
        vector = vector + end / steps * model._forces._change_x
    return np.sqrt(np.mean((vector - np.exp(-0.3) * np.cos(k * y))[middle] ** 2))


def test_viscosity_smooths_a_shear_layer():
    """The Laplacian of the cell vectors converges to the exact decay."""
    columns = np.array([12, 16, 24, 32])
    errors = [_shear_error(n) for n in columns]
    assert _order(columns, errors) > 0.9
    assert errors[-1] < 0.02


def test_rain_is_in_the_budget_and_dilutes():
    """A level rises by what falls; evaporation takes no more than there is."""
    mesh = rectangle(4000.0, 400.0, 40, 4, lambda x, y: -0.1 + 0 * x)
    model = model_on(mesh, 60.0, sources=Sources(rain=lambda time: np.full(
        mesh.n_face, 1e-5 if time < 3000 else -1e-4)))
    state = state_on(model, 0.0, np.full(model.grid.n_face, 20.0))
    model.advance(state, 50)
    np.testing.assert_allclose(model.levels(state), 0.03, rtol=1e-9)
    np.testing.assert_allclose(state.tracers[0], 20.0 * 0.1 / 0.13, rtol=1e-9)
    model.advance(state, 100)
    assert state.volume_low >= 0.0
    assert state.volume.sum() == pytest.approx(state.water_at_start + state.rain_entered, abs=1e-6)


@pytest.mark.parametrize("lanes", [1, 2, 3])
def test_tracers_disperse_alike_on_any_number_of_threads(lanes):
    """To the last bit, whichever lane a tracer is in."""
    model = model_on(rectangle(8000.0, 8000.0, 16, 16, lambda x, y: -10.0 + 0 * x), 60.0,
                     options={"dispersion_along": 100.0, "dispersion_across": 5.0})
    grid = model.grid
    first = np.random.default_rng(1).random((5, grid.n_face))
    together, alone = first.copy(), first.copy()
    vectors = (np.full(grid.n_face, 0.6), np.full(grid.n_face, 0.2))
    volume = 10.0 * grid.face_area
    given = (volume, np.zeros(grid.n_face), grid.edge_bed, vectors, 60.0)
    squared = np.full(grid.n_edge, 0.02**2)
    Dispersion(grid, model.options, squared, lanes).apply(together, *given)
    for k in range(len(alone)):
        Dispersion(grid, model.options, squared).apply(alone[k:k + 1], *given)
    assert np.array_equal(together, alone)
    assert not np.array_equal(together, first)
