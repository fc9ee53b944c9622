"""What a cell can give in a step: equation (6) of the package header."""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native.compiling import njit, prange
from twin_kernel.solvers.native.flow import EMPTY

__all__ = ["exchange_rate", "limit_fluxes"]

_THIN = 0.2  # m; thinner cells let through at most _THIN_RATIO of their volume in a step
_THIN_RATIO = 2.0
_DEEP_RATIO = 9.0
_EXCHANGE_DEPTH = 0.1  # m
_PASSES = 20


@njit(cache=True)
def _exchange_strip(begin, end, flux, volume, face_area, face_edges, face_sign):
    largest = 0.0
    for i in range(begin, end):
        if volume[i] < _EXCHANGE_DEPTH * face_area[i]:
            continue
        leaves = 0.0
        for k in range(3):
            leaves += max(flux[face_edges[i, k]] * face_sign[i, k], 0.0)
        rate = leaves / volume[i]
        if rate != rate:
            return rate  # NaN: a maximum would lose it
        largest = max(largest, rate)
    return largest


@njit(cache=True, parallel=True)
def exchange_rate(flux, volume, face_area, face_edges, face_sign, strips):
    """Return the largest part of its water that a cell passes on per second (1/s),
    thin cells left out."""
    largest = np.zeros(len(strips) - 1)
    for s in prange(len(strips) - 1):
        largest[s] = _exchange_strip(strips[s], strips[s + 1], flux, volume, face_area, face_edges,
                                     face_sign)
    for rate in largest:
        if rate != rate:
            return rate
    return largest.max()


@njit(cache=True, inline="always")
def _allowed_outflow(volume, enters, area, last):
    """Return how much (m3) a cell may pass on in a step, and the ratio to its volume behind it."""
    if volume <= EMPTY:
        # Halved for ever, what is left would reach numbers too small to divide by, and NaN.
        return 0.0
    ratio = _DEEP_RATIO if volume > _THIN * area else _THIN_RATIO
    kept = ratio / (1.0 + ratio)
    if last:
        # In the last sweep the neighbours' limits no longer matter: nothing enters.
        return kept * volume
    return min(ratio * volume, kept * (volume + enters))


@njit(cache=True)
def _balance_strip(begin, end, flux, volume, grid_face, dt, last, volume_new, scale):
    """Fill new volumes and the scale of each cell's outflow; return cells limited, worst ratio."""
    face_area, face_edges, face_sign = grid_face
    limited = 0
    worst = 0.0
    for i in range(begin, end):
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
        if leaves > worst * smaller and smaller > 0.0:
            worst = leaves / smaller
    return limited, worst


@njit(cache=True)
def _scale_strip(begin, end, flux, u, scale, grid_edge, n_internal):
    left, right = grid_edge
    for e in range(begin, end):
        i = left[e]
        if flux[e] < 0.0:
            if e >= n_internal:
                continue
            i = right[e]
        flux[e] *= scale[i]
        u[e] *= scale[i]


@njit(cache=True, parallel=True)
def limit_fluxes(flux, u, volume, grid_face, grid_edge, strips, n_internal, dt, volume_new, scale):
    """Scale outgoing fluxes until every cell can give what it gives; fill `volume_new`: (6).

    A cell may pass on at most 9 times (thin cells: 2 times) the smaller of its old and new
    volumes, which keeps volumes positive and bounds the number of tracer substeps. Velocities are
    scaled with their fluxes: left as they were, they would go on emptying the cell. Returns the
    number of cells limited in the first sweep and the largest ratio left. `scale` (n_face,) is
    work space.
    """
    faces, edges = strips
    n_strip = len(faces) - 1
    limited = np.zeros(n_strip, np.int64)
    worst = np.zeros(n_strip)
    first = 0
    for sweep in range(_PASSES + 2):
        for s in prange(n_strip):
            limited[s], worst[s] = _balance_strip(
                faces[s], faces[s + 1], flux, volume, grid_face, dt, sweep == _PASSES, volume_new,
                scale)
        cells = limited.sum()
        if sweep == 0:
            first = cells
        if cells == 0 or sweep > _PASSES:
            break
        for s in prange(n_strip):
            _scale_strip(edges[s], edges[s + 1], flux, u, scale, grid_edge, n_internal)
    return first, min(worst.max(), _DEEP_RATIO)
