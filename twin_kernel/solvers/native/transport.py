"""Kernels of the tracers: equations (3) and (9) of the package header."""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native.compiling import njit, prange
from twin_kernel.solvers.native.flow import EMPTY

__all__ = ["advect"]


@njit(cache=True)
def _antidiffusion_strip(begin, end, flux, h_edge, length, distance, n_internal, dt, factor):
    """Fill what turns upwind into Lax-Wendroff along each edge's normal, m3 a step."""
    for e in range(begin, end):
        factor[e] = 0.0
        q = abs(flux[e]) * dt
        if e < n_internal and q > 0.0 and h_edge[e] > 0.0:
            courant = q / (length[e] * h_edge[e] * distance[e])
            factor[e] = 0.5 * q * max(1.0 - courant, 0.0)


@njit(cache=True)
def _low_strip(begin, end, value, water, part, flux, factor, entering, edge_boundary, grid_face,
               sizes, dt, work):
    """First-order step: fill the mass of each cell, the extremes it may take (its own old value and
    those of the water it exchanges) and how much of the corrections they let through (Zalesak
    1979, eq. 7 to 13)."""
    volume_old, volume_new = water
    face_edges, face_sign, neighbour = grid_face
    n_internal, n_active = sizes
    mass, smallest, largest, ratio_up, ratio_down, volume = work
    for i in range(begin, end):
        own = value[i]
        now = volume[i]
        then = volume_old[i] + (volume_new[i] - volume_old[i]) * part
        kept = own * now
        low = own if now > EMPTY else np.inf
        high = own if now > EMPTY else -np.inf
        gain = 0.0
        loss = 0.0
        for k in range(3):
            e = face_edges[i, k]
            if e >= n_active:
                continue
            q = flux[e] * face_sign[i, k] * dt
            if e < n_internal:
                j = neighbour[i, k]
                other = value[j]
                met = volume[j] > EMPTY
                moved = factor[e] * (other - own)
                loss += max(moved, 0.0)
                gain -= min(moved, 0.0)
            else:
                other = entering[edge_boundary[e]]
                met = q < 0.0
            kept -= max(q, 0.0) * own + min(q, 0.0) * other
            met = met and q != 0.0
            low = min(low, other if met else np.inf)
            high = max(high, other if met else -np.inf)
        first = kept / then if then > EMPTY else own
        room_up = max(0.0, high - first) * then
        room_down = max(0.0, first - low) * then
        ratio_up[i] = min(1.0, room_up / gain) if gain > 0.0 else 0.0
        ratio_down[i] = min(1.0, room_down / loss) if loss > 0.0 else 0.0
        mass[i] = kept
        smallest[i] = low
        largest[i] = high


@njit(cache=True)
def _high_strip(begin, end, value, water, part, factor, grid_face, n_internal, work, out):
    """Add the corrections, scaled so that no cell leaves its extremes; fill `out`."""
    volume_old, volume_new = water
    face_edges, _, neighbour = grid_face
    mass, smallest, largest, ratio_up, ratio_down, volume = work
    for i in range(begin, end):
        own = value[i]
        then = volume_old[i] + (volume_new[i] - volume_old[i]) * part
        kept = mass[i]
        for k in range(3):
            e = face_edges[i, k]
            if e >= n_internal:
                continue
            j = neighbour[i, k]
            # A positive correction moves mass out of this cell, up the gradient.
            moved = factor[e] * (value[j] - own)
            kept -= (max(moved, 0.0) * min(ratio_up[j], ratio_down[i])
                     + min(moved, 0.0) * min(ratio_up[i], ratio_down[j]))
        volume[i] = then
        out[i] = own
        if then > EMPTY and smallest[i] <= largest[i]:
            # Division and subtraction leave a last-bit error; the bounds hold to the last bit.
            out[i] = min(max(kept / then, smallest[i]), largest[i])


@njit(cache=True)
def _through_boundaries(value, flux, entering, left, edge_boundary, sizes, dt, gained):
    n_internal, n_active = sizes
    for e in range(n_internal, n_active):
        q = flux[e] * dt
        b = edge_boundary[e]
        gained[b] -= q * (value[left[e]] if q > 0.0 else entering[b])


@njit(cache=True, parallel=True)
def advect(values, volume_old, volume_new, flux, h_edge, entering, grid_edge, grid_face, strips,
           sizes, dt, substeps, gained, work, edge_work):
    """Advance tracers by `dt` in `substeps` on constant fluxes, in place.

    Parameters
    ----------
    values : (n_tracer, n_face) float64
        Concentrations; unchanged to round-off where they are uniform.
    volume_old, volume_new : (n_face,) float64
        m3, consistent with `flux`.
    flux : (n_edge,) float64
        m3/s, positive from left to right.
    entering : (n_tracer, n_boundary) float64
        Concentrations of entering water.
    gained : (n_tracer, n_boundary) float64
        Increased by what entered through each boundary, concentration × m3.
    work : (7, n_face) float64
    edge_work : (n_edge,) float64
    """
    left, length, distance, edge_boundary = grid_edge
    faces, edges = strips
    n_strip = len(faces) - 1
    water = (volume_old, volume_new)
    fields = (work[0], work[1], work[2], work[3], work[4], work[5])
    volume, out = work[5], work[6]
    step = dt / substeps
    for s in prange(n_strip):
        _antidiffusion_strip(edges[s], edges[s + 1], flux, h_edge, length, distance, sizes[0], step,
                             edge_work)
    for tracer in range(len(values)):
        value = values[tracer]
        for s in prange(n_strip):
            for i in range(faces[s], faces[s + 1]):
                volume[i] = volume_old[i]
        for substep in range(substeps):
            part = (substep + 1) / substeps
            for s in prange(n_strip):
                _low_strip(faces[s], faces[s + 1], value, water, part, flux, edge_work,
                           entering[tracer], edge_boundary, grid_face, sizes, step, fields)
            _through_boundaries(value, flux, entering[tracer], left, edge_boundary, sizes, step,
                                gained[tracer])
            for s in prange(n_strip):
                _high_strip(faces[s], faces[s + 1], value, water, part, edge_work, grid_face,
                            sizes[0], fields, out)
            for s in prange(n_strip):
                for i in range(faces[s], faces[s + 1]):
                    value[i] = out[i]
