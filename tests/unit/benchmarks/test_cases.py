"""What the benchmarks measure on is what they say: funnel, gauges, refinement, split of time."""

import numpy as np
import pytest

from benchmarks import funnel_case
from benchmarks.driver import Simulation
from benchmarks.funnel import ERRORS, errors_in_cm
from benchmarks.measuring import Stopwatch, median_of
from benchmarks.phases import PHASES, phases_timed
from benchmarks.refine import continued, split
from twin_kernel.mesh import validate
from twin_kernel.mesh.edges import signed_area


@pytest.fixture(scope="module")
def tiny():
    return funnel_case.own_mesh(8.0, bank=-4.5)


def test_bed_of_the_funnel_by_hand():
    bed = funnel_case.bed_of(3.0)
    x = np.array([-40000.0, -20000.0, 0.0, 15000.0, 150000.0, 150000.0])
    y = np.array([0.0, 29000.0, 0.0, 0.0, 0.0, 175.0])
    # Shelf 40 and 24.5 m deep; 9 + 2, 9 - 2 and 9 + 2 - 3 m in the middle; 3 m up at the bank.
    assert bed(x, y) == pytest.approx([-40.0, -24.5, -11.0, -7.0, -8.0, 3.0])


def test_own_funnel_is_a_valid_mesh_open_at_the_sea(tiny):
    validate(tiny)
    assert np.all(tiny.node_x[tiny.open_boundaries["sea"]] < -39990.0)
    shelf, funnel = 40000.0 * 60000.0, 38000.0 * 11000.0
    area = signed_area(tiny.node_x, tiny.node_y, tiny.face_nodes).sum()
    # The funnel's banks are chords, and its end is 350 m wide instead of vanishing: 5 %.
    assert area == pytest.approx(shelf + funnel, rel=0.05)


def test_split_mesh_covers_each_triangle_by_four_similar_ones(tiny):
    fine = split(tiny)
    validate(fine)
    parent = signed_area(tiny.node_x, tiny.node_y, tiny.face_nodes)
    child = signed_area(fine.node_x, fine.node_y, fine.face_nodes).reshape(-1, 4)
    assert child == pytest.approx(np.repeat(parent[:, None] / 4.0, 4, axis=1))
    assert len(fine.open_boundaries["sea"]) == 2 * len(tiny.open_boundaries["sea"])
    centre = fine.node_x[fine.face_nodes].mean(axis=1).reshape(-1, 4).mean(axis=1)
    assert centre == pytest.approx(tiny.node_x[tiny.face_nodes].mean(axis=1))


def test_finer_simulation_goes_on_from_the_coarser_one(tiny):
    coarse = Simulation(funnel_case.case_on(tiny), 60.0)
    coarse.advance(60)
    fine = continued(coarse, funnel_case.case_on(split(tiny)), 30.0)
    # Linear between means over the triangles around a node: where they rise evenly, the same.
    difference = fine.levels().reshape(-1, 4).mean(axis=1) - coarse.levels()
    assert np.abs(difference).max() < 0.1 * np.ptp(coarse.levels())
    assert np.ptp(fine.levels().reshape(-1, 4), axis=1).max() > 0.0
    assert fine.salinity() == pytest.approx(np.repeat(coarse.salinity(), 4))
    speed = np.hypot(*coarse.velocities().T).max()
    # Perot's vectors are exact for a uniform flow; between triangles that differ they smooth it.
    assert np.hypot(*fine.velocities().T).max() == pytest.approx(speed, rel=0.3)
    sea = fine.model.boundaries.at(0.0)[0]
    assert sea == pytest.approx(float(funnel_case.tide(np.array(3600.0))), abs=1e-6)


def test_gauges_read_a_plane_exactly(tiny):
    x = tiny.node_x[tiny.face_nodes].mean(axis=1)
    y = tiny.node_y[tiny.face_nodes].mean(axis=1)
    levels = funnel_case.Gauges(tiny).read(0.2 + 1.0e-5 * x - 3.0e-4 * y)
    assert levels == pytest.approx(0.2 + 1.0e-5 * 1000.0 * np.array(funnel_case.PLACES))


def test_errors_are_root_mean_squares_in_centimetres():
    levels = np.array([[0.0, 0.01, 0.0, 0.03], [0.0, 0.01, 0.02, -0.04]])
    found = errors_in_cm(levels, np.zeros((2, 4)))
    assert [found[name] for name in ERRORS] == pytest.approx(
        [0.0, 1.0, np.sqrt(2.0), np.sqrt(12.5)])


def test_phases_hold_nearly_all_time_and_leave_the_solver_as_it_was(tiny):
    from twin_kernel.solvers.native import flow

    bare, simulation, watch = flow.predict, Simulation(funnel_case.case_on(tiny), 60.0), Stopwatch()
    simulation.advance(1)
    with phases_timed() as seconds, watch:
        assert flow.predict is not bare
        simulation.advance(20)
    assert flow.predict is bare
    assert all(seconds[phase] > 0.0 for phase in PHASES[:-1])
    assert sum(seconds[phase] for phase in PHASES) <= watch.cpu


def test_timing_changes_no_bit(tiny):
    plain, timed = (Simulation(funnel_case.case_on(tiny), 60.0) for _ in range(2))
    plain.advance(30)
    with phases_timed():
        timed.advance(30)
    assert np.array_equal(plain.levels(), timed.levels())


def test_missing_optional_mesh_is_said(tmp_path, capsys):
    assert funnel_case.given_mesh("A", tmp_path) is None
    assert "funnel_A.npz is not there (it is optional)" in capsys.readouterr().out


def test_median_keeps_texts_and_takes_numbers():
    rows = [{"mesh": "A", "s": 1.0}, {"mesh": "A", "s": 9.0}, {"mesh": "A", "s": 2.0}]
    assert median_of(rows) == {"mesh": "A", "s": 2.0}
