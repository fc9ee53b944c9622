r"""Horizontal dispersion of tracers, stronger along the flow than across it.

.. math::

   \partial_t (H C) = \nabla\cdot(H\,\mathbf{D}\,\nabla C), \qquad
   \mathbf{D} = D_T\,\mathbf{I} + (D_L - D_T)\,\mathbf{u}\mathbf{u}^T/|\mathbf{u}|^2 \quad (11)

with constant coefficients or, after Elder (1959, J. Fluid Mech. 5, 544-560) and Fischer et al.
(1979, Mixing in Inland and Coastal Waters, ch. 5), multiples of depth × friction velocity
(5.93 along, 0.15 to 0.6 across); the shear that triangles do not resolve adds the constant part.

Explicit and conservative, in as many substeps as the coefficients ask: the part normal to each edge
is monotone; the part along it (the tensor's off-diagonal), from the gradients in the triangles, is
limited so that no new extreme appears (Zalesak 1979). Only their sum is consistent with (11).
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from twin_kernel.solvers.native.compiling import njit, prange
from twin_kernel.solvers.native.flow import GRAVITY
from twin_kernel.solvers.native.grid import Grid
from twin_kernel.solvers.native.options import Options

__all__ = ["Dispersion"]

_ELDER_ALONG = 5.93
_ELDER_ACROSS = 0.6
_STABLE = 0.9  # of the water of a cell exchanged in a substep; 1 is the monotone limit
_MOST_SUBSTEPS = 8
_EMPTY = 1.0e-9  # m3


@njit(cache=True)
def conductances(along, across, elder, velocity_x, velocity_y, level, manning_squared, grid_edge,
                 n_internal, normal_part, cross_part):
    """Fill the conductances (m3/s) of each internal edge: along its normal, and the cross term.

    `along`, `across` (m2/s) are the constant coefficients; `elder` (0 or 1) adds Elder's.
    """
    left, right, length, distance, bed, normal_x, normal_y = grid_edge
    for e in range(n_internal):
        a = left[e]
        b = right[e]
        h = min(level[a], level[b]) - bed[e]
        normal_part[e] = 0.0
        cross_part[e] = 0.0
        if h <= 0.0:
            continue
        x = 0.5 * (velocity_x[a] + velocity_x[b])
        y = 0.5 * (velocity_y[a] + velocity_y[b])
        speed = sqrt(x * x + y * y)
        friction_velocity = speed * sqrt(GRAVITY * manning_squared[e]) / h ** (1.0 / 6.0)
        d_along = along + elder * _ELDER_ALONG * h * friction_velocity
        d_across = across + elder * _ELDER_ACROSS * h * friction_velocity
        cosine = 0.0
        sine = 0.0
        if speed > 1.0e-6:
            cosine = (x * normal_x[e] + y * normal_y[e]) / speed
            sine = (-x * normal_y[e] + y * normal_x[e]) / speed
        d_normal = d_across + (d_along - d_across) * cosine * cosine
        normal_part[e] = d_normal * length[e] * h / distance[e]
        cross_part[e] = (d_along - d_across) * cosine * sine * length[e] * h


@njit(cache=True)
def _substeps(normal_part, volume, left, right, dt, outgoing):
    """Cap what thin cells may exchange, and return the number of substeps that stay monotone."""
    n_internal = len(normal_part)
    capped = _STABLE * _MOST_SUBSTEPS / (3.0 * dt)
    outgoing[:] = 0.0
    for e in range(n_internal):
        a = left[e]
        b = right[e]
        normal_part[e] = min(normal_part[e], capped * min(volume[a], volume[b]))
        outgoing[a] += normal_part[e]
        outgoing[b] += normal_part[e]
    worst = 0.0
    for i in range(len(volume)):
        if volume[i] > _EMPTY:
            worst = max(worst, outgoing[i] * dt / volume[i])
    return max(1, int(np.ceil(worst / _STABLE)))


@njit(cache=True)
def _normal_step(value, volume, conductance, left, right, dt, change):
    change[:] = 0.0
    for e in range(len(conductance)):
        moved = dt * conductance[e] * (value[right[e]] - value[left[e]])
        change[left[e]] += moved
        change[right[e]] -= moved
    for i in range(len(value)):
        if volume[i] > _EMPTY:
            value[i] += change[i] / volume[i]


@njit(cache=True)
def _gradients(value, grid_face, left, right, left_share, n_internal, gradient_x, gradient_y):
    """Fill the gradients in triangles: mean over the outline (Gauss), walls taken as the cell."""
    face_edges, outward_x, outward_y = grid_face
    for i in range(len(value)):
        x = 0.0
        y = 0.0
        for k in range(3):
            e = face_edges[i, k]
            at_edge = value[i]
            if e < n_internal:
                s = left_share[e]
                # The centre nearer to the edge weighs more: the share is that of the other side.
                at_edge = (1.0 - s) * value[left[e]] + s * value[right[e]]
            x += outward_x[i, k] * at_edge
            y += outward_y[i, k] * at_edge
        gradient_x[i] = x
        gradient_y[i] = y


@njit(cache=True)
def _cross_flux(value, cross_part, grid_edge, gradient_x, gradient_y, dt, flux, low, high, gain,
                loss):
    """Fill what each edge would move into its left triangle, the sums, and the values around."""
    left, right, normal_x, normal_y = grid_edge
    low[:] = value
    high[:] = value
    gain[:] = 0.0
    loss[:] = 0.0
    for e in range(len(cross_part)):
        a = left[e]
        b = right[e]
        flux[e] = 0.0
        if cross_part[e] == 0.0:
            continue
        low[a] = min(low[a], value[b])
        high[a] = max(high[a], value[b])
        low[b] = min(low[b], value[a])
        high[b] = max(high[b], value[a])
        tangent = 0.5 * (-(gradient_x[a] + gradient_x[b]) * normal_y[e]
                         + (gradient_y[a] + gradient_y[b]) * normal_x[e])
        moved = dt * cross_part[e] * tangent
        flux[e] = moved
        gain[a] += max(moved, 0.0)
        loss[a] -= min(moved, 0.0)
        gain[b] -= min(moved, 0.0)
        loss[b] += max(moved, 0.0)


@njit(cache=True)
def _cross_step(value, volume, flux, left, right, low, high, gain, loss):
    """Move along edges what the tensor's off-diagonal asks, within the values around."""
    for i in range(len(value)):
        low[i] = min(low[i], value[i])
        high[i] = max(high[i], value[i])
        room = max(high[i] - value[i], 0.0) * volume[i]
        gain[i] = min(1.0, room / gain[i]) if gain[i] > 0.0 else 0.0
        room = max(value[i] - low[i], 0.0) * volume[i]
        loss[i] = min(1.0, room / loss[i]) if loss[i] > 0.0 else 0.0
    for e in range(len(flux)):
        a = left[e]
        b = right[e]
        if flux[e] == 0.0 or volume[a] <= _EMPTY or volume[b] <= _EMPTY:
            continue
        into, out = (a, b) if flux[e] > 0.0 else (b, a)
        moved = flux[e] * min(gain[into], loss[out])
        value[a] += moved / volume[a]
        value[b] -= moved / volume[b]
    for i in range(len(value)):
        # Sums in another order than those of the limits: the bounds hold to the last bit.
        value[i] = min(max(value[i], low[i]), high[i])


@njit(cache=True)
def _spread_one(value, volume, parts, grid_edge, grid_face, dt, substeps, anisotropic, work, flux):
    normal_part, cross_part = parts
    left, right, normal_x, normal_y, left_share = grid_edge
    low, high, gain, loss = work[3], work[4], work[5], work[6]
    step = dt / substeps
    for _ in range(substeps):
        if anisotropic:
            # Both parts from the same values: alone, neither is a consistent operator.
            _gradients(value, grid_face, left, right, left_share, len(normal_part), work[1],
                       work[2])
            _cross_flux(value, cross_part, (left, right, normal_x, normal_y), work[1], work[2],
                        step, flux, low, high, gain, loss)
        _normal_step(value, volume, normal_part, left, right, step, work[0])
        if anisotropic:
            _cross_step(value, volume, flux, left, right, low, high, gain, loss)


@njit(cache=True, parallel=True)
def spread(values, volume, normal_part, cross_part, grid_edge, grid_face, dt, work, edge_work):
    """Disperse tracers by `dt`, in place, each on one thread: it is the same on any number.

    Parameters
    ----------
    values : (n_tracer, n_face) float64
    volume : (n_face,) float64
        m3.
    normal_part, cross_part : (n_internal,) float64
        From `conductances`, m3/s and m4/s; the first is capped in thin cells.
    work : (n_lane, 7, n_face) float64
        Tracers of a lane follow one another.
    edge_work : (n_lane, n_internal) float64
    """
    substeps = _substeps(normal_part, volume, grid_edge[0], grid_edge[1], dt, work[0, 0])
    anisotropic = False
    for e in range(len(cross_part)):
        if cross_part[e] != 0.0:
            anisotropic = True
            break
    n_lane = len(work)
    for lane in prange(n_lane):
        for k in range(lane, len(values), n_lane):
            _spread_one(values[k], volume, (normal_part, cross_part), grid_edge, grid_face, dt,
                        substeps, anisotropic, work[lane], edge_work[lane])


class Dispersion:
    """Dispersion as the options ask for; `active` is False where they ask for none."""

    def __init__(self, grid: Grid, options: Options, manning_squared: np.ndarray,
                 threads: int = 1) -> None:
        self._grid, self._manning_squared = grid, manning_squared
        self._along, self._across = options.dispersion_along, options.dispersion_across
        self._elder = 1.0 if options.elder_dispersion else 0.0
        self.active = self._along > 0.0 or self._across > 0.0 or options.elder_dispersion
        outward = grid.face_sign * grid.edge_length[grid.face_edges] / grid.face_area[:, None]
        self._outward = (outward * grid.normal_x[grid.face_edges],
                         outward * grid.normal_y[grid.face_edges])
        self._parts = np.zeros((2, grid.n_internal))
        lanes = max(1, threads) if self.active else 0
        self._work = np.zeros((lanes, 7, grid.n_face))
        self._edge_work = np.zeros((lanes, grid.n_internal))

    def apply(self, tracers: np.ndarray, volume: np.ndarray, level: np.ndarray,
              edge_bed: np.ndarray, vectors, dt: float) -> None:
        """Disperse `tracers` (n_tracer, n_face) by `dt`, in place."""
        g, (normal_part, cross_part) = self._grid, self._parts
        conductances(self._along, self._across, self._elder, vectors[0], vectors[1], level,
                     self._manning_squared,
                     (g.edge_left, g.edge_right, g.edge_length, g.edge_distance, edge_bed,
                      g.normal_x, g.normal_y), g.n_internal, normal_part, cross_part)
        spread(tracers, volume, normal_part, cross_part,
               (g.edge_left, g.edge_right, g.normal_x, g.normal_y, g.left_share),
               (g.face_edges, *self._outward), dt, self._work, self._edge_work)
