"""Newton's method triangle by triangle, where only few equations of the levels are left unsolved.

After a first solution of the whole system nearly all triangles have kept their wet area, and what
is left lies in a few that have not. Their residual is passed on to their neighbours until none is
over the tolerance: relaxation, after R. V. Southwell (1940), Relaxation Methods in Engineering
Science, with Newton's step for each triangle's own volume. Triangles are taken one after the other,
in the order of a queue, so the result is the same on any number of threads; it is little work
beside another solution of the whole.
"""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.flow import volume_of, wetted_area_of

__all__ = ["LEAST_WET", "relax"]

LEAST_WET = 1.0e-3  # of a triangle's area, in Newton's matrix only
_FEW = 50  # at most one triangle in so many is over the tolerance
_WORK = 8  # at most one step for so many triangles of the mesh


@njit(cache=True)
def _step(i, level, residual, system, neighbour, face_bed, face_area):
    """Move the level of triangle i by Newton's step, and the residuals around it."""
    weights, boundary_weight, _ = system
    area = face_area[i]
    z0, z1, z2 = face_bed[i, 0], face_bed[i, 1], face_bed[i, 2]
    before = level[i]
    tied = boundary_weight[i] + weights[i, 0] + weights[i, 1] + weights[i, 2]
    wet = max(wetted_area_of(before, z0, z1, z2, area), LEAST_WET * area)
    level[i] = before + residual[i] / (tied + wet)
    moved = level[i] - before
    gained = volume_of(level[i], z0, z1, z2, area) - volume_of(before, z0, z1, z2, area)
    residual[i] -= gained + tied * moved
    for k in range(3):
        residual[neighbour[i, k]] += weights[i, k] * moved


@njit(cache=True)
def relax(level, residual, system, face_tables, tolerance, queue, waits):
    """Move `level` until no `residual` is over the tolerance; return whether that succeeded.

    Parameters
    ----------
    level, residual : (n_face,) float64
        m, and m3: the one belongs to the other before and after.
    system : tuple
        Weights, boundary weight and right side of `continuity`.
    face_tables : tuple
        Neighbours, bed and area of the triangles.
    tolerance : float
        m.
    queue : (n_face,) int64
        Work space.
    waits : (n_face,) bool
        False, before and after.
    """
    neighbour, face_bed, face_area = face_tables
    n = len(level)
    count = 0
    for i in range(n):
        if abs(residual[i]) > tolerance * face_area[i]:
            if count * _FEW >= n:
                break
            queue[count] = i
            count += 1
    if count * _FEW >= n:
        return False
    for c in range(count):
        waits[queue[c]] = True
    first = 0
    for _ in range(n // _WORK):
        if count == 0:
            return True
        i = queue[first]
        first = (first + 1) % n
        count -= 1
        waits[i] = False
        _step(i, level, residual, system, neighbour, face_bed, face_area)
        for k in range(4):
            j = neighbour[i, k] if k < 3 else np.uint32(i)
            if abs(residual[j]) > tolerance * face_area[j] and not waits[j]:
                queue[(first + count) % n] = j
                waits[j] = True
                count += 1
    for c in range(count):
        waits[queue[(first + c) % n]] = False
    return count == 0
