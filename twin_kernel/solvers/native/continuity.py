"""Newton and conjugate gradients for the new levels: equation (5) of the package header.

The system is ``V(level) + T level = b`` with T the graph Laplacian of the edge coefficients.
Newton's increments solve ``(P + T) x = residual`` with P the wetted area: symmetric, positive,
diagonally dominant. The preconditioner is modified incomplete Cholesky without fill (Gustafsson
1978, BIT 18, 142-156); triangles in Cuthill-McKee order make it strong. Everything is serial and
in a fixed order, so a result is the same to the last bit each time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from twin_kernel.solvers.native.flow import volume_of, wetted_area_of

__all__ = ["assemble", "solve_levels"]

_MODIFICATION = 0.97  # of the dropped fill that is added to the diagonal; 1 may break down
_INEXACT = 1.0e-3  # of Newton's residual; more is wasted on cells that then change their wet area
_AT_REST = 1.0e-6
_NEWTON_LIMIT = 12
_CONJUGATE_GRADIENT_LIMIT = 400


@njit(cache=True)
def assemble(volume, u_old, u_star, coefficient, h_edge, boundary_level, flux_given, grid_edge,
             sizes, theta, dt, off_diagonal, boundary_weight, right_side):
    """Fill the system: edge weights (m2), boundary weights (n_face,), right side (n_face,) m3.

    `boundary_level` (n_edge,) m is at the new time; `flux_given` (n_edge,) m3/s holds the
    discharges, positive outwards.
    """
    left, right, length = grid_edge
    n_internal, n_level, n_active = sizes
    for i in range(len(volume)):
        right_side[i] = volume[i]
        boundary_weight[i] = 0.0
    for e in range(n_level):
        carried = dt * length[e] * h_edge[e]
        weight = theta * carried * coefficient[e]
        explicit = carried * (theta * u_star[e] + (1.0 - theta) * u_old[e])
        off_diagonal[e] = weight
        a = left[e]
        right_side[a] -= explicit
        if e < n_internal:
            right_side[right[e]] += explicit
        else:
            boundary_weight[a] += weight
            right_side[a] += weight * boundary_level[e]
    for e in range(n_level, n_active):
        right_side[left[e]] -= dt * flux_given[e]


@njit(cache=True)
def _residual(level, right_side, weights, boundary_weight, neighbour, face_bed, face_area,
              residual, diagonal):
    """Fill residual and diagonal of Newton's matrix; return the largest residual in metres."""
    largest = 0.0
    for i in range(len(level)):
        z0, z1, z2 = face_bed[i, 0], face_bed[i, 1], face_bed[i, 2]
        own = level[i]
        r = right_side[i] - volume_of(own, z0, z1, z2, face_area[i]) - boundary_weight[i] * own
        d = wetted_area_of(own, z0, z1, z2, face_area[i]) + boundary_weight[i]
        for k in range(3):
            w = weights[i, k]
            r += w * (level[neighbour[i, k]] - own)
            d += w
        residual[i] = r
        # A triangle above its water with no wet edge has an equation of zeros: r is zero too.
        diagonal[i] = d if d > 0.0 else face_area[i]
        largest = max(largest, abs(r) / face_area[i])
    return largest


@njit(cache=True)
def _factorise(diagonal, weights, neighbour, lower_count, pivot):
    """Fill `pivot` (n_face,), the inverse diagonal of the incomplete factor."""
    for i in range(len(diagonal)):
        pivot[i] = diagonal[i]
    for i in range(len(diagonal)):
        inverse = 1.0 / pivot[i]
        above = 0.0
        for k in range(lower_count[i], 3):
            above += weights[i, k]
        for k in range(lower_count[i], 3):
            w = weights[i, k]
            j = neighbour[i, k]
            if j != i:
                pivot[j] -= inverse * w * (w + _MODIFICATION * (above - w))
        pivot[i] = inverse


@njit(cache=True)
def _precondition(r, weights, neighbour, lower_count, pivot, z):
    n = len(r)
    for i in range(n):
        total = r[i]
        for k in range(lower_count[i]):
            total += weights[i, k] * z[neighbour[i, k]]
        z[i] = total * pivot[i]
    for i in range(n - 1, -1, -1):
        total = 0.0
        for k in range(lower_count[i], 3):
            j = neighbour[i, k]
            if j != i:
                total += weights[i, k] * z[j]
        z[i] += total * pivot[i]


@njit(cache=True)
def _conjugate_gradient(r, diagonal, weights, neighbour, lower_count, pivot, face_area, tolerance,
                        x, work):
    """Solve (P + T) x = r from x = 0 until |r| <= tolerance * area; return the iterations."""
    z, p, product = work[0], work[1], work[2]
    n = len(r)
    x[:] = 0.0
    p[:] = 0.0
    rho_old = 1.0
    for iteration in range(_CONJUGATE_GRADIENT_LIMIT):
        _precondition(r, weights, neighbour, lower_count, pivot, z)
        rho = 0.0
        for i in range(n):
            rho += r[i] * z[i]
        if rho == 0.0:
            return iteration
        beta = rho / rho_old if iteration > 0 else 0.0
        for i in range(n):
            p[i] = z[i] + beta * p[i]
        curvature = 0.0
        for i in range(n):
            total = diagonal[i] * p[i]
            for k in range(3):
                total -= weights[i, k] * p[neighbour[i, k]]
            product[i] = total
            curvature += total * p[i]
        alpha = rho / curvature
        largest = 0.0
        for i in range(n):
            x[i] += alpha * p[i]
            r[i] -= alpha * product[i]
            largest = max(largest, abs(r[i]) / face_area[i])
        rho_old = rho
        if largest <= tolerance:
            return iteration + 1
    return -1


@njit(cache=True)
def solve_levels(level, right_side, off_diagonal, boundary_weight, grid_face, tolerance, work):
    """Solve for the new levels in place; return Newton steps and iterations (-1: no convergence).

    Parameters
    ----------
    level : (n_face,) float64
        Levels at the old time on entry, at the new time on return, m.
    tolerance : float
        Largest volume error left in an equation, over the area of its triangle, m: what the level
        found and the level that follows from the final fluxes may differ by.
    """
    neighbour, neighbour_edge, lower_count, face_bed, face_area = grid_face
    n = len(level)
    weights = np.zeros((n, 3))
    for i in range(n):
        for k in range(3):
            e = neighbour_edge[i, k]
            if e >= 0:
                weights[i, k] = off_diagonal[e]
    residual, diagonal, pivot, x = work[3], work[4], work[5], work[6]
    iterations = 0
    for newton in range(_NEWTON_LIMIT):
        largest = _residual(level, right_side, weights, boundary_weight, neighbour, face_bed,
                            face_area, residual, diagonal)
        # The first solve is never skipped: levels left as they were would make the step explicit,
        # and a lake at rest would shiver at the amplitude of the tolerance.
        if largest == 0.0 or (largest <= tolerance and newton > 0):
            return newton, iterations
        if not np.isfinite(largest):
            return -1, iterations
        _factorise(diagonal, weights, neighbour, lower_count, pivot)
        # What a loose solve leaves would grow from step to step where waves cross many cells, so
        # levels that change by less than the tolerance are found far beyond it.
        enough = max(0.3 * tolerance, _INEXACT * largest)
        if largest <= tolerance:
            enough = _AT_REST * largest
        done = _conjugate_gradient(residual, diagonal, weights, neighbour, lower_count, pivot,
                                   face_area, enough, x, work)
        if done < 0:
            return -1, iterations
        iterations += done
        for i in range(n):
            level[i] += x[i]
    # Cells that flip between wet and dry may keep Newton from its tolerance; the fluxes that
    # follow conserve mass whatever is left, and the limiter keeps volumes positive.
    return _NEWTON_LIMIT, iterations
