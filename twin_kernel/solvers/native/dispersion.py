r"""Horizontal dispersion of tracers, stronger along the flow than across it.

.. math::

   \partial_t (H C) = \nabla\cdot(H\,\mathbf{D}\,\nabla C), \qquad
   \mathbf{D} = D_T\,\mathbf{I} + (D_L - D_T)\,\mathbf{u}\mathbf{u}^T/|\mathbf{u}|^2 \quad (11)

with constant coefficients or, after Elder (1959, J. Fluid Mech. 5, 544-560) and Fischer et al.
(1979, Mixing in Inland and Coastal Waters, ch. 5), multiples of depth × friction velocity
(5.93 along, 0.15 to 0.6 across); the shear that triangles do not resolve adds the constant part.

Explicit and conservative, in as many substeps as the coefficients ask, up to eight: between small
triangles a large coefficient is limited (`mixing_limits` says where). One triangle in a thousand
may ask for up to half as much again, and is limited too: a single one made the Gironde's dispersion
cost that much more. The part normal to each edge is monotone; the part along it (the tensor's
off-diagonal), from the gradients in the triangles, is limited so that no new extreme appears
(Zalesak 1979). Only their sum is consistent with (11), so both are limited alike.
"""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native.compiling import njit, prange
from twin_kernel.solvers.native.conductances import (
    conductances,
    exchanged,
    substeps_borne,
    wet_weights,
)
from twin_kernel.solvers.native.flow import EMPTY
from twin_kernel.solvers.native.grid import Grid
from twin_kernel.solvers.native.options import Options

__all__ = ["Dispersion"]

_NOTHING = 1.0e-300  # keeps 0 / 0 out of what is then not used


@njit(cache=True)
def _gradients(value, neighbour, weight_x, weight_y, gradient_x, gradient_y):
    """Fill the gradients in triangles: mean over the outline (Gauss), walls taken as the cell."""
    for i in range(len(value)):
        x = 0.0
        y = 0.0
        for k in range(3):
            step = value[neighbour[i, k]] - value[i]
            x += weight_x[i, k] * step
            y += weight_y[i, k] * step
        gradient_x[i] = x
        gradient_y[i] = y


@njit(cache=True)
def _fluxes(value, parts, grid_edge, gradient_x, gradient_y, dt, change, flux, low, high, gain,
            loss):
    """Sum what crosses edges by the normal part; fill what they ask for by the cross part.

    `change` (n_face,) is what the first brings; `flux` (n_internal,) what the second would move
    into the left triangle, `gain` and `loss` its sums, `low` and `high` the values around.
    """
    normal_part, cross_part = parts
    left, right, normal_x, normal_y = grid_edge
    change[:] = 0.0
    low[:] = value
    high[:] = value
    gain[:] = 0.0
    loss[:] = 0.0
    for e in range(len(cross_part)):
        a = left[e]
        b = right[e]
        value_a = value[a]
        value_b = value[b]
        moved = dt * normal_part[e] * (value_b - value_a)
        change[a] += moved
        change[b] -= moved
        flux[e] = 0.0
        if cross_part[e] == 0.0:
            continue
        low[a] = min(low[a], value_b)
        high[a] = max(high[a], value_b)
        low[b] = min(low[b], value_a)
        high[b] = max(high[b], value_a)
        tangent = 0.5 * (-(gradient_x[a] + gradient_x[b]) * normal_y[e]
                         + (gradient_y[a] + gradient_y[b]) * normal_x[e])
        moved = dt * cross_part[e] * tangent
        flux[e] = moved
        gained = max(moved, 0.0)
        lost = gained - moved
        gain[a] += gained
        loss[a] += lost
        gain[b] += lost
        loss[b] += gained


@njit(cache=True)
def _move_within(value, inverse_volume, change, low, high, gain, loss):
    """Take the normal part; make `gain` and `loss` the parts of the others that leave bounds."""
    for i in range(len(value)):
        value[i] += change[i] * inverse_volume[i]
        low[i] = min(low[i], value[i])
        high[i] = max(high[i], value[i])
        gain[i] = min(1.0, (high[i] - value[i]) / (gain[i] * inverse_volume[i] + _NOTHING))
        loss[i] = min(1.0, (value[i] - low[i]) / (loss[i] * inverse_volume[i] + _NOTHING))


@njit(cache=True)
def _cross_step(value, inverse_volume, flux, left, right, low, high, gain, loss):
    """Move along edges what the tensor's off-diagonal asks, within the values around."""
    for e in range(len(flux)):
        a = left[e]
        b = right[e]
        # No branch: which way it goes is as good as random, and a wrong guess costs ten sums.
        into_left = flux[e] > 0.0
        moved = flux[e] * (into_left * min(gain[a], loss[b])
                           + (not into_left) * min(gain[b], loss[a]))
        value[a] += moved * inverse_volume[a]
        value[b] -= moved * inverse_volume[b]
    for i in range(len(value)):
        # Sums in another order than those of the limits: the bounds hold to the last bit.
        value[i] = min(max(value[i], low[i]), high[i])


@njit(cache=True)
def _normal_step(value, inverse_volume, conductance, left, right, dt, change):
    change[:] = 0.0
    for e in range(len(conductance)):
        moved = dt * conductance[e] * (value[right[e]] - value[left[e]])
        change[left[e]] += moved
        change[right[e]] -= moved
    for i in range(len(value)):
        value[i] += change[i] * inverse_volume[i]


@njit(cache=True)
def _spread_one(value, inverse_volume, parts, grid_edge, grid_face, dt, substeps, anisotropic,
                work, flux):
    left, right = grid_edge[0], grid_edge[1]
    change, gradient_x, gradient_y, low, high, gain, loss = work
    for _ in range(substeps):
        if anisotropic:
            # Both parts from the same values: alone, neither is a consistent operator.
            _gradients(value, grid_face[0], grid_face[1], grid_face[2], gradient_x, gradient_y)
            _fluxes(value, parts, grid_edge, gradient_x, gradient_y, dt / substeps, change, flux,
                    low, high, gain, loss)
            _move_within(value, inverse_volume, change, low, high, gain, loss)
            _cross_step(value, inverse_volume, flux, left, right, low, high, gain, loss)
        else:
            _normal_step(value, inverse_volume, parts[0], left, right, dt / substeps, change)


@njit(cache=True, parallel=True)
def spread(values, volume, parts, grid_edge, grid_face, dt, work, edge_work, joined):
    """Disperse tracers by `dt`, in place, each on one thread: it is the same on any number.

    Parameters
    ----------
    values : (n_tracer, n_face) float64
    volume : (n_face,) float64
        m3.
    parts : tuple of (n_internal,)
        From `conductances`: m3/s, m4/s and whether wet; capped in thin cells.
    grid_edge : tuple
        Unsigned triangles left and right, and normals, of internal edges.
    grid_face : tuple
        Neighbours and edges of each triangle, and weights of the differences to those in its
        gradient, 1/m.
    work : (n_lane + 1, 7, n_face) float64
        Tracers of a lane follow one another; the last holds what all share.
    edge_work : (n_lane, n_internal) float64
    joined : (2, n_face, 3) float64
        Filled with the weights where water joins the two.
    """
    neighbour, face_edges, weight_x, weight_y = grid_face
    n_lane = len(work) - 1
    inverse_volume = work[n_lane, 1]
    for i in range(len(volume)):
        inverse_volume[i] = 1.0 / volume[i] if volume[i] > EMPTY else 0.0
    outgoing = work[n_lane, 0]
    exchanged(parts, volume, grid_edge[0], grid_edge[1], dt, outgoing)
    substeps = substeps_borne(parts[0], parts[1], outgoing, grid_edge[0], grid_edge[1])
    anisotropic = np.any(parts[1] != 0.0)
    if anisotropic:
        wet_weights(parts[2], face_edges, weight_x, weight_y, joined[0], joined[1])
    grid_wet = (neighbour, joined[0], joined[1])
    for lane in prange(n_lane):
        for k in range(lane, len(values), n_lane):
            _spread_one(values[k], inverse_volume, (parts[0], parts[1]), grid_edge, grid_wet, dt,
                        substeps, anisotropic, work[lane], edge_work[lane])


class Dispersion:
    """Dispersion as the options ask for; `active` is False where they ask for none."""

    def __init__(self, grid: Grid, options: Options, manning_squared: np.ndarray,
                 threads: int = 1) -> None:
        self._grid, self._manning_squared = grid, manning_squared
        self._along, self._across = options.dispersion_along, options.dispersion_across
        self._elder = 1.0 if options.elder_dispersion else 0.0
        self.active = self._along > 0.0 or self._across > 0.0 or options.elder_dispersion
        edge, inner = grid.face_edges, grid.face_edges < grid.n_internal
        # The centre nearer to the edge weighs more: the share is that of the other side.
        share = np.where(grid.face_sign > 0.0, grid.left_share[edge], 1.0 - grid.left_share[edge])
        outward = grid.face_sign * grid.edge_length[edge] / grid.face_area[:, None]
        weight = np.where(inner, share * outward, 0.0)
        self._faces = (grid.face_neighbour, grid.face_edges, weight * grid.normal_x[edge],
                       weight * grid.normal_y[edge])
        internal = slice(grid.n_internal)
        self._edges = (grid.edge_left[internal].astype(np.uint32),
                       grid.edge_right[internal].astype(np.uint32),
                       grid.normal_x[internal].copy(), grid.normal_y[internal].copy())
        self._parts = (*np.zeros((2, grid.n_internal)), np.zeros(grid.n_internal, np.bool_))
        lanes = max(1, threads) if self.active else 0
        self._work = np.zeros((lanes + 1 if lanes else 0, 7, grid.n_face))
        self._edge_work = np.zeros((lanes, grid.n_internal))
        self._joined = np.zeros((2, grid.n_face if self.active else 0, 3))

    def apply(self, tracers: np.ndarray, volume: np.ndarray, level: np.ndarray,
              edge_bed: np.ndarray, vectors, dt: float) -> None:
        """Disperse `tracers` (n_tracer, n_face) by `dt`, in place."""
        g = self._grid
        conductances(self._along, self._across, self._elder, vectors[0], vectors[1], level,
                     self._manning_squared,
                     (g.edge_left, g.edge_right, g.edge_length, g.edge_distance, edge_bed,
                      g.normal_x, g.normal_y), g.n_internal, *self._parts)
        spread(tracers, volume, self._parts, self._edges, self._faces, dt, self._work,
               self._edge_work, self._joined)
