"""Newton's method for the new levels: equation (5) of the package header.

The system is ``V(level) + T level = b`` with T the graph Laplacian of the edge coefficients.
Newton's increments solve ``(P + T) x = residual`` with P the wetted area: symmetric, positive,
diagonally dominant. It starts from the levels that the last fluxes lead to, a guess of second
order in the step, so that one or two solutions are enough.
"""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native.compiling import njit, prange
from twin_kernel.solvers.native.conjugate_gradient import factorise, renew, solve
from twin_kernel.solvers.native.flow import level_of, volume_of, wetted_area_of
from twin_kernel.solvers.native.grid import Grid
from twin_kernel.solvers.native.relaxation import LEAST_WET, relax

__all__ = ["NEWTON_LIMIT", "LevelSolver"]

_INEXACT = 1.0e-2  # of Newton's residual; more is wasted on cells that then change their wet area
_AT_REST = 1.0e-6
_EXACT = 1.0e-3  # once most cells have kept their wet area
_SAFE = 0.3  # of the tolerance: the norm of the solution falls faster than its largest error
_TURNED = 0.1  # of the wet area: less than the third by which it usually changes
NEWTON_LIMIT = 12


@njit(cache=True)
def _edge_strip(begin, end, u_old, u_star, coefficient, h_edge, length, theta, dt, weight,
                explicit):
    for e in range(begin, end):
        carried = dt * length[e] * h_edge[e]
        weight[e] = theta * carried * coefficient[e]
        explicit[e] = carried * (theta * u_star[e] + (1.0 - theta) * u_old[e])


@njit(cache=True)
def _row_strip(begin, end, volume, weight, explicit, boundary_level, flux_given, face_tables, sizes,
               dt, weights, boundary_weight, right_side):
    """Fill the rows of the system from their edges."""
    face_edges, face_sign = face_tables
    n_internal, n_level, n_active = sizes
    for i in range(begin, end):
        b = volume[i]
        at_boundary = 0.0
        for k in range(3):
            e = face_edges[i, k]
            w = 0.0
            if e < n_internal:
                w = weight[e]
                b -= face_sign[i, k] * explicit[e]
            elif e < n_level:
                at_boundary += weight[e]
                b += weight[e] * boundary_level[e] - explicit[e]
            elif e < n_active:
                b -= dt * flux_given[e]
            weights[i, k] = w
        right_side[i] = b
        boundary_weight[i] = at_boundary


@njit(cache=True, parallel=True)
def _assemble(volume, flow_terms, boundary_level, flux_given, length, face_tables, sizes, theta, dt,
              strips, edge_work, system):
    """Fill the system: `weights` (n_face, 3) m2, `boundary_weight`, `right_side` (n_face,) m3.

    `boundary_level` (n_edge,) m is at the new time; `flux_given` (n_edge,) m3/s holds the
    discharges, positive outwards.
    """
    u_old, u_star, coefficient, h_edge = flow_terms
    faces, edges = strips
    weight, explicit = edge_work
    weights, boundary_weight, right_side = system
    for s in prange(len(edges) - 1):
        _edge_strip(edges[s], edges[s + 1], u_old, u_star, coefficient, h_edge, length, theta, dt,
                    weight, explicit)
    for s in prange(len(faces) - 1):
        _row_strip(faces[s], faces[s + 1], volume, weight, explicit, boundary_level, flux_given,
                   face_tables, sizes, dt, weights, boundary_weight, right_side)


@njit(cache=True)
def _guess_strip(begin, end, volume, rise, dt, face_bed, face_area, level):
    """Fill the levels that the volumes reach if they go on rising as they do."""
    for i in range(begin, end):
        expected = max(volume[i] + dt * rise[i], 0.0)
        level[i] = level_of(expected, face_bed[i, 0], face_bed[i, 1], face_bed[i, 2], face_area[i])


@njit(cache=True)
def _residual_strip(begin, end, level, system, neighbour, face_bed, face_area, residual, diagonal):
    """Fill residual and diagonal of Newton's matrix.

    Returns the largest residual in metres, and whether a triangle that had any wet area in the
    diagonal before has none now, or the other way round.
    """
    weights, boundary_weight, right_side = system
    largest = 0.0
    turned = False
    for i in range(begin, end):
        z0, z1, z2 = face_bed[i, 0], face_bed[i, 1], face_bed[i, 2]
        own = level[i]
        r = right_side[i] - volume_of(own, z0, z1, z2, face_area[i]) - boundary_weight[i] * own
        # A pool that the search takes under its bed would leave nothing that ties it to a level.
        wet = max(wetted_area_of(own, z0, z1, z2, face_area[i]), LEAST_WET * face_area[i])
        d = boundary_weight[i] + wet
        for k in range(3):
            w = weights[i, k]
            r += w * (level[neighbour[i, k]] - own)
            d += w
        residual[i] = r
        before = diagonal[i] - (d - wet)
        turned = turned or min(wet, before) < _TURNED * max(wet, before)
        diagonal[i] = d
        # Written so that NaN stays: a maximum would lose it.
        error = abs(r) / face_area[i]
        if not error <= largest:
            largest = error
    return largest, turned


@njit(cache=True, parallel=True)
def _solve_levels(volume, rise, dt, level, system, face_tables, strips, factor, tolerance, work,
                  queue, waits):
    """Fill the new levels; return Newton steps and iterations (-1 steps: no convergence)."""
    neighbour, face_bed, face_area = face_tables
    weights = system[0]
    residual, diagonal, x = work[0], work[1], work[2]
    n_strip = len(strips) - 1
    worst = np.zeros(n_strip)
    turned = np.zeros(n_strip, np.bool_)
    for s in prange(n_strip):
        _guess_strip(strips[s], strips[s + 1], volume, rise, dt, face_bed, face_area, level)
    iterations = 0
    for newton in range(NEWTON_LIMIT):
        for s in prange(n_strip):
            worst[s], turned[s] = _residual_strip(strips[s], strips[s + 1], level, system,
                                                  neighbour, face_bed, face_area, residual,
                                                  diagonal)
        largest = worst.max()
        # The first solve is never skipped: levels left as they were would make the step explicit,
        # and a lake at rest would shiver at the amplitude of the tolerance.
        if largest == 0.0 or (largest <= tolerance and newton > 0):
            return newton, iterations
        if not np.isfinite(largest):
            return -1, iterations
        if newton > 0 and relax(level, residual, system, face_tables, _SAFE * tolerance, queue,
                                waits):
            return newton, iterations
        if newton == 0 or turned.any():
            factorise(diagonal, weights, neighbour, strips, factor)
        else:
            renew(diagonal, strips, factor)
        # What a loose solve leaves would grow from step to step where waves cross many cells, so
        # levels that change by less than the tolerance are found far beyond it.
        relative = _AT_REST
        if largest > tolerance:
            relative = max(_INEXACT if newton == 0 else _EXACT, _SAFE * tolerance / largest)
        done = solve(residual, neighbour, strips, factor, relative, x, work[3:])
        if done < 0:
            return -1, iterations
        iterations += done
        for s in prange(n_strip):
            for i in range(strips[s], strips[s + 1]):
                level[i] += x[i]
    # Cells that flip between wet and dry may keep Newton from its tolerance; the fluxes that
    # follow conserve mass whatever is left, and the limiter keeps volumes positive.
    return NEWTON_LIMIT, iterations


class LevelSolver:
    """Finds the levels of the new time.

    Parameters
    ----------
    grid : Grid
    theta : float
        Weight of the new time.
    tolerance : float
        Largest volume error left in an equation, over the area of its triangle, m: what the level
        found and the level that follows from the final fluxes may differ by.
    """

    def __init__(self, grid: Grid, theta: float, tolerance: float) -> None:
        self._grid, self._theta, self._tolerance = grid, theta, tolerance
        n = grid.n_face
        self._edge_work = (np.zeros(grid.n_edge), np.zeros(grid.n_edge))
        self._system = (np.zeros((n, 3)), np.zeros(n), np.zeros(n))
        self._factor = (*np.zeros((4, n)), np.zeros((n, 3)), np.zeros((n, 3)))
        self._work = np.zeros((7, n))
        self._queue, self._waits = np.zeros(n, np.int64), np.zeros(n, np.bool_)

    def solve(self, volume: np.ndarray, rise: np.ndarray, flow_terms: tuple[np.ndarray, ...],
              boundary_level: np.ndarray, flux_given: np.ndarray, face_bed: np.ndarray, dt: float,
              level: np.ndarray) -> tuple[int, int]:
        """Fill `level` (n_face,) m; return Newton steps, -1 without convergence, and iterations.

        `NEWTON_LIMIT` steps: the levels found are not within the tolerance.

        Parameters
        ----------
        volume : (n_face,) float64
            At the old time, m3.
        rise : (n_face,) float64
            Of the volume at the old time, m3/s: where the search begins.
        flow_terms : tuple of (n_edge,) float64
            Old u, u_star, coefficient and edge depth of `flow.predict`.
        boundary_level, flux_given : (n_edge,) float64
            m at the new time, and m3/s positive outwards.
        face_bed : (n_face, 3) float64
            Ascending, m.
        dt : float
            s.
        """
        g = self._grid
        _assemble(volume, flow_terms, boundary_level, flux_given, g.edge_length,
                  (g.face_edges, g.face_sign), (g.n_internal, g.n_level, g.n_active), self._theta,
                  dt, (g.face_strips, g.edge_strips), self._edge_work, self._system)
        return _solve_levels(volume, rise, dt, level, self._system,
                             (g.face_neighbour, face_bed, g.face_area), g.face_strips,
                             self._factor, self._tolerance, self._work, self._queue, self._waits)
