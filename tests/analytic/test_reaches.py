"""Narrow rivers, one row of triangles, against true one-dimensional answers and resolved channels.

The rows are those that the mesh of the Gironde has: `make_reach` and `join_reaches`. What they are
worth, and whether sections of their own are needed, is told in ``docs/reaches.md``.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from benchmarks.refine import split
from tests.analytic.channels import model_on, rectangle, set_in_motion, state_on
from tests.analytic.convergence import GRAVITY, Case, Outcome, order
from tests.analytic.reaches import along, axis, joined, length_of, reach_mesh
from tests.analytic.test_tides import _AMPLITUDE, _DEPTH, _OMEGA, _harmonic, lorentz_wave
from tests.analytic.test_tides import _LENGTH as _TIDE_LENGTH
from tests.analytic.test_tides import _MANNING as _TIDE_MANNING

_PERIOD = 2.0 * np.pi / _OMEGA
_SLOPE, _MANNING, _PER_WIDTH = 1.0e-4, 0.025, 3.0  # -, s m^(-1/3), m2/s: normal depth 3.35 m
_DEEP, _SHALLOW = 5.0, 2.2  # m at the downstream end: curves M1 and M2


def backwater(depth_down, length):
    """Return the depth (m) as a function of the distance upstream (m) in a wide channel.

    dh/ds = -(S - n2 q2 / h^(10/3)) / (1 - q2 / (g h3)), Chow (1959) ch. 9, s upstream.
    """
    def slope(s, h):
        return -((_SLOPE - (_MANNING * _PER_WIDTH) ** 2 / h ** (10.0 / 3.0))
                 / (1.0 - _PER_WIDTH**2 / (GRAVITY * h**3)))

    found = solve_ivp(slope, (0.0, length), [depth_down], rtol=1e-9, atol=1e-9, dense_output=True)
    return lambda s: found.sol(s)[0]


def _steady(line, depth_down, time_step=60.0):
    """Return distance, computed and exact level (m) along a reach in steady flow."""
    exact = backwater(depth_down, 1.01 * line["s"].iloc[-1])
    mesh = reach_mesh(line, lambda s: _SLOPE * s - depth_down)
    discharge = _PER_WIDTH * line["width"].mean()
    model = model_on(mesh, time_step, {"down": "water_level", "up": "discharge"},
                     values={"down": [0.0, 0.0], "up": [discharge] * 2}, manning=_MANNING)
    s = along(line, model.grid.face_x, model.grid.face_y)
    wanted = _SLOPE * s - depth_down + exact(s)
    state = state_on(model, wanted)
    model.advance(state, round(86400.0 / time_step))
    by_s = np.argsort(s)
    return s[by_s], model.levels(state)[by_s], wanted[by_s]


def _backwater_case(name, depth_down):
    def run(columns):
        s, computed, wanted = _steady(axis(20000.0, 20000.0 / columns), depth_down,
                                     min(60.0, 4800.0 / columns))
        error = np.sqrt(np.mean((computed - wanted) ** 2)) / np.ptp(wanted)
        return Outcome(error, s, computed, wanted)

    return Case(f"Backwater {name} in a reach one triangle wide", "Chow (1959) ch. 9",
                "RMS of the level over its fall", run, (40, 80, 160, 320), (40, 80, 160, 320, 640),
                abscissa="distance upstream (m)")


def _reach_tide(columns):
    exact = lorentz_wave()
    width = _TIDE_LENGTH / (1.2 * columns)
    line = axis(_TIDE_LENGTH + 2.0 * 1.2 * width, width)
    mesh = reach_mesh(line, lambda s: -_DEPTH + 0.0 * s)
    mesh.open_boundaries.pop("up")
    # The slanted edge of the mouth reaches from 0 to half a base.
    offset = 0.25 * 1.2 * width
    assert length_of(mesh, width) == pytest.approx(_TIDE_LENGTH, rel=1e-6)
    times = np.linspace(0.0, 4 * _PERIOD, 4 * 720 + 1)
    steps = 12 * columns
    model = model_on(mesh, _PERIOD / steps, {"down": "water_level"}, times,
                     {"down": _AMPLITUDE * np.cos(_OMEGA * times)}, manning=_TIDE_MANNING)
    x = model.grid.face_x - offset
    level, _ = exact(x)
    state = state_on(model, level.real)
    set_in_motion(model, state, lambda x, y: exact(x - offset)[1].real, lambda x, y: 0.0 * x)
    model.advance(state, 2 * steps)
    computed = _harmonic(model, state, steps)
    error = np.sqrt(np.mean(np.abs(computed - level) ** 2)) / _AMPLITUDE
    by_x = np.argsort(x)
    return Outcome(error, x[by_x], np.abs(computed[by_x]), np.abs(level[by_x]))


M1 = _backwater_case("M1", _DEEP)
M2 = _backwater_case("M2", _SHALLOW)
TIDE = Case("Tide in a reach one triangle wide", "Ippen (1966) ch. 10, Lorentz (1926)",
            "RMS of the complex M2 amplitude over that of the mouth", _reach_tide,
            (12, 20, 32, 48), (12, 24, 48, 96, 192), abscissa="distance upstream (m)",
            ordinate="M2 amplitude (m)")
CASES = (M1, M2, TIDE)


@pytest.mark.parametrize("case", [M1, M2], ids=("M1", "M2"))
def test_backwater_converges(case):
    """First order, the half cell of slope of the depth at an edge: 1.25 and 1.01 measured."""
    errors = case.errors()
    assert order(case.meshes, errors) > 0.9
    assert errors[-1] < 0.002


def test_tide_in_a_reach():
    """0.32 % with 24 triangles, 0.25 % with 96: that is the floor of Lorentz's linear friction.

    The same 0.28 % is left on two rows of triangles (`test_tides`).
    """
    errors = TIDE.errors()
    assert np.all(np.diff(errors) < 0.0)
    assert errors[0] < 0.0036
    assert errors[-1] < 0.0028


@pytest.mark.parametrize(("wavelength", "amplitude", "tolerance"), [
    (6000.0, 600.0, 0.013), (3000.0, 300.0, 0.055)])
def test_bends_lose_little_head(wavelength, amplitude, tolerance):
    """River of 200 m in bends of 1520 m (7.6 widths) and 760 m radius, against no bends at all.

    Momentum carried from a triangle to the next keeps its direction in the plane and loses what
    points across: 1.1 and 4.7 % of the head are lost too much, as the square of the angle between
    two triangles. With Manning's n five times and the flow a fifth, 0.5 % (geometry).
    """
    _, computed, wanted = _steady(axis(20000.0, 200.0, wavelength, amplitude), _DEEP)
    assert np.abs(computed - wanted).max() / np.ptp(wanted) < tolerance


def _river_tide(mesh, x, place, length):
    """Return mean level, M2 and M4 (complex, m) at places along a river of rising bed."""
    names = list(mesh.open_boundaries)  # the sea first, the river second
    times = np.linspace(0.0, 5 * _PERIOD, 5 * 720 + 1)
    steps = 720
    width = length_of(mesh, 1.0) / length
    model = model_on(mesh, _PERIOD / steps, dict(zip(names, ("water_level", "discharge"),
                                                     strict=True)), times,
                     {names[0]: 1.5 * np.cos(_OMEGA * times),
                      names[1]: np.full(len(times), width)}, manning=_MANNING)
    state = state_on(model, 1.5)
    model.advance(state, 3 * steps)
    along_it = model.grid.face_x - x
    found = np.zeros((3, len(place)), dtype=complex)
    for step in range(steps):
        model.advance(state, 1)
        level = model.levels(state)
        for k, at in enumerate(place):
            near = np.abs(along_it - at) < 900.0
            value = np.polyfit(along_it[near] - at, level[near], 1)[1]
            for n in range(3):
                found[n, k] += value * np.exp(-2j * np.pi * n * step / steps)
    return found * np.array([[1.0], [2.0], [2.0]]) / steps


def test_a_reach_carries_the_tide_that_a_resolved_channel_carries():
    """Tide of 1.5 m and river over a rising bed: mean level, M2 and M4 against 6 triangles across.

    Measured 1.6 mm of the mean level, 0.2 % of M2, 0.9 % of M4: one triangle loses no more.
    """
    width, bases = 600.0, 83
    length = bases * 1.2 * width
    bed = lambda x: -7.0 + 3.0 * x / length  # noqa: E731
    offset = 0.25 * 1.2 * width
    row = reach_mesh(axis(length + 2.0 * 1.2 * width, width), lambda s: bed(s - offset))
    assert length_of(row, width) == pytest.approx(length, rel=1e-6)
    place = np.array([0.25, 0.5, 0.75, 0.95]) * length
    columns = round(6 * length / width * np.sqrt(0.75))
    resolved = rectangle(length, width, columns, 6, lambda x, y: bed(x), ("west", "east"))
    one, many = (_river_tide(mesh, x, place, length) for mesh, x in ((row, offset),
                                                                     (resolved, 0.0)))
    assert np.abs(one[0] - many[0]).max() < 0.003
    assert np.abs(one[1] / many[1] - 1.0).max() < 0.005
    assert np.abs(one[2] / many[2] - 1.0).max() < 0.03


@pytest.mark.parametrize("winding", [0.0, 300.0])
def test_a_front_moves_with_discharge_over_area(winding):
    """Volume passed by the front over that which has entered, in a river of varying section."""
    discharge = 400.0
    line = axis(30000.0, lambda s: 200.0 + 60.0 * np.sin(s / 2000.0), 3000.0, winding)
    mesh = reach_mesh(line, lambda s: -5.0 + np.sin(s / 3000.0))
    model = model_on(mesh, 30.0, {"down": "water_level", "up": "discharge"},
                     values={"down": [0.0, 0.0], "up": [discharge] * 2},
                     salinity={"down": 0.0, "up": 35.0}, manning=_MANNING)
    s = along(line, model.grid.face_x, model.grid.face_y)
    state = state_on(model, 0.5)
    model.advance(state, 4 * 1440)
    state.tracers[:] = 0.0
    downstream = np.argsort(-s)
    passed = []
    for _ in range(2):
        model.advance(state, 360)
        c = state.tracers[0][downstream]
        volume = np.cumsum(state.volume[downstream]) - 0.5 * state.volume[downstream]
        behind = np.flatnonzero(c < 17.5)[0] - 1
        passed.append(np.interp(-17.5, -c[behind:behind + 2], volume[behind:behind + 2]))
        # Width of the front: 9 triangles at the most are measured, of 120 m; first-order upwind
        # would make it 2 sqrt(u dx t), 17 of them.
        assert ((c > 0.16 * 35.0) & (c < 0.84 * 35.0)).sum() < 12
    # 0.2 and 0.5 % measured: the place of the front is known to a tenth of a triangle or so, 1e4
    # of the 4.3e6 m3 that enter in 3 h.
    assert passed[1] - passed[0] == pytest.approx(discharge * 3 * 3600.0, rel=0.01)


def _at_joint(mesh, discharge, time_step):
    """Return the level (m) of the reach, carried to its joint with the basin, in steady flow."""
    model = model_on(mesh, time_step, {"sea": "water_level", "up": "discharge"},
                     values={"sea": [0.0, 0.0], "up": [discharge] * 2}, manning=0.02)
    state = state_on(model, 0.0)
    model.advance(state, round(12 * 3600.0 / time_step))
    x, level = model.grid.face_x, model.levels(state)
    reach = (x > 1500.0) & (x < 8000.0)
    return np.polyval(np.polyfit(x[reach], level[reach], 1), 0.0)


@pytest.mark.parametrize("discharge", [1000.0, -1000.0])
def test_head_at_the_joint_of_reach_and_basin_is_that_of_finer_triangles(discharge):
    """The same river in four times as many triangles has the same head at its mouth.

    Within 0.15 of the velocity head u2 / 2g = 16 mm: 0.06 and 0.09 are measured. Out of the river
    the velocity head is nearly all lost, +0.3 of it; into the river 2.0 of it go, of which 1.0 is
    the speed gained and 0.5 a sharp entrance: the rest, 8 mm, is the joint's own.
    """
    mesh, _ = joined(11, 300.0, 10000.0, -6.0)
    velocity_head = (discharge / (300.0 * 6.0)) ** 2 / (2.0 * GRAVITY)
    coarse = _at_joint(mesh, discharge, 15.0)
    fine = _at_joint(split(mesh), discharge, 7.5)
    assert abs(coarse - fine) < 0.15 * velocity_head
    assert -2.3 * velocity_head < coarse < 0.6 * velocity_head


def test_joint_of_reach_and_basin_conserves_and_rests():
    """Water and salt of a tide through the joint to round-off; water at rest stays at rest."""
    mesh, n_basin = joined(11, 300.0, 10000.0, -6.0)
    still = model_on(mesh, 60.0, {"sea": "water_level"}, values={"sea": [0.0, 0.0]})
    state = state_on(still, 0.0)
    still.advance(state, 100)
    assert np.abs(state.u).max() < 1e-12
    times = np.linspace(0.0, 2 * _PERIOD, 200)
    model = model_on(mesh, 60.0, {"sea": "water_level", "up": "discharge"}, times,
                     {"sea": 2.0 * np.sin(_OMEGA * times), "up": np.full(200, 300.0)},
                     {"sea": 35.0, "up": 0.0}, manning=0.02)
    state = state_on(model, 0.0, 35.0 * (model.grid.order < n_basin))
    model.advance(state, 1400)
    water, salt = state.volume.sum(), state.volume @ state.tracers[0]
    in_reach = state.volume[model.grid.order >= n_basin] @ state.tracers[0][
        model.grid.order >= n_basin]
    assert in_reach > 0.0  # salt has passed
    # Round-off of 1400 steps: 1e-14 is measured.
    assert water - state.water_at_start == pytest.approx(state.water_entered.sum(),
                                                         abs=1e-12 * water)
    assert salt - state.tracer_at_start[0] == pytest.approx(state.tracer_entered[0].sum(),
                                                            abs=1e-12 * salt)


@pytest.mark.long
def test_a_flat_section_of_equal_conveyance_stands_for_a_curved_one():
    """A river with banks that dry, 8 triangles across, against one row that conveys the same.

    M2 within 2.2 %; M4 is 17 % too strong, for a flat bed stores as much at low water as at high:
    it is what a table of volumes by level would mend.
    """
    width, bases = 600.0, 83
    length, offset = bases * 1.2 * width, 0.25 * 1.2 * width

    def profile(x, across):
        deepest = 7.0 - 3.0 * np.clip(x / length, 0.0, 1.0)
        return -deepest + (deepest + 3.0) * np.abs(across) ** 2.5

    def conveying(s):
        depth = np.maximum(-profile((s - offset)[:, None], np.linspace(-1.0, 1.0, 2001)), 0.0)
        return -np.mean(depth ** (5.0 / 3.0), axis=1) ** 0.6

    place = np.array([0.25, 0.5, 0.75, 0.95]) * length
    row = reach_mesh(axis(length + 2.4 * width, width), conveying)
    resolved = rectangle(length, width, round(8 * length / width * np.sqrt(0.75)), 8,
                         lambda x, y: profile(x, 2.0 * y / width - 1.0), ("west", "east"))
    one, many = _river_tide(row, offset, place, length), _river_tide(resolved, 0.0, place, length)
    assert np.abs(np.abs(one[1] / many[1]) - 1.0).max() < 0.03
    assert np.abs(np.degrees(np.angle(one[1] / many[1]))).max() < 2.0
    assert np.abs(np.abs(one[2] / many[2]) - 1.0).max() < 0.22
