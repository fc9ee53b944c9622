"""The native solver's flow against exact solutions, with measured orders of convergence."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analytic.channels import model_on, rectangle, set_in_motion, state_on

GRAVITY = 9.81


def _rough_bed(x, y):
    rng = np.random.default_rng(3)
    island = 4.5 * np.exp(-((x - 500) ** 2 + (y - 200) ** 2) / 1e4)
    return island - 3.0 + rng.uniform(-1, 1, x.shape)


def test_lake_at_rest_with_an_island_stays_at_rest():
    """Delestre et al. (2013) SWASHES 3.1: the bed pierces the surface."""
    model = model_on(rectangle(1000, 400, 40, 16, _rough_bed), 30.0, manning=0.02, latitude=45.0)
    state = state_on(model, 0.0)
    dry = state.volume == 0.0
    assert 0 < dry.sum() < len(dry)
    model.advance(state, 300)
    assert np.abs(state.u).max() < 1e-10
    np.testing.assert_array_equal(state.volume == 0.0, dry)
    assert np.abs(model.levels(state)[~dry]).max() < 1e-12


def _seiche_error(columns):
    """First mode in a closed basin: level = a cos(kx) cos(wt), Lamb (1932) art. 190."""
    length, depth, amplitude = 10000.0, 10.0, 0.001
    k = np.pi / length
    period = 2 * length / np.sqrt(GRAVITY * depth)
    steps = 3 * columns
    model = model_on(rectangle(length, 2000.0, columns, max(columns // 5, 2),
                               lambda x, y: -depth + 0 * x), period / steps, tolerance=1e-12)
    state = state_on(model, amplitude * np.cos(k * model.grid.face_x))
    model.advance(state, steps)
    exact = amplitude * np.cos(k * model.grid.face_x)
    return np.sqrt(np.mean((model.levels(state) - exact) ** 2)) / amplitude


def test_seiche_converges():
    """theta = 0.55 leaves a first-order damping, so the order lies between 1 and 2.

    Over one period the damping is 1 - exp(-(theta - 1/2) w dt * 2 pi): first order in dt.
    """
    columns = np.array([10, 20, 40, 80])
    errors = np.array([_seiche_error(n) for n in columns])
    order = -np.polyfit(np.log(columns), np.log(errors), 1)[0]
    assert 0.9 < order < 2.2
    assert errors[-1] < 0.01


def test_standing_tide_in_a_closed_channel():
    """Ippen (1966) ch. 10: without friction the tide grows as cos(k(L - x)) / cos(kL)."""
    length, depth, period, amplitude = 60000.0, 10.0, 44714.0, 0.01
    mesh = rectangle(length, 2000.0, 60, 2, lambda x, y: -depth + 0 * x, ("west",))
    times = np.arange(0.0, 13 * period, 300.0)
    tide = amplitude * np.cos(2 * np.pi * times / period) * np.minimum(times / (2 * period), 1)
    model = model_on(mesh, 120.0, {"west": "water_level"}, times, {"west": tide}, theta=0.6,
                     manning=0.001)
    state = state_on(model, 0.0)
    model.advance(state, int(10 * period / 120))
    record = []
    for _ in range(int(period / 120)):
        model.advance(state, 1)
        record.append(model.levels(state))
    computed = np.ptp(record, axis=0) / (2 * amplitude)
    k = 2 * np.pi / period / np.sqrt(GRAVITY * depth)
    exact = np.cos(k * (length - model.grid.face_x)) / np.cos(k * length)
    # 3 %: the start-up seiche is damped by theta and a whisper of friction, not wholly gone.
    np.testing.assert_allclose(computed, exact, rtol=0.03)


def test_uniform_flow_has_mannings_depth():
    """Steady uniform flow: q = h^(5/3) sqrt(slope) / n (Chow 1959, ch. 6)."""
    slope, manning, unit_discharge = 5e-4, 0.03, 2.0
    depth = (unit_discharge * manning / np.sqrt(slope)) ** 0.6
    mesh = rectangle(5000.0, 100.0, 100, 2, lambda x, y: -slope * x, ("west", "east"))
    level_east = -slope * 5000.0 + depth
    model = model_on(mesh, 20.0, {"east": "water_level", "west": "discharge"}, (0.0, 1e9),
                     {"east": [level_east] * 2, "west": [unit_discharge * 100.0] * 2},
                     manning=manning)
    state = state_on(model, -slope * model.grid.face_x + 0.5 * depth)
    model.advance(state, 3000)
    middle = np.abs(model.grid.face_x - 2500) < 1000
    computed = (state.volume / model.grid.face_area)[middle]
    # 1 %: depth at an edge is upwind, half a cell of slope (12 mm of 1.6 m) from the mean.
    np.testing.assert_allclose(computed, depth, rtol=0.01)


def test_wetting_and_drying_conserve_and_stay_positive():
    """A tide over a beach: no negative volume, water and salt to round-off."""
    mesh = rectangle(4000.0, 400.0, 40, 4, lambda x, y: -4.0 + 6.0 * x / 4000.0, ("west",))
    times = np.arange(0.0, 2e5, 300.0)
    model = model_on(mesh, 30.0, {"west": "water_level"}, times,
                     {"west": 1.8 * np.sin(2 * np.pi * times / 44714.0)}, {"west": 35.0},
                     manning=0.02)
    rng = np.random.default_rng(5)
    state = state_on(model, 0.0, rng.uniform(0.0, 35.0, model.grid.n_face))
    model.advance(state, int(2 * 44714 / 30))
    water, salt = state.volume.sum(), state.volume @ state.tracers[0]
    assert state.volume_low >= 0.0
    assert state.tracer_low[0] >= 0.0
    assert state.tracer_high[0] <= 35.0
    # Round-off of 3000 steps: far inside the 1e-10 that the project promises.
    assert water - state.water_at_start == pytest.approx(state.water_entered.sum(),
                                                         abs=1e-12 * water)
    assert salt - state.tracer_at_start[0] == pytest.approx(state.tracer_entered[0].sum(),
                                                            abs=1e-12 * salt)


def _salt_over_a_beach(initial, entering):
    """Return the salinity after two tides over a beach that dries."""
    mesh = rectangle(4000.0, 400.0, 40, 4, lambda x, y: -4.0 + 6.0 * x / 4000.0, ("west",))
    times = np.arange(0.0, 1e5, 300.0)
    model = model_on(mesh, 60.0, {"west": "water_level"}, times,
                     {"west": 1.8 * np.sin(2 * np.pi * times / 44714.0)}, {"west": entering},
                     manning=0.02)
    state = state_on(model, 0.0, initial(model.grid.n_face))
    model.advance(state, 1400)
    return state.tracers[0]


def test_uniform_salinity_stays_uniform():
    np.testing.assert_array_equal(_salt_over_a_beach(lambda n: np.full(n, 35.0), 35.0), 35.0)


def test_a_field_and_its_complement_stay_each_others():
    """Consistency with continuity: a constant tracer is constant under any flow.

    Of a uniform field the bounds of each cell are its value, and would hide a volume that does not
    follow from the fluxes. So it is the sum of two fields here, whose own bounds lie apart. 1e-12
    of it: round-off of 1400 steps.
    """
    def field(n):
        return np.random.default_rng(3).uniform(0.0, 35.0, n)

    one, other = _salt_over_a_beach(field, 20.0), _salt_over_a_beach(
        lambda n: 35.0 - field(n), 15.0)
    assert np.ptp(one) > 1.0
    np.testing.assert_allclose(one + other, 35.0, rtol=1e-12)


def test_advected_profile_converges():
    """A Gaussian of salt carried by a steady current: order by regression over four meshes."""
    length, depth, speed, width = 20000.0, 5.0, 1.0, 1500.0

    def error(columns):
        rows = 2
        mesh = rectangle(length, 2 * length / columns, columns, rows,
                         lambda x, y: -depth + 0 * x, ("west", "east"))
        discharge = speed * depth * 2 * length / columns
        model = model_on(mesh, 4000.0 / columns, {"east": "water_level", "west": "discharge"},
                         (0.0, 1e9), {"east": [0.0] * 2, "west": [discharge] * 2})
        profile = lambda x: 30.0 * np.exp(-(((x - 5000.0) / width) ** 2))  # noqa: E731
        state = state_on(model, 0.0, profile(model.grid.face_x))
        state.u[:] = speed * model.grid.normal_x
        state.flux[:] = state.u * depth * model.grid.edge_length
        model.advance(state, round(8000.0 / model.options.time_step))
        exact = profile(model.grid.face_x - 8000.0)
        return np.sqrt(np.mean((state.tracers[0] - exact) ** 2)) / 30.0

    columns = np.array([40, 80, 160, 320])
    errors = np.array([error(n) for n in columns])
    order = -np.polyfit(np.log(columns), np.log(errors), 1)[0]
    # Lax-Wendroff along edge normals is second order in 1-D only; on triangles the part along the
    # edge stays upwind, and limiting clips the crest: measured 1.1.
    assert order > 1.0
    assert errors[-1] < 0.004


def test_same_state_to_the_last_bit_after_a_checkpoint(tmp_path):
    """A resumed run equals the uninterrupted one."""
    from twin_kernel.solvers.native.state import load_state, save_state

    mesh = rectangle(4000.0, 400.0, 40, 4, lambda x, y: -4.0 + 6.0 * x / 4000.0, ("west",))
    times = np.arange(0.0, 1e5, 300.0)

    def fresh():
        model = model_on(mesh, 60.0, {"west": "water_level"}, times,
                         {"west": 1.8 * np.sin(2 * np.pi * times / 44714.0)}, {"west": 35.0},
                         manning=0.02, latitude=45.0)
        return model, state_on(model, 0.0)

    model, whole = fresh()
    model.advance(whole, 900)
    model, half = fresh()
    model.advance(half, 437)
    save_state(half, tmp_path / "state.npz")
    model, _ = fresh()
    resumed, _ = load_state(tmp_path / "state.npz")
    model.advance(resumed, 463)
    for name in ("volume", "tracers", "u", "flux", "water_entered", "tracer_entered"):
        np.testing.assert_array_equal(getattr(resumed, name), getattr(whole, name))


def test_blow_up_is_told_with_its_place():
    """A velocity beyond the bound ends the run with time, place and what to do."""
    from twin_kernel.errors import SolverError

    model = model_on(rectangle(1000, 200, 20, 4, lambda x, y: -5.0 + 0 * x), 10.0)
    state = state_on(model, 0.0)
    state.u[3] = np.nan
    with pytest.raises(SolverError, match=r"blew up.*step.*triangle.*halve time_step"):
        model.advance(state, 20)


def test_inertial_oscillation_turns_clockwise():
    """Coriolis alone, in the middle of a wide basin: u + iv turns as exp(-i f t) (north)."""
    model = model_on(rectangle(40e3, 40e3, 16, 16, lambda x, y: -1000.0 + 0 * x), 600.0,
                     latitude=45.0, theta=1.0)
    state = state_on(model, 0.0)
    grid = model.grid
    state.u[: grid.n_internal] = 0.1 * grid.normal_x[: grid.n_internal]
    model._dt = 600.0
    turn = 2 * 7.2921e-5 * np.sin(np.radians(45.0)) * 600.0
    model._reconstruct(state)
    before = [v.copy() for v in model._vectors[:2]]
    from twin_kernel.solvers.native import flow

    flow.predict((state.u, model.levels(state), state.volume), np.zeros(grid.n_edge),
                 (grid.edge_left, grid.edge_right, grid.edge_distance, grid.edge_bed,
                  grid.normal_x, grid.normal_y, grid.left_share),
                 grid.edge_strips, grid.n_internal, model._inverse_area, model._vectors,
                 np.zeros(grid.n_edge), model._coriolis, np.zeros(grid.n_edge), 1.0, 600.0,
                 model._h_edge, model._u_star, model._coefficient)
    state.u[:] = model._u_star
    model._reconstruct(state)
    middle = np.hypot(grid.face_x - 20e3, grid.face_y - 20e3) < 8e3
    angle = np.angle((model._vectors[0] + 1j * model._vectors[1])[middle]
                     / (before[0] + 1j * before[1])[middle])
    # One step of rotation to second order: the third-order term is (f dt)^3 / 6 = 4e-5.
    np.testing.assert_allclose(angle, -turn, atol=1e-4)


@pytest.mark.parametrize("time_step", [10.0, 18.0, 25.0, 60.0])
def test_noise_dies_in_a_uniform_river_however_long_the_step(time_step):
    """2 m/s over triangles of 50 m: in 10 s a triangle passes 1.6 of its water on.

    Noise of 1 mm on the normal depth must not grow beyond what it was given. With parts of a step
    in which up to 1.5 pass, a wave of two triangles and two steps grew from it to 0.5 m.
    """
    length, width, depth, speed, manning = 6000.0, 200.0, 6.0, 2.0, 0.02
    slope = manning**2 * speed**2 / depth ** (4 / 3)
    mesh = rectangle(length, width, 120, 4, lambda x, y: -depth - slope * (x - length),
                     ("west", "east"))
    model = model_on(mesh, time_step, {"west": "discharge", "east": "water_level"},
                     values={"west": [speed * depth * width] * 2, "east": [0.0] * 2},
                     manning=manning)
    normal = slope * (length - model.grid.face_x)
    noise = 1e-3 * np.random.default_rng(1).standard_normal(model.grid.n_face)
    state = state_on(model, normal + noise)
    set_in_motion(model, state, lambda x, y: speed + 0.0 * x, lambda x, y: 0.0 * x)
    largest = 0.0
    for _ in range(200):
        model.advance(state, 1)
        largest = max(largest, np.abs(model.levels(state) - normal).max())
    # The ends are not quite the river's: 1.7 mm stay at the discharge.
    assert largest < np.abs(noise).max()
