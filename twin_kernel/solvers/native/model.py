"""The time loop: one step of flow, of what it carries, and of the processes that change it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin_kernel.errors import SolverError
from twin_kernel.solvers.native import flow, limiting, reconstruction, transport
from twin_kernel.solvers.native.blow_up import blow_up, fault_of_flow, fault_of_processes
from twin_kernel.solvers.native.boundaries import Boundaries, Sources, spread_discharge
from twin_kernel.solvers.native.compiling import threads_used
from twin_kernel.solvers.native.continuity import NEWTON_LIMIT, LevelSolver
from twin_kernel.solvers.native.dispersion import Dispersion
from twin_kernel.solvers.native.forces import Forces
from twin_kernel.solvers.native.grid import Grid
from twin_kernel.solvers.native.moving_bed import MovingBed
from twin_kernel.solvers.native.options import Options
from twin_kernel.solvers.native.process import Amount, Process
from twin_kernel.solvers.native.processes import Processes
from twin_kernel.solvers.native.state import State
from twin_kernel.solvers.native.weather import Weather

__all__ = ["Model", "initial_state"]

_TRACER_COURANT = 0.95
# Of its water that a cell passes on in a part of a step. Over 1.2 waves of two cells and two steps
# grow: slowly, so that they show where a river runs that fast over many fine triangles.
_MOMENTUM_COURANT = 0.95
_MOST_PARTS = 200
_EARTH_ROTATION = 7.2921e-5  # rad/s
_EPOCH = np.datetime64("2000-01-01", "ns")  # of models that are not told when they start


def initial_state(grid: Grid, level: np.ndarray, tracers: np.ndarray) -> State:
    """Return a state at rest.

    Parameters
    ----------
    level : (n_face,) float64
        In the order of the grid; a level under the bed means dry.
    tracers : (n_tracer, n_face) float64
        Concentrations, in the order of ``Model.tracer_names``.
    """
    volume = np.zeros(grid.n_face)
    flow.volumes(np.ascontiguousarray(level, dtype=float), grid.face_bed, grid.face_area, volume)
    tracers = np.array(np.atleast_2d(tracers), dtype=float)
    n_tracer, n_boundary = len(tracers), len(grid.boundary_names)
    return State(
        step=0, volume=volume, tracers=tracers, u=np.zeros(grid.n_edge), flux=np.zeros(grid.n_edge),
        water_entered=np.zeros(n_boundary), tracer_entered=np.zeros((n_tracer, n_boundary)),
        water_at_start=float(volume.sum()), tracer_at_start=tracers @ volume,
        tracer_low=np.full(n_tracer, np.inf), tracer_high=np.full(n_tracer, -np.inf),
    )


class Model:
    """Advances a :class:`State` on a :class:`Grid`.

    Parameters
    ----------
    grid : Grid
    boundaries : Boundaries
        In the order of ``grid.boundary_names``.
    manning : (n_face,) float64
        s m^(-1/3).
    latitude : float
        Degrees north.
    options : Options
    salinity : bool
        Whether salt is a tracer, the first one.
    processes : sequence of Process
    weather : Weather or None
    sources : Sources
    start : numpy.datetime64
        Instant of step 0, UTC.
    crs : str
        Reference system of the mesh, to tell places in degrees.
    threads : int
        That share the work of a step; results do not depend on it.

    Attributes
    ----------
    tracer_names : tuple of str
        Rows of ``State.tracers``.
    manning_squared : (n_edge,) float64
        s2 m^(-2/3).
    """

    def __init__(self, grid: Grid, boundaries: Boundaries, manning: np.ndarray,
                 latitude: float, options: Options, *, salinity: bool = True,
                 processes: Sequence[Process] = (), weather: Weather | None = None,
                 sources: Sources | None = None,
                 start: np.datetime64 = _EPOCH, crs: str = "", threads: int = 1) -> None:
        self.grid, self.boundaries, self.options = grid, boundaries, options
        self.weather, self._sources, self._crs = weather, sources or Sources(), crs
        self._threads = threads
        self.bed = MovingBed(grid)
        self.processes = Processes(grid, processes, manning, start, salinity)
        self.tracer_names = self.processes.tracer_names
        right = np.where(grid.edge_right < 0, grid.edge_left, grid.edge_right)
        self.manning_squared = (0.5 * (manning[grid.edge_left] + manning[right])) ** 2
        self._coriolis = 2.0 * _EARTH_ROTATION * np.sin(np.radians(latitude))
        self._forces = Forces(grid, options, self._sources, self.tracer_names,
                              self.processes.suspended)
        self._dispersion = Dispersion(grid, options, self.manning_squared,
                                      min(threads, len(self.tracer_names)))
        self._level_solver = LevelSolver(grid, options.theta, options.tolerance)
        self._allocate(grid.n_face, grid.n_edge)
        self._dt, self._open = options.time_step, slice(grid.n_internal, grid.n_active)
        self._inverse_area = 1.0 / grid.face_area
        # Unsigned: compiled loops need not ask whether an index is negative.
        self._left, self._right = (grid.edge_left.view(np.uint32), grid.edge_right.view(np.uint32))

    def _allocate(self, n: int, m: int) -> None:
        self._work, self._edge_work = np.zeros((7, n)), np.zeros(m)
        self._vectors = tuple(np.zeros(n) for _ in range(6))
        self._level, self._volume_new = np.zeros((2, n))
        self._h_edge, self._u_star, self._coefficient = np.zeros((3, m))
        self._u_new, self._flux_new = np.zeros((2, m))
        self._old_boundary_level, self._new_boundary_level = np.zeros((2, m))

    def start(self, state: State) -> None:
        """Let the processes fill their tracers and their memory in a state at rest."""
        self.processes.start(state, *self._now(state))
        state.tracer_at_start = state.tracers @ state.volume
        state.remember_range()

    def advance(self, state: State, steps: int) -> None:
        """Advance the state in place.

        Raises
        ------
        SolverError
            At a blow-up, with its time and place.
        """
        self.bed.follow(state.memory)
        with threads_used(self._threads):
            for _ in range(steps):
                self._step(state)

    def _step(self, state: State) -> None:
        parts = self.parts(state)
        for part in range(parts):
            self._advance_part(state, part, parts)
        state.step += 1
        self._look_for_blow_up(state, fault_of_flow(state, self.tracer_names))
        if self.processes:
            self.processes.advance(state, *self._now(state), self.options.time_step)
            state.remember_range()
            self._look_for_blow_up(state, fault_of_processes(state, self.tracer_names))
            self.bed.follow(state.memory)

    def amounts(self, state: State) -> dict[str, Amount]:
        """Return what the processes conserve."""
        return self.processes.amounts(state, *self._now(state))

    def levels(self, state: State) -> np.ndarray:
        """Return the (n_face,) levels, m; the lowest bed of the triangle where it is dry."""
        out = np.zeros(self.grid.n_face)
        flow.levels(state.volume, self.bed.face_bed, self.grid.face_area, out)
        return out

    def velocities(self, state: State) -> tuple[np.ndarray, np.ndarray]:
        """Return the (n_face,) velocity vectors, m/s."""
        self._reconstruct(state)
        return self._vectors[0].copy(), self._vectors[1].copy()

    def _now(self, state: State) -> tuple:
        """Return time, level, velocities, bed and weather, as processes are told them."""
        time = state.step * self.options.time_step
        self._reconstruct(state)
        flow.levels(state.volume, self.bed.face_bed, self.grid.face_area, self._level)
        return (time, self._level, self._vectors[0], self._vectors[1], self.bed.face_bed,
                self._weather_at(time))

    def _weather_at(self, time: float) -> dict[str, float]:
        return {} if self.weather is None else self.weather.at(time)

    def _reconstruct(self, state: State) -> None:
        g = self.grid
        reconstruction.cell_vectors(
            state.u, state.flux,
            (g.face_edges, g.face_neighbour, g.face_sign, g.reconstruct_x, g.reconstruct_y,
             g.swiftest),
            (g.n_internal, g.n_active), g.face_strips, self._vectors)

    def parts(self, state: State) -> int:
        """Return how many equal parts the next step is made in; raise where that is no step.

        Momentum moves by one cell a part: where water crosses more in a step, as rivers in flood
        do, the explicit upwind terms overshoot and waves grow until water piles up.
        """
        g = self.grid
        rate = limiting.exchange_rate(
            state.flux, state.volume, g.face_area, g.face_edges, g.face_sign, g.face_strips)
        parts = np.ceil(rate * self.options.time_step / _MOMENTUM_COURANT)
        if not parts <= _MOST_PARTS:  # also true of NaN
            raise self._blow_up(state, f"the step would have to be divided by {parts:g}")
        return max(int(parts), 1)

    def _advance_part(self, state: State, part: int, parts: int) -> None:
        g, dt, theta = self.grid, self.options.time_step / parts, self.options.theta
        self._dt, time = dt, state.step * self.options.time_step + part * dt
        self._rain(state, time)
        flow.levels(state.volume, self.bed.face_bed, g.face_area, self._level)
        self._set_boundaries(state, time)
        self._reconstruct(state)
        self._forces.update(time, dt, self._weather_at(time), self.bed.edge_bed, self._level,
                            state.volume, self._vectors[:2], state.tracers)
        flow.predict(
            (state.u, self._level, state.volume), self._old_boundary_level,
            (self._left, self._right, g.edge_distance, self.bed.edge_bed, g.normal_x, g.normal_y,
             g.left_share),
            g.edge_strips, g.n_internal, self._inverse_area, self._vectors, self.manning_squared,
            self._coriolis, self._forces.acceleration, theta, dt, self._h_edge, self._u_star,
            self._coefficient)
        self._solve(state)
        flow.fluxes(
            state.u, self._u_star, self._coefficient, self._h_edge, self._level,
            self._new_boundary_level, (self._left, self._right, g.edge_length), g.edge_strips,
            g.n_internal, theta, self._u_new, self._flux_new)
        limited, ratio = limiting.limit_fluxes(
            self._flux_new, self._u_new, state.volume, (g.face_area, g.face_edges, g.face_sign),
            (self._left, self._right), (g.face_strips, g.edge_strips), g.n_internal, dt,
            self._volume_new, self._work[0])
        self._transport(state, time, max(1, int(np.ceil(ratio / _TRACER_COURANT))))
        state.volume, self._volume_new = self._volume_new, state.volume
        state.u, self._u_new = self._u_new, state.u
        state.flux, self._flux_new = self._flux_new, state.flux
        state.limited_cells += limited

    def _rain(self, state: State, time: float) -> None:
        """Let rain fall; what was in the water is diluted."""
        if self._sources.rain is None:
            return
        fallen = self._dt * self._sources.rain(time) * self.grid.face_area
        sheet = np.maximum(state.volume - flow.DRY * self.grid.face_area, 0.0)
        fallen = np.maximum(fallen, -sheet)
        before = state.volume.copy()
        state.volume += fallen
        state.tracers *= before / np.where(state.volume > 0.0, state.volume, np.inf)
        state.rain_entered += float(fallen.sum())

    def _solve(self, state: State) -> None:
        newton, iterations = self._level_solver.solve(
            state.volume, self._vectors[5],
            (state.u, self._u_star, self._coefficient, self._h_edge), self._new_boundary_level,
            self._flux_new, self.bed.face_bed, self._dt, self._level)
        if newton < 0:
            raise self._blow_up(state, "the linear system did not converge")
        state.iterations += iterations
        state.unconverged += newton == NEWTON_LIMIT

    def _transport(self, state: State, time: float, substeps: int) -> None:
        g, dt = self.grid, self._dt
        entering = self.boundaries.entering(self.tracer_names, time + 0.5 * dt)
        transport.advect(
            state.tracers, state.volume, self._volume_new, self._flux_new, self._h_edge, entering,
            (self._left, g.edge_length, g.edge_distance, g.edge_boundary),
            (g.face_edges, g.face_sign, g.face_neighbour), (g.face_strips, g.edge_strips),
            (g.n_internal, g.n_active), dt, substeps, state.tracer_entered, self._work,
            self._edge_work)
        if self._dispersion.active:
            self._dispersion.apply(state.tracers, self._volume_new, self._level, self.bed.edge_bed,
                                   self._vectors, dt)
        flux, boundary = self._flux_new[self._open], g.edge_boundary[self._open]
        state.water_entered -= dt * np.bincount(
            boundary, weights=flux, minlength=len(g.boundary_names))
        state.remember_range()
        state.volume_low = float(np.minimum(state.volume_low, self._volume_new.min()))

    def _set_boundaries(self, state: State, time: float) -> None:
        """Give each edge of a boundary its level, or its part of the discharge."""
        g = self.grid
        old, new = self.boundaries.at(time), self.boundaries.at(time + self._dt)
        level = slice(g.n_internal, g.n_level)
        self._old_boundary_level[level] = old[g.edge_boundary[level]]
        self._new_boundary_level[level] = new[g.edge_boundary[level]]
        given = slice(g.n_level, g.n_active)
        if g.n_active == g.n_level:
            return
        owner, number = g.edge_left[given], g.edge_boundary[given]
        discharge, depth = spread_discharge(
            0.5 * (old + new), number, g.edge_length[given], self.bed.edge_bed[given],
            self._level[owner], state.volume[owner] * self._inverse_area[owner])
        self._flux_new[given] = -discharge
        # On a bed still dry the water enters at its critical depth (q2 / g)^(1/3), not as a jet.
        per_width = np.abs(discharge) / g.edge_length[given]
        critical = np.cbrt(per_width**2 / flow.GRAVITY)
        self._u_new[given] = -discharge / (
            g.edge_length[given] * np.maximum(np.maximum(depth, critical), flow.DRY))

    def _look_for_blow_up(self, state: State, fault: str | None) -> None:
        if fault is not None:
            raise self._blow_up(state, fault)

    def _blow_up(self, state: State, reason: str) -> SolverError:
        return blow_up(reason, self.grid, state, self.options.time_step, self._crs)
