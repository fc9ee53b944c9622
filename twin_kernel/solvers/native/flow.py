"""Kernels of the flow: equations (1), (2), (4), (5), (7) and (8) of the package header.

Arrays follow :class:`~twin_kernel.solvers.native.grid.Grid`; `h` is a depth (m), `u` the normal
velocity of an edge (m/s), `v` its tangential one.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from twin_kernel.solvers.native.compiling import njit, prange

__all__ = ["fluxes", "levels", "predict", "volumes"]

GRAVITY = 9.81  # m/s2
DRY = 1.0e-3  # m; an edge with less water carries none
EMPTY = 1.0e-9  # m3; a triangle with less keeps what last was in it, takes what comes, gives none
_FRICTION_DEPTH = 0.02  # m; Manning's law is not meant for thinner sheets
_SHALLOW = 0.5  # m; where friction may stop the water within a time step
_THIRD_OF_EXPONENT = 0x553EF1A9FBE76C8C  # 4/3 of the bits of 1.0, less what centres the error
_LEAST_GROWTH, _MOST_GROWTH = 0.5, 2.0  # of the depth guessed over that of the old time


@njit(cache=True, inline="always")
def volume_of(level, z0, z1, z2, area):
    """Return the volume (m3) under `level` (m) of a triangle with edge beds z0 <= z1 <= z2: (4)."""
    return area / 3.0 * (max(0.0, level - z0) + max(0.0, level - z1) + max(0.0, level - z2))


@njit(cache=True, inline="always")
def level_of(volume, z0, z1, z2, area):
    """Return the level (m) of a volume (m3): the inverse of `volume_of`; z0 where dry."""
    height = 3.0 * volume / area
    if height <= z1 - z0:
        return z0 + height
    if height <= (z2 - z0) + (z2 - z1):
        return 0.5 * (height + z0 + z1)
    return (height + z0 + z1 + z2) / 3.0


@njit(cache=True, inline="always")
def wetted_area_of(level, z0, z1, z2, area):
    """Return dV/d(level) (m2), seen from above: a dry triangle at the level of its bed is wet."""
    wet = 0.0
    if level >= z0:
        wet += 1.0
    if level >= z1:
        wet += 1.0
    if level >= z2:
        wet += 1.0
    return area / 3.0 * wet


@njit(cache=True, parallel=True)
def volumes(level, face_bed, face_area, out):
    """Fill `out` (n_face,) with the volume under `level` (n_face,)."""
    for i in prange(len(level)):
        out[i] = volume_of(level[i], face_bed[i, 0], face_bed[i, 1], face_bed[i, 2], face_area[i])


@njit(cache=True, parallel=True)
def levels(volume, face_bed, face_area, out):
    """Fill `out` (n_face,) with the level of `volume` (n_face,)."""
    for i in prange(len(volume)):
        out[i] = level_of(volume[i], face_bed[i, 0], face_bed[i, 1], face_bed[i, 2], face_area[i])


@njit(cache=True, inline="always")
def inverse_cube_root(value):
    """Return value^(-1/3) of a positive number, to its last digit, without `cbrt`.

    Newton's iteration for y^-3 = value has no division; it starts within 3.5 % from a third of the
    exponent (the constant spreads the error of that over both signs).
    """
    y = np.int64(_THIRD_OF_EXPONENT - np.float64(value).view(np.int64) // 3).view(np.float64)
    for _ in range(4):
        y *= (4.0 - value * y * y * y) * (1.0 / 3.0)
    return y


@njit(cache=True, inline="always")
def friction_rate(u, v, pushed, h, n_squared, dt):
    """Return g n2 |U| / h^(4/3) (1/s), Manning's law with n2 in s2 m^(-2/3).

    In shallow water |U| is at least the speed that friction would leave of `pushed` (m/s), the
    velocity without it: sheets that begin to move from rest would else feel none for a step, and
    run away down the slope of a wetting front.
    """
    inverse_root = inverse_cube_root(max(h, _FRICTION_DEPTH))
    inverse_root *= inverse_root
    drag = GRAVITY * n_squared * inverse_root * inverse_root
    speed = sqrt(u * u + v * v)
    if h < _SHALLOW and drag > 0.0:
        speed = max(speed, (sqrt(1.0 + 4.0 * dt * drag * abs(pushed)) - 1.0) / (2.0 * dt * drag))
    return drag * speed


@njit(cache=True, inline="always")
def renewed_velocity(u, gained, lost, dt):
    """Return u after `dt` of water entering at `lost` (1/s), with momentum `gained` (m/s2): (7).

    The volumes are what the fluxes left, so this conserves momentum as it is; divided by
    1 + dt lost instead, momentum leaves a cell later than it reaches the next one, and a dry front
    becomes a bore. Where more comes in than there is, the cell takes its velocity.
    """
    if dt * lost <= 1.0:
        return u + dt * (gained - lost * u)
    return gained / lost


@njit(cache=True)
def _predict_strip(begin, end, state, boundary_level, grid_edge, n_internal, inverse_area, vectors,
                   manning_squared, coriolis, acceleration, theta, dt, h_edge, u_star, coefficient):
    u, level, volume = state
    left, right, distance, bed, normal_x, normal_y, left_share = grid_edge
    vector_x, vector_y, inflow, inflow_x, inflow_y, rise = vectors
    turn = coriolis * dt
    for e in range(begin, end):
        a = left[e]
        b = right[e] if e < n_internal else a
        level_a = level[a]
        level_b = level[b] if e < n_internal else boundary_level[e]
        h = max(level_a, level_b) - bed[e]
        if h <= DRY:
            h_edge[e] = 0.0
            u_star[e] = 0.0
            coefficient[e] = 0.0
            continue
        share = left_share[e]
        nx = normal_x[e]
        ny = normal_y[e]
        mean_x = share * vector_x[a] + (1.0 - share) * vector_x[b]
        mean_y = share * vector_y[a] + (1.0 - share) * vector_y[b]
        along = mean_x * nx + mean_y * ny
        across = -mean_x * ny + mean_y * nx
        share_a = share * inverse_area[a]
        share_b = (1.0 - share) * inverse_area[b]
        per_depth = 1.0 / max(share_a * volume[a] + share_b * volume[b], DRY)
        gained = per_depth * (share_a * (inflow_x[a] * nx + inflow_y[a] * ny)
                              + share_b * (inflow_x[b] * nx + inflow_y[b] * ny))
        lost = per_depth * (share_a * inflow[a] + share_b * inflow[b])
        # Rotation of the cell vector by f dt, to second order: neither gains nor loses energy.
        turned = turn * across - 0.5 * turn * turn * along
        # Levels push on the depth of their own time, guessed from the last fluxes: the depth left
        # behind makes bores too slow, by a part that no finer mesh takes away.
        risen = theta * dt * per_depth * (share_a * rise[a] + share_b * rise[b])
        slope = GRAVITY * dt / distance[e] * min(max(1.0 + risen, _LEAST_GROWTH), _MOST_GROWTH)
        advected = dt * acceleration[e] + renewed_velocity(u[e], gained, lost, dt)
        pushed = advected - slope * (level_b - level_a)
        braked = 1.0 / (
            1.0 + dt * friction_rate(u[e], across, pushed, h, manning_squared[e], dt))
        h_edge[e] = h
        u_star[e] = (advected + turned - (1.0 - theta) * slope * (level_b - level_a)) * braked
        coefficient[e] = theta * slope * braked


@njit(cache=True, parallel=True)
def predict(state, boundary_level, grid_edge, strips, n_internal, inverse_area, vectors,
            manning_squared, coriolis, acceleration, theta, dt, h_edge, u_star, coefficient):
    """Predict u without the new pressure gradient: fills `h_edge`, `u_star`, `coefficient`.

    The new velocity is ``u_star - coefficient * (level_right - level_left)`` with the new levels:
    (2), (5), (7), (8). `state` is u (n_edge,), level and volume (n_face,) at the old time, as
    `boundary_level` (n_edge,) m, which is read on level edges; `strips` are those of the edges;
    `acceleration` (n_edge,) m/s2 is that of the other forces.
    """
    for s in prange(len(strips) - 1):
        _predict_strip(strips[s], strips[s + 1], state, boundary_level, grid_edge, n_internal,
                       inverse_area, vectors, manning_squared, coriolis, acceleration, theta, dt,
                       h_edge, u_star, coefficient)


@njit(cache=True)
def _flux_strip(begin, end, u_old, u_star, coefficient, h_edge, level, boundary_level, grid_edge,
                n_internal, theta, u, flux):
    left, right, length = grid_edge
    for e in range(begin, end):
        if h_edge[e] == 0.0:
            u[e] = 0.0
            flux[e] = 0.0
            continue
        level_b = level[right[e]] if e < n_internal else boundary_level[e]
        u[e] = u_star[e] - coefficient[e] * (level_b - level[left[e]])
        flux[e] = length[e] * h_edge[e] * (theta * u[e] + (1.0 - theta) * u_old[e])


@njit(cache=True, parallel=True)
def fluxes(u_old, u_star, coefficient, h_edge, level, boundary_level, grid_edge, strips, n_internal,
           theta, u, flux):
    """Fill the new `u` (m/s) and `flux` (m3/s) of internal and level edges from the new levels."""
    for s in prange(len(strips) - 1):
        _flux_strip(strips[s], strips[s + 1], u_old, u_star, coefficient, h_edge, level,
                    boundary_level, grid_edge, n_internal, theta, u, flux)
