"""The search for the levels costs as much on fine meshes as on coarse ones."""

from __future__ import annotations

from benchmarks.driver import Simulation
from benchmarks.funnel_case import BANK, bed_of, case_on, own_mesh
from benchmarks.refine import continued, split


def _iterations_of_a_system(simulation, steps):
    before, systems = simulation.iterations, simulation.systems
    simulation.advance(steps)
    return (simulation.iterations - before) / (simulation.systems - systems)


def test_iterations_hardly_grow_with_the_mesh_where_flats_fall_dry():
    """Sixteen times the triangles, at the same Courant number: half as many iterations more.

    For a linear system: 2.1 on the first mesh, 2.9 on the last. How many systems Newton needs for a
    step is another matter, 1.3 and 2.0: more triangles fall dry in one. With a factor for
    each strip, and one that was kept when pools fell dry in the search, iterations were 3.2 times
    as many from 4,503 to 72,048 triangles, and 22 times to a million.
    """
    simulation = Simulation(case_on(own_mesh(2.0)), 120.0)
    simulation.advance(185)
    coarse = _iterations_of_a_system(simulation, 40)
    for time_step in (60.0, 30.0):
        case = case_on(split(simulation.case.mesh, bed_of(BANK["A"])))
        simulation = continued(simulation, case, time_step)
        simulation.advance(round(600.0 / time_step))
    assert _iterations_of_a_system(simulation, 8) <= 1.5 * coarse
