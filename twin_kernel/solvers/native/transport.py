"""Kernels of the tracers: equations (3) and (9) of the package header."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["advect"]

# Below this volume (m3) a cell is empty: it shows what last was in it, and takes in what comes.
_EMPTY = 1.0e-9


@njit(cache=True)
def _upwind_step(value, volume, flux, entering, grid_edge, sizes, dt, mass, gained):
    """First-order step: fills `mass` (n_face,), adds what enters by boundaries to `gained`."""
    left, right, edge_boundary = grid_edge
    n_internal, n_active = sizes
    for i in range(len(value)):
        mass[i] = value[i] * volume[i]
    for e in range(n_active):
        q = flux[e] * dt
        a = left[e]
        if e < n_internal:
            b = right[e]
            carried = q * (value[a] if q > 0.0 else value[b])
            mass[a] -= carried
            mass[b] += carried
        else:
            carried = q * (value[a] if q > 0.0 else entering[edge_boundary[e]])
            mass[a] -= carried
            gained[edge_boundary[e]] -= carried


@njit(cache=True)
def _bounds(value, volume, flux, entering, grid_edge, sizes, smallest, largest):
    """Fill the extremes a cell may take: its own old value and those of the water it exchanges."""
    left, right, edge_boundary = grid_edge
    n_internal, n_active = sizes
    for i in range(len(value)):
        filled = volume[i] > _EMPTY
        smallest[i] = value[i] if filled else np.inf
        largest[i] = value[i] if filled else -np.inf
    for e in range(n_active):
        if flux[e] == 0.0:
            continue
        a = left[e]
        if e >= n_internal:
            if flux[e] < 0.0:
                other = entering[edge_boundary[e]]
                smallest[a] = min(smallest[a], other)
                largest[a] = max(largest[a], other)
            continue
        b = right[e]
        if volume[b] > _EMPTY:
            smallest[a] = min(smallest[a], value[b])
            largest[a] = max(largest[a], value[b])
        if volume[a] > _EMPTY:
            smallest[b] = min(smallest[b], value[a])
            largest[b] = max(largest[b], value[a])


@njit(cache=True)
def _antidiffusion(value, flux, grid_edge, sizes, dt, correction):
    """Fill the mass that turns upwind into Lax-Wendroff along each edge's normal."""
    left, right, length, distance, h_edge = grid_edge
    for e in range(sizes[0]):
        q = flux[e]
        correction[e] = 0.0
        if q == 0.0 or h_edge[e] == 0.0:
            continue
        a = left[e]
        b = right[e]
        courant = abs(q) * dt / (length[e] * h_edge[e] * distance[e])
        if courant < 1.0:
            correction[e] = 0.5 * dt * abs(q) * (1.0 - courant) * (value[b] - value[a])


@njit(cache=True)
def _limit(low, volume_new, correction, smallest, largest, grid_edge, sizes, ratio_up, ratio_down):
    """Scale corrections so that no cell leaves its bounds (Zalesak 1979, eq. 7 to 13)."""
    left, right = grid_edge
    n = len(low)
    gain = np.zeros(n)
    loss = np.zeros(n)
    for e in range(sizes[0]):
        # A positive correction moves mass out of the left cell and into the right one.
        c = correction[e]
        a = left[e]
        b = right[e]
        if c < 0.0:
            a, b = b, a
            c = -c
        loss[a] += c
        gain[b] += c
    for i in range(n):
        room_up = max(0.0, largest[i] - low[i]) * volume_new[i]
        room_down = max(0.0, low[i] - smallest[i]) * volume_new[i]
        ratio_up[i] = min(1.0, room_up / gain[i]) if gain[i] > 0.0 else 0.0
        ratio_down[i] = min(1.0, room_down / loss[i]) if loss[i] > 0.0 else 0.0
    for e in range(sizes[0]):
        c = correction[e]
        if c > 0.0:
            correction[e] = c * min(ratio_up[right[e]], ratio_down[left[e]])
        elif c < 0.0:
            correction[e] = c * min(ratio_up[left[e]], ratio_down[right[e]])


@njit(cache=True)
def advect(value, volume_old, volume_new, flux, h_edge, entering, grid_edge, sizes, dt, substeps,
           gained, work):
    """Advance a tracer by `dt` in `substeps` on constant fluxes, in place.

    Parameters
    ----------
    value : (n_face,) float64
        Concentration; unchanged to round-off where it is uniform.
    volume_old, volume_new : (n_face,) float64
        m3, consistent with `flux`.
    flux : (n_edge,) float64
        m3/s, positive from left to right.
    entering : (n_boundary,) float64
        Concentration of entering water.
    gained : (n_boundary,) float64
        Increased by what entered through each boundary, concentration × m3.
    """
    left, right, length, distance, edge_boundary = grid_edge
    low, mass, smallest, largest, ratio_up, ratio_down, begin, end = (
        work[0], work[1], work[2], work[3], work[4], work[5], work[6], work[7])
    n = len(value)
    correction = np.zeros(len(flux))
    step = dt / substeps
    for s in range(substeps):
        for i in range(n):
            begin[i] = volume_old[i] + (volume_new[i] - volume_old[i]) * (s / substeps)
            end[i] = volume_old[i] + (volume_new[i] - volume_old[i]) * ((s + 1) / substeps)
        _upwind_step(value, begin, flux, entering, (left, right, edge_boundary),
                     sizes, step, mass, gained)
        for i in range(n):
            low[i] = mass[i] / end[i] if end[i] > _EMPTY else value[i]
        _antidiffusion(value, flux, (left, right, length, distance, h_edge), sizes, step,
                       correction)
        _bounds(value, begin, flux, entering, (left, right, edge_boundary), sizes, smallest,
                largest)
        _limit(low, end, correction, smallest, largest, (left, right), sizes, ratio_up, ratio_down)
        for e in range(sizes[0]):
            mass[left[e]] -= correction[e]
            mass[right[e]] += correction[e]
        for i in range(n):
            if end[i] > _EMPTY and smallest[i] <= largest[i]:
                # Division and subtraction leave a last-bit error; the bounds hold to the last bit.
                value[i] = min(max(mass[i] / end[i], smallest[i]), largest[i])
