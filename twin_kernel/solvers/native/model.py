"""The time loop: one step of flow, then of salt, with their budgets and the watch for blow-up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin_kernel.errors import SolverError
from twin_kernel.solvers.native import continuity, flow, transport
from twin_kernel.solvers.native.grid import Grid
from twin_kernel.solvers.native.options import Options
from twin_kernel.solvers.native.state import State

__all__ = ["Boundaries", "Model", "initial_state"]

_SPEED_LIMIT = 15.0  # m/s: beyond it a run has blown up; the Gironde stays under 4
_WATCH = 10  # steps between two looks for a blow-up
_TRACER_COURANT = 0.95
_MOMENTUM_COURANT = 1.5  # of its water that a cell passes on in a part of a step; 2.3 was unstable
_MOST_PARTS = 200
_EARTH_ROTATION = 7.2921e-5  # rad/s


@dataclass(frozen=True)
class Boundaries:
    """Forcing of the open boundaries at any time.

    Attributes
    ----------
    kinds : tuple of str
        "water_level" or "discharge".
    times : (n_time,) float64
        Seconds since the start of the run, increasing.
    values : (n_boundary, n_time) float64
        m above the datum, or m3/s entering.
    salinity : (n_boundary,) float64
        Of entering water.
    """

    kinds: tuple[str, ...]
    times: np.ndarray
    values: np.ndarray
    salinity: np.ndarray

    def at(self, time: float) -> np.ndarray:
        """Return the (n_boundary,) values at a time, linear between samples."""
        return np.array([np.interp(time, self.times, series) for series in self.values])


def initial_state(grid: Grid, level: np.ndarray, salinity: np.ndarray) -> State:
    """Return a state at rest.

    Parameters
    ----------
    level, salinity : (n_face,) float64
        In the order of the grid; a level under the bed means dry.
    """
    volume = np.zeros(grid.n_face)
    flow.volumes(np.ascontiguousarray(level, dtype=float), grid.face_bed, grid.face_area, volume)
    salinity = np.array(salinity, dtype=float)
    n_boundary = len(grid.boundary_names)
    return State(
        step=0, volume=volume, salinity=salinity,
        u=np.zeros(grid.n_edge), flux=np.zeros(grid.n_edge),
        water_entered=np.zeros(n_boundary), salt_entered=np.zeros(n_boundary),
        water_at_start=float(volume.sum()), salt_at_start=float(volume @ salinity),
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
    """

    def __init__(self, grid: Grid, boundaries: Boundaries, manning: np.ndarray,
                 latitude: float, options: Options) -> None:
        self.grid, self.boundaries, self.options = grid, boundaries, options
        right = np.where(grid.edge_right < 0, grid.edge_left, grid.edge_right)
        self._manning_squared = (0.5 * (manning[grid.edge_left] + manning[right])) ** 2
        self._coriolis = 2.0 * _EARTH_ROTATION * np.sin(np.radians(latitude))
        n, m = grid.n_face, grid.n_edge
        self._work = np.zeros((8, n))
        self._vectors = tuple(np.zeros(n) for _ in range(5))
        self._level, self._volume_new, self._boundary_weight, self._right_side = np.zeros((4, n))
        self._h_edge, self._u_star, self._coefficient, self._off_diagonal = np.zeros((4, m))
        self._u_new, self._flux_new = np.zeros((2, m))
        self._old_boundary_level, self._new_boundary_level = np.zeros((2, m))
        self._dt = options.time_step
        self._open = slice(grid.n_internal, grid.n_active)

    def advance(self, state: State, steps: int) -> None:
        """Advance the state in place.

        Raises
        ------
        SolverError
            At a blow-up, with its time and place.
        """
        for _ in range(steps):
            parts = self._parts(state)
            for part in range(parts):
                self._advance_part(state, part, parts)
            state.step += 1
            if state.step % _WATCH == 0:
                self._look_for_blow_up(state)

    def levels(self, state: State) -> np.ndarray:
        """Return the (n_face,) levels, m; the lowest bed of the triangle where it is dry."""
        out = np.zeros(self.grid.n_face)
        flow.levels(state.volume, self.grid.face_bed, self.grid.face_area, out)
        return out

    def velocities(self, state: State) -> tuple[np.ndarray, np.ndarray]:
        """Return the (n_face,) velocity vectors, m/s."""
        self._reconstruct(state)
        return self._vectors[0].copy(), self._vectors[1].copy()

    def _reconstruct(self, state: State) -> None:
        g = self.grid
        flow.cell_vectors(
            state.u, state.flux, (g.face_edges, g.reconstruct_x, g.reconstruct_y),
            g.n_internal, g.edge_left, g.edge_right, *self._vectors)

    def _parts(self, state: State) -> int:
        """Return how many equal parts the next step is made in.

        Momentum moves by one cell a part: where water crosses more in a step, as rivers in flood
        do, the upwind terms lag behind the pressure and waves grow until water piles up.
        """
        g = self.grid
        rate = flow.exchange_rate(state.flux, state.volume, g.face_area, g.face_edges, g.face_sign)
        parts = np.ceil(rate * self.options.time_step / _MOMENTUM_COURANT)
        if not parts <= _MOST_PARTS:  # also true of NaN
            raise self._blow_up(state, f"the step would have to be divided by {parts:g}")
        return max(int(parts), 1)

    def _advance_part(self, state: State, part: int, parts: int) -> None:
        g, dt, theta = self.grid, self.options.time_step / parts, self.options.theta
        self._dt = dt
        self._set_boundaries(state, state.step * self.options.time_step + part * dt)
        flow.levels(state.volume, g.face_bed, g.face_area, self._level)
        self._reconstruct(state)
        sizes = (g.n_internal, g.n_level)
        flow.predict(
            state.u, self._level, state.volume, self._old_boundary_level,
            (g.edge_left, g.edge_right, g.edge_distance, g.edge_bed, g.normal_x, g.normal_y,
             g.left_share),
            sizes, g.face_area, self._vectors, self._manning_squared, self._coriolis, theta, dt,
            self._h_edge, self._u_star, self._coefficient)
        self._solve(state)
        flow.fluxes(
            state.u, self._u_star, self._coefficient, self._h_edge, self._level,
            self._new_boundary_level, (g.edge_left, g.edge_right, g.edge_length), sizes, theta,
            self._u_new, self._flux_new)
        limited, ratio = flow.limit_fluxes(
            self._flux_new, self._u_new, state.volume, g.face_area, g.face_edges, g.face_sign,
            (g.edge_left, g.edge_right), sizes, dt, self._volume_new)
        self._transport(state, max(1, int(np.ceil(ratio / _TRACER_COURANT))))
        state.volume, self._volume_new = self._volume_new, state.volume
        state.u, self._u_new = self._u_new, state.u
        state.flux, self._flux_new = self._flux_new, state.flux
        state.limited_cells += limited

    def _solve(self, state: State) -> None:
        g, dt, theta = self.grid, self._dt, self.options.theta
        continuity.assemble(
            state.volume, state.u, self._u_star, self._coefficient, self._h_edge,
            self._new_boundary_level, self._flux_new, (g.edge_left, g.edge_right, g.edge_length),
            (g.n_internal, g.n_level, g.n_active), theta, dt, self._off_diagonal,
            self._boundary_weight, self._right_side)
        newton, iterations = continuity.solve_levels(
            self._level, self._right_side, self._off_diagonal, self._boundary_weight,
            (g.neighbour, g.neighbour_edge, g.lower_count, g.face_bed, g.face_area),
            self.options.tolerance, self._work)
        if newton < 0:
            raise self._blow_up(state, "the linear system did not converge")
        state.iterations += iterations

    def _transport(self, state: State, substeps: int) -> None:
        g, dt = self.grid, self._dt
        transport.advect(
            state.salinity, state.volume, self._volume_new, self._flux_new, self._h_edge,
            self.boundaries.salinity,
            (g.edge_left, g.edge_right, g.edge_length, g.edge_distance, g.edge_boundary),
            (g.n_internal, g.n_active), dt, substeps, state.salt_entered, self._work)
        flux, boundary = self._flux_new[self._open], g.edge_boundary[self._open]
        state.water_entered -= dt * np.bincount(
            boundary, weights=flux, minlength=len(g.boundary_names))
        state.salinity_low = min(state.salinity_low, float(state.salinity.min()))
        state.salinity_high = max(state.salinity_high, float(state.salinity.max()))
        state.volume_low = min(state.volume_low, float(self._volume_new.min()))

    def _set_boundaries(self, state: State, time: float) -> None:
        """Spread levels over their edges, and discharges by conveyance, length × depth^(5/3)."""
        g = self.grid
        old, new = self.boundaries.at(time), self.boundaries.at(time + self._dt)
        level = slice(g.n_internal, g.n_level)
        self._old_boundary_level[level] = old[g.edge_boundary[level]]
        self._new_boundary_level[level] = new[g.edge_boundary[level]]
        given = slice(g.n_level, g.n_active)
        if g.n_active == g.n_level:
            return
        owner, number = g.edge_left[given], g.edge_boundary[given]
        depth = state.volume[owner] / g.face_area[owner]
        conveyance = g.edge_length[given] * (depth + flow.DRY) ** (5.0 / 3.0)
        total = np.bincount(number, weights=conveyance, minlength=len(old))
        discharge = 0.5 * (old + new)[number] * conveyance / total[number]
        self._flux_new[given] = -discharge
        # On a bed still dry the water enters at its critical depth (q2 / g)^(1/3), not as a jet.
        per_width = np.abs(discharge) / g.edge_length[given]
        critical = np.cbrt(per_width**2 / flow.GRAVITY)
        self._u_new[given] = -discharge / (
            g.edge_length[given] * np.maximum(np.maximum(depth, critical), flow.DRY))

    def _look_for_blow_up(self, state: State) -> None:
        speed = np.abs(state.u).max()
        if not speed < _SPEED_LIMIT:  # also true of NaN
            raise self._blow_up(state, f"velocity {speed:.3g} m/s, bound {_SPEED_LIMIT} m/s")

    def _blow_up(self, state: State, reason: str) -> SolverError:
        g = self.grid
        speed = np.where(np.isfinite(state.u), np.abs(state.u), np.inf)
        cell = int(g.edge_left[speed.argmax()])
        return SolverError(
            f"The simulation blew up: {reason}",
            received=(f"step {state.step}, {state.step * self.options.time_step:.0f} s after the "
                      f"start, triangle {g.order[cell]} of the mesh at x={g.face_x[cell]:.0f} m, "
                      f"y={g.face_y[cell]:.0f} m, depth "
                      f"{state.volume[cell] / g.face_area[cell]:.2f} m"),
            allowed=f"velocities under {_SPEED_LIMIT} m/s",
            next_step="halve time_step in solver_options, or look at the bed and forcing there",
        )
