"""What edges exchange by dispersion, and in how many substeps: equation (11) of `dispersion`."""

from __future__ import annotations

from math import sqrt

import numpy as np

from twin_kernel.solvers.native.compiling import njit, prange
from twin_kernel.solvers.native.flow import EMPTY, GRAVITY

__all__ = ["ELDER_ALONG", "MOST_SUBSTEPS", "STABLE", "conductances", "exchanged",
           "substeps_borne", "wet_weights"]

ELDER_ALONG = 5.93
_ELDER_ACROSS = 0.6
STABLE = 0.9  # of the water of a cell exchanged in a substep; 1 is the monotone limit
MOST_SUBSTEPS = 8
_FEW = 1000  # one triangle in so many does not decide how many substeps all make
_MOST_ASKED = 1.5  # times what is borne, by those few: none mixes less than two thirds of its own


@njit(cache=True, parallel=True)
def conductances(along, across, elder, velocity_x, velocity_y, level, manning_squared, grid_edge,
                 n_internal, normal_part, cross_part, wet):
    """Fill the conductances (m3/s) of each internal edge: along its normal, and the cross term.

    `along`, `across` (m2/s) are the constant coefficients; `elder` (0 or 1) adds Elder's. `wet`
    (n_internal,) says over which edges there is water.
    """
    left, right, length, distance, bed, normal_x, normal_y = grid_edge
    for e in prange(n_internal):
        a = left[e]
        b = right[e]
        h = min(level[a], level[b]) - bed[e]
        normal_part[e] = 0.0
        cross_part[e] = 0.0
        wet[e] = h > 0.0
        if h <= 0.0:
            continue
        x = 0.5 * (velocity_x[a] + velocity_x[b])
        y = 0.5 * (velocity_y[a] + velocity_y[b])
        speed = sqrt(x * x + y * y)
        d_along = along
        d_across = across
        if elder > 0.0:
            friction_velocity = speed * sqrt(GRAVITY * manning_squared[e]) / h ** (1.0 / 6.0)
            d_along += elder * ELDER_ALONG * h * friction_velocity
            d_across += elder * _ELDER_ACROSS * h * friction_velocity
        cosine = 0.0
        sine = 0.0
        if speed > 1.0e-6:
            cosine = (x * normal_x[e] + y * normal_y[e]) / speed
            sine = (-x * normal_y[e] + y * normal_x[e]) / speed
        d_normal = d_across + (d_along - d_across) * cosine * cosine
        normal_part[e] = d_normal * length[e] * h / distance[e]
        cross_part[e] = (d_along - d_across) * cosine * sine * length[e] * h


@njit(cache=True)
def exchanged(parts, volume, left, right, dt, outgoing):
    """Close edges beside an empty cell; fill the part of its water that a cell gives in `dt`."""
    normal_part, cross_part, wet = parts
    outgoing[:] = 0.0
    for e in range(len(normal_part)):
        a = left[e]
        b = right[e]
        if min(volume[a], volume[b]) <= EMPTY:
            normal_part[e] = 0.0
            cross_part[e] = 0.0
            wet[e] = False
        outgoing[a] += normal_part[e]
        outgoing[b] += normal_part[e]
    for i in range(len(volume)):
        outgoing[i] = outgoing[i] * dt / volume[i] if volume[i] > EMPTY else 0.0


@njit(cache=True)
def substeps_borne(normal_part, cross_part, outgoing, left, right):
    """Return the substeps that all cells bear but a few; limit what those few exchange.

    By the ratio of a whole cell, both parts alike: edge by edge, or the normal part alone, the
    tensor that is left would sharpen what it should smooth.
    """
    asking = np.zeros(MOST_SUBSTEPS + 1, dtype=np.int64)
    worst = outgoing.max()
    for i in range(len(outgoing)):
        asking[min(max(1, int(np.ceil(outgoing[i] / STABLE))), MOST_SUBSTEPS)] += 1
    substeps = MOST_SUBSTEPS
    beyond = 0
    while (substeps > 1 and beyond + asking[substeps] <= len(outgoing) // _FEW
           and worst <= _MOST_ASKED * STABLE * (substeps - 1)):
        beyond += asking[substeps]
        substeps -= 1
    borne = STABLE * substeps
    if worst > borne:
        for e in range(len(normal_part)):
            most = max(outgoing[left[e]], outgoing[right[e]])
            if most > borne:
                normal_part[e] *= borne / most
                cross_part[e] *= borne / most
    return substeps


@njit(cache=True, parallel=True)
def wet_weights(wet, face_edges, weight_x, weight_y, wet_x, wet_y):
    """Fill the weights of the differences to neighbours, 0 where no water joins the two.

    A dry triangle keeps what was last in it, and nothing of that is in the water beside it.
    """
    for i in prange(len(face_edges)):
        for k in range(3):
            e = face_edges[i, k]
            joined = wet[e] if e < len(wet) else False
            wet_x[i, k] = weight_x[i, k] if joined else 0.0
            wet_y[i, k] = weight_y[i, k] if joined else 0.0
