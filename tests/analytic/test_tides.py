"""Tides of small amplitude in channels: friction, convergence, rotation."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_bvp

from tests.analytic.channels import mapped, model_on, rectangle, set_in_motion, state_on
from tests.analytic.convergence import GRAVITY, Case, Outcome, order, root_mean_square

_PERIOD = 44714.0  # s, M2
_OMEGA = 2.0 * np.pi / _PERIOD
_LENGTH, _DEPTH = 60000.0, 10.0
_AMPLITUDE = 0.05  # m: 0.5 % of the depth, so that advection and depth change stay small
_MANNING = 0.05  # s m^(-1/3), rougher than a river: friction must count at such a small tide
_CONVERGENCE, _MOUTH = 30000.0, 4000.0  # m: length over which the width falls by e; width
_CELSIUS_FREE_SPEED = np.sqrt(GRAVITY * _DEPTH)


def damped_wave(x, rate):
    """Return the complex level over that of the mouth, after Ippen (1966) ch. 10.

    Constant depth and friction linear in the velocity, `rate` (1/s): cos(k(L - x)) / cos(kL) with
    k = omega / c sqrt(1 - i rate / omega).
    """
    k = _OMEGA / _CELSIUS_FREE_SPEED * np.sqrt(1.0 - 1j * rate / _OMEGA)
    return np.cos(k * (_LENGTH - x)) / np.cos(k * _LENGTH)


def lorentz_wave():
    """Return a function of x giving complex level (m) and velocity (m/s) of the frictional tide.

    Quadratic friction g n2 |u| u / h^(4/3) takes from a sinusoid of amplitude U what a linear one
    of rate 8 / (3 pi) g n2 U / h^(4/3) takes (Lorentz 1926); U depends on x, so the two linear
    equations ``i w u + g z' + r(|u|) u = 0``, ``i w z + h u' = 0`` are solved as a boundary
    value problem with Ippen's solution as a first guess.
    """
    drag = 8.0 / (3.0 * np.pi) * GRAVITY * _MANNING**2 / _DEPTH ** (4.0 / 3.0)

    def slopes(x, y):
        level, velocity = y[0] + 1j * y[1], y[2] + 1j * y[3]
        dlevel = -(1j * _OMEGA + drag * np.abs(velocity)) * velocity / GRAVITY
        dvelocity = -1j * _OMEGA * level / _DEPTH
        return np.array([dlevel.real, dlevel.imag, dvelocity.real, dvelocity.imag])

    def ends(mouth, head):
        return np.array([mouth[0] - _AMPLITUDE, mouth[1], head[2], head[3]])

    x = np.linspace(0.0, _LENGTH, 201)
    level = _AMPLITUDE * damped_wave(x, drag * 0.1)
    velocity = -GRAVITY * np.gradient(level, x) / (1j * _OMEGA + drag * 0.1)
    found = solve_bvp(slopes, ends, x, np.array(
        [level.real, level.imag, velocity.real, velocity.imag]), tol=1e-8, max_nodes=20000)
    assert found.success

    def at(x):
        y = found.sol(np.ravel(x)).reshape(4, *np.shape(x))
        return y[0] + 1j * y[1], y[2] + 1j * y[3]

    return at


def _harmonic(model, state, steps):
    """Run one period; return the complex amplitude at M2 of each triangle's level, m."""
    total = np.zeros(model.grid.n_face, dtype=complex)
    for _ in range(steps):
        model.advance(state, 1)
        time = state.step * model.options.time_step
        total += model.levels(state) * np.exp(-1j * _OMEGA * time)
    return 2.0 * total / steps


def _frictional(columns, periods=2):
    exact = lorentz_wave()
    steps = 12 * columns
    times = np.linspace(0.0, 4 * _PERIOD, 4 * 720 + 1)
    model = model_on(rectangle(_LENGTH, 2 * _LENGTH / columns, columns, 2,
                               lambda x, y: -_DEPTH + 0 * x, ("west",)), _PERIOD / steps,
                     {"west": "water_level"}, times,
                     {"west": _AMPLITUDE * np.cos(_OMEGA * times)}, manning=_MANNING)
    grid = model.grid
    level, _ = exact(grid.face_x)
    state = state_on(model, level.real)
    set_in_motion(model, state, lambda x, y: exact(x)[1].real, lambda x, y: 0.0 * x)
    model.advance(state, periods * steps)
    computed = _harmonic(model, state, steps)
    error = np.sqrt(np.mean(np.abs(computed - level) ** 2)) / _AMPLITUDE
    along = np.argsort(grid.face_x)
    return Outcome(error, grid.face_x[along], np.abs(computed[along]), np.abs(level[along]))


def converging_wave(x):
    """Return the level over that of the mouth in a channel whose width falls exponentially.

    Without friction, ``z'' - z' / b + (w / c)2 z = 0``: the wave grows as exp(x / 2b) and its
    number is sqrt((w / c)2 - 1 / (4 b2)) (after Hunt 1964; Friedrichs & Aubrey 1994). No flow
    through the head: z'(L) = 0.
    """
    growth = 0.5 / _CONVERGENCE
    k = np.sqrt((_OMEGA / _CELSIUS_FREE_SPEED) ** 2 - growth**2 + 0j)
    part = -((growth * np.cos(k * _LENGTH) - k * np.sin(k * _LENGTH))
             / (growth * np.sin(k * _LENGTH) + k * np.cos(k * _LENGTH)))
    return (np.exp(growth * x) * (np.cos(k * x) + part * np.sin(k * x))).real


def _converging(columns):
    steps = 4 * columns
    straight = rectangle(1.0, 1.0, columns, columns // 48, open_ends=("west",))
    # Sides as long as the channel is wide: triangles stay equilateral, with centres inside.
    narrow = 1.0 / (1.0 + straight.node_x * np.expm1(_LENGTH / _CONVERGENCE))
    mesh = mapped(straight, -_CONVERGENCE * np.log(narrow),
                  (straight.node_y - 0.5) * _MOUTH * narrow, lambda x, y: -_DEPTH + 0 * x)
    times = np.linspace(0.0, 4 * _PERIOD, 4 * 720 + 1)
    amplitude = 0.1 * _AMPLITUDE
    model = model_on(mesh, _PERIOD / steps, {"west": "water_level"}, times,
                     {"west": amplitude * np.cos(_OMEGA * times)})
    grid = model.grid
    exact = converging_wave(grid.face_x)
    state = state_on(model, amplitude * exact)
    computed = _harmonic(model, state, steps) / amplitude
    along = np.argsort(grid.face_x)
    error = np.sqrt(np.mean(np.abs(computed - exact) ** 2)) / exact.max()
    return Outcome(error, grid.face_x[along], computed.real[along], exact[along])


_BASIN, _ACROSS, _DEEP, _PULSE = 600e3, 200e3, 40.0, 60e3  # m
_LATITUDE = 45.0
_CORIOLIS = 2 * 7.2921e-5 * np.sin(np.radians(_LATITUDE))


def kelvin_level(x, y, time):
    """Level over its height at the wall of a Kelvin pulse, which moves without change of form.

    Decays from the wall on its right (north) by exp(-f y / c), flows along it with z sqrt(g / h)
    and nowhere across (Thomson 1879, Gill 1982 section 10.4).
    """
    speed = np.sqrt(GRAVITY * _DEEP)
    return np.exp(-_CORIOLIS * y / speed - ((x - 0.3 * _BASIN - speed * time) / _PULSE) ** 2)


def _kelvin(columns):
    height, end = 0.001, 10000.0
    steps = columns * 2
    model = model_on(rectangle(_BASIN, _ACROSS, columns, max(columns // 3, 2),
                               lambda x, y: -_DEEP + 0 * x), end / steps, latitude=_LATITUDE,
                     tolerance=1e-11)
    grid = model.grid
    state = state_on(model, height * kelvin_level(grid.face_x, grid.face_y, 0.0))
    set_in_motion(model, state, lambda x, y: (
        height * np.sqrt(GRAVITY / _DEEP) * kelvin_level(x, y, 0.0)), lambda x, y: 0.0 * x)
    model.advance(state, steps)
    computed = model.levels(state) / height
    exact = kelvin_level(grid.face_x, grid.face_y, end)
    near = np.flatnonzero(grid.face_y < 1.01 * grid.face_y.min())
    near = near[np.argsort(grid.face_x[near])]
    error = root_mean_square(computed, exact, grid.face_area) / np.sqrt(np.mean(exact**2))
    return Outcome(error, grid.face_x[near], computed[near], exact[near])


FRICTIONAL = Case("Tide in a frictional channel", "Ippen (1966) ch. 10, Lorentz (1926)",
                  "RMS of the complex M2 amplitude over that of the mouth", _frictional,
                  (12, 20, 32, 48), (12, 24, 48, 96, 192), ordinate="M2 amplitude (m)")
CONVERGING = Case("Tide in a converging channel", "Hunt (1964), Friedrichs & Aubrey (1994)",
                  "RMS of the complex M2 amplitude over the largest", _converging,
                  (48, 96, 144, 192), (48, 96, 192, 384),
                  ordinate="M2 amplitude over that of the mouth")
KELVIN = Case("Kelvin pulse along a wall", "Thomson (1879), Gill (1982)",
              "RMS of the level over its own RMS", _kelvin, (30, 45, 60, 90),
              (30, 60, 120, 240), ordinate="level over its height")
CASES = (FRICTIONAL, CONVERGING, KELVIN)


def test_frictional_tide():
    """The error falls to that of Lorentz's linear friction, 0.28 %, of the order of (r / w)2.

    With friction doubled in Manning's n (four times r) that floor is measured at 1.9 %.
    """
    errors = FRICTIONAL.errors()
    assert np.all(np.diff(errors) < 0.0)
    assert errors[-1] < 0.004


def test_lorentz_solution_is_ippens_where_friction_is_linear():
    """Where velocity hardly varies, the numerical reference is the closed form."""
    x = np.linspace(0.0, _LENGTH, 101)
    level, velocity = lorentz_wave()(x)
    rate = 8.0 / (3.0 * np.pi) * GRAVITY * _MANNING**2 / _DEPTH ** (4.0 / 3.0) * np.sqrt(
        np.mean(np.abs(velocity) ** 2))
    closed = _AMPLITUDE * damped_wave(x, rate)
    # 5 %: Ippen has one rate, taken here at the RMS velocity, which falls to 0 at the head.
    assert np.abs(level - closed).max() < 0.05 * _AMPLITUDE


def test_converging_channel():
    """Already 0.04 % on the coarsest mesh; what is left is theta, first order in the step,
    and the cross-flow that one-dimensional theory neglects: 0.6 is measured.
    """
    errors = CONVERGING.errors()
    assert order(CONVERGING.meshes, errors) > 0.5
    assert errors[-1] < 0.0003


def test_kelvin_pulse():
    """Between first order (theta = 0.55, upwind) and second (centred pressure): 1.2 measured."""
    errors = KELVIN.errors()
    assert order(KELVIN.meshes, errors) > 1.0
    assert errors[-1] < 0.01
