"""Kernels of the flow: equations (1), (2) and (4) to (8) of the package header.

Arrays follow :class:`~twin_kernel.solvers.native.grid.Grid`; `h` is a depth (m), `u` the normal
velocity of an edge (m/s), `v` its tangential one.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit

__all__ = [
    "cell_vectors", "exchange_rate", "fluxes", "levels", "limit_fluxes", "predict", "volumes",
]

GRAVITY = 9.81  # m/s2
DRY = 1.0e-3  # m; an edge with less water carries none
_FRICTION_DEPTH = 0.02  # m; Manning's law is not meant for thinner sheets
_SHALLOW = 0.5  # m; where friction may stop the water within a time step
_THIN = 0.2  # m; thinner cells let through at most _THIN_RATIO of their volume in a step
_THIN_RATIO = 2.0
_DEEP_RATIO = 9.0
_EXCHANGE_DEPTH = 0.1  # m
_PASSES = 20
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


@njit(cache=True)
def volumes(level, face_bed, face_area, out):
    """Fill `out` (n_face,) with the volume under `level` (n_face,)."""
    for i in range(len(level)):
        out[i] = volume_of(level[i], face_bed[i, 0], face_bed[i, 1], face_bed[i, 2], face_area[i])


@njit(cache=True)
def levels(volume, face_bed, face_area, out):
    """Fill `out` (n_face,) with the level of `volume` (n_face,)."""
    for i in range(len(volume)):
        out[i] = level_of(volume[i], face_bed[i, 0], face_bed[i, 1], face_bed[i, 2], face_area[i])


@njit(cache=True)
def cell_vectors(u, flux, grid_face, sizes, edge_left, edge_right,
                 vector_x, vector_y, inflow, inflow_x, inflow_y, rise):
    """Reconstruct cell vectors (Perot 2000, eq. 78) and the momentum entering each cell: (7).

    `inflow` (n_face,) m3/s and `inflow_x`, `inflow_y` (n_face,) m4/s2 take in what internal edges
    bring; what enters through a boundary is taken to move as the cell does and adds nothing.
    `rise` (n_face,) m3/s is what enters less what leaves, through open boundaries too.
    """
    face_edges, weight_x, weight_y = grid_face
    n_internal, n_active = sizes
    n_face = len(vector_x)
    for i in range(n_face):
        x = 0.0
        y = 0.0
        for k in range(3):
            e = face_edges[i, k]
            x += weight_x[i, k] * u[e]
            y += weight_y[i, k] * u[e]
        vector_x[i] = x
        vector_y[i] = y
        inflow[i] = 0.0
        inflow_x[i] = 0.0
        inflow_y[i] = 0.0
        rise[i] = 0.0
    for e in range(n_internal):
        q = flux[e]
        if q == 0.0:
            continue
        a = edge_left[e]
        b = edge_right[e]
        if q < 0.0:
            a, b = b, a
            q = -q
        inflow[b] += q
        inflow_x[b] += q * vector_x[a]
        inflow_y[b] += q * vector_y[a]
        rise[b] += q
        rise[a] -= q
    for e in range(n_internal, n_active):
        rise[edge_left[e]] -= flux[e]


@njit(cache=True, inline="always")
def friction_rate(u, v, pushed, h, n_squared, dt):
    """Return g n2 |U| / h^(4/3) (1/s), Manning's law with n2 in s2 m^(-2/3).

    In shallow water |U| is at least the speed that friction would leave of `pushed` (m/s), the
    velocity without it: sheets that begin to move from rest would else feel none for a step, and
    run away down the slope of a wetting front.
    """
    depth = max(h, _FRICTION_DEPTH)
    drag = GRAVITY * n_squared / (depth * np.cbrt(depth))
    speed = sqrt(u * u + v * v)
    if h < _SHALLOW and drag > 0.0:
        speed = max(speed, (sqrt(1.0 + 4.0 * dt * drag * abs(pushed)) - 1.0) / (2.0 * dt * drag))
    return drag * speed


@njit(cache=True)
def predict(u, level, volume, boundary_level, grid_edge, sizes, face_area, vectors, manning_squared,
            coriolis, acceleration, theta, dt, h_edge, u_star, coefficient):
    """Predict u without the new pressure gradient: fills `h_edge`, `u_star`, `coefficient`.

    The new velocity is ``u_star - coefficient * (level_right - level_left)`` with the new levels:
    (2), (5), (7), (8). `boundary_level` (n_edge,) m is read on level edges, at the old time;
    `acceleration` (n_edge,) m/s2 is that of the other forces.
    """
    left, right, distance, bed, normal_x, normal_y, left_share = grid_edge
    n_internal, n_level = sizes
    vector_x, vector_y, inflow, inflow_x, inflow_y, rise = vectors
    turn = coriolis * dt
    for e in range(n_level):
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
        share_a = share / face_area[a]
        share_b = (1.0 - share) / face_area[b]
        h_mean = max(share_a * volume[a] + share_b * volume[b], DRY)
        gained = (share_a * (inflow_x[a] * nx + inflow_y[a] * ny)
                  + share_b * (inflow_x[b] * nx + inflow_y[b] * ny)) / h_mean
        lost = (share_a * inflow[a] + share_b * inflow[b]) / h_mean
        # Rotation of the cell vector by f dt, to second order: neither gains nor loses energy.
        turned = turn * across - 0.5 * turn * turn * along
        # Levels push on the depth of their own time, guessed from the last fluxes: the depth left
        # behind makes bores too slow, by a part that no finer mesh takes away.
        risen = theta * dt * (share_a * rise[a] + share_b * rise[b]) / h_mean
        slope = GRAVITY * dt / distance[e] * min(max(1.0 + risen, _LEAST_GROWTH), _MOST_GROWTH)
        # `volume` is what `flux` left, so this conserves momentum as it is; divided by
        # 1 + dt lost instead, momentum leaves a cell later than it reaches the next one, and a
        # dry front becomes a bore. Where more comes in than there is, the cell takes its velocity.
        renewed = min(1.0, dt * lost)
        advected = u[e] + dt * acceleration[e]
        if renewed > 0.0:
            advected += renewed * (gained / lost - u[e])
        pushed = advected - slope * (level_b - level_a)
        divisor = 1.0 + dt * friction_rate(u[e], across, pushed, h, manning_squared[e], dt)
        h_edge[e] = h
        u_star[e] = (advected + turned - (1.0 - theta) * slope * (level_b - level_a)) / divisor
        coefficient[e] = theta * slope / divisor


@njit(cache=True)
def fluxes(u_old, u_star, coefficient, h_edge, level, boundary_level, grid_edge, sizes, theta,
           u, flux):
    """Fill the new `u` (m/s) and `flux` (m3/s) of internal and level edges from the new levels."""
    left, right, length = grid_edge
    n_internal, n_level = sizes
    for e in range(n_level):
        if h_edge[e] == 0.0:
            u[e] = 0.0
            flux[e] = 0.0
            continue
        level_b = level[right[e]] if e < n_internal else boundary_level[e]
        u[e] = u_star[e] - coefficient[e] * (level_b - level[left[e]])
        flux[e] = length[e] * h_edge[e] * (theta * u[e] + (1.0 - theta) * u_old[e])


@njit(cache=True)
def exchange_rate(flux, volume, face_area, face_edges, face_sign):
    """Return the largest part of its water that a cell passes on per second (1/s),
    thin cells left out."""
    largest = 0.0
    for i in range(len(volume)):
        if volume[i] < _EXCHANGE_DEPTH * face_area[i]:
            continue
        leaves = 0.0
        for k in range(3):
            leaves += max(flux[face_edges[i, k]] * face_sign[i, k], 0.0)
        largest = max(largest, leaves / volume[i])
    return largest


@njit(cache=True, inline="always")
def _allowed_outflow(volume, enters, area, last):
    """Return how much (m3) a cell may pass on in a step, and the ratio to its volume behind it."""
    ratio = _DEEP_RATIO if volume > _THIN * area else _THIN_RATIO
    kept = ratio / (1.0 + ratio)
    if last:
        # In the last sweep the neighbours' limits no longer matter: nothing enters.
        return kept * volume
    return min(ratio * volume, kept * (volume + enters))


@njit(cache=True)
def _balance(flux, volume, face_area, face_edges, face_sign, dt, last, volume_new, scale):
    """Fill new volumes and the scale of each cell's outflow; return cells limited, worst ratio."""
    limited = 0
    worst = 0.0
    for i in range(len(volume)):
        enters = 0.0
        leaves = 0.0
        for k in range(3):
            q = flux[face_edges[i, k]] * face_sign[i, k] * dt
            leaves += max(q, 0.0)
            enters -= min(q, 0.0)
        volume_new[i] = volume[i] + (enters - leaves)
        scale[i] = 1.0
        allowed = _allowed_outflow(volume[i], enters, face_area[i], last)
        if leaves > allowed * (1.0 + 1.0e-9):
            scale[i] = allowed / leaves
            limited += 1
        smaller = min(volume[i], volume_new[i])
        if smaller > 0.0:
            worst = max(worst, leaves / smaller)
    return limited, worst


@njit(cache=True)
def limit_fluxes(flux, u, volume, face_area, face_edges, face_sign, grid_edge, sizes, dt,
                 volume_new):
    """Scale outgoing fluxes until every cell can give what it gives; fill `volume_new`: (6).

    A cell may pass on at most 9 times (thin cells: 2 times) the smaller of its old and new
    volumes, which keeps volumes positive and bounds the number of tracer substeps. Velocities are
    scaled with their fluxes: left as they were, they would go on emptying the cell. Returns the
    number of cells limited in the first sweep and the largest ratio left.
    """
    left, right = grid_edge
    n_internal, n_level = sizes
    scale = np.ones(len(volume))
    first = 0
    for sweep in range(_PASSES + 2):
        limited, worst = _balance(flux, volume, face_area, face_edges, face_sign, dt,
                                  sweep == _PASSES, volume_new, scale)
        if sweep == 0:
            first = limited
        if limited == 0 or sweep > _PASSES:
            break
        for e in range(n_level):
            i = left[e]
            if flux[e] < 0.0:
                if e >= n_internal:
                    continue
                i = right[e]
            flux[e] *= scale[i]
            u[e] *= scale[i]
    return first, min(worst, _DEEP_RATIO)
