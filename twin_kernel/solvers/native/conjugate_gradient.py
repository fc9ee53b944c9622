"""Preconditioned conjugate gradients for the symmetric systems of the levels.

The matrix is ``diagonal - weights`` over the three neighbours of each triangle. Triangles that
share a neighbour share no edge, so an incomplete Cholesky factor without fill keeps the matrix's
own off-diagonals and changes its diagonal only (modified: Gustafsson 1978, BIT 18, 142-156). Two
things follow. Scaled so that the factor's diagonal is one, ``(I - L)(I - L')`` needs the weights
alone; and the product by the matrix and both triangular solutions cost no more than the solutions
do (Eisenstat 1981, SIAM J. Sci. Stat. Comput. 2, 1-4).

Threads share the strips of triangles, of which each touches the one before and the one behind only.
The factor takes every second strip first, which are then independent of each other, and the others
behind them: nothing is left out where strips meet, as it would be with a factor for each strip. On
a funnel of 16 strips that cost 20 iterations, this order 10, and a single strip 8 (on orders, see
Duff & Meurant 1989, BIT 29, 635-657). Sums are added strip by strip: the solution is the same to
the last bit on any number of threads.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from twin_kernel.solvers.native.compiling import njit, prange

__all__ = ["factorise", "renew", "solve"]

_MODIFICATION = 0.99  # of the dropped fill that is added to the diagonal; 1 may break down
_LEAST_PIVOT = 1.0e-2  # of the diagonal
_MOST_ITERATIONS = 400


@njit(cache=True, inline="always")
def _comes_before(j, i, begin, end, first):
    """Return whether triangle j is eliminated before i, of a strip that comes `first` or not."""
    if begin <= j < end:
        return j < i
    return not first


@njit(cache=True)
def _factorise_strip(begin, end, first, diagonal, weights, neighbour, inverse, scale, above):
    """Fill the factor's inverse diagonal, its root, and `above`: what of a row lies above it."""
    for i in range(begin, end):
        pivot = diagonal[i]
        beyond = 0.0
        for k in range(3):
            j = neighbour[i, k]
            w = weights[i, k]
            if _comes_before(j, i, begin, end, first):
                pivot -= inverse[j] * w * (w + _MODIFICATION * (above[j] - w))
            else:
                beyond += w
        # A pool whose triangles have all fallen dry in the search has next to nothing left here.
        inverse[i] = 1.0 / max(pivot, _LEAST_PIVOT * diagonal[i])
        scale[i] = sqrt(inverse[i])
        above[i] = beyond


@njit(cache=True)
def _scale_strip(begin, end, first, diagonal, weights, neighbour, factor):
    """Fill the factor's weights scaled, the others zero, and what the diagonal exceeds 2 by."""
    inverse, _, scale, excess, lower, upper = factor
    for i in range(begin, end):
        excess[i] = diagonal[i] * inverse[i] - 2.0
        for k in range(3):
            j = neighbour[i, k]
            w = weights[i, k] * scale[i] * scale[j]
            before = _comes_before(j, i, begin, end, first)
            lower[i, k] = w if before else 0.0
            upper[i, k] = 0.0 if before else w


@njit(cache=True, parallel=True)
def factorise(diagonal, weights, neighbour, strips, factor):
    """Fill `factor`: inverse, above, scale, excess (n_face,), lower, upper (n_face, 3)."""
    inverse, above, scale, _, _, _ = factor
    n_strip = len(strips) - 1
    for turn in range(2):
        for half in prange((n_strip + 1 - turn) // 2):
            s = 2 * half + turn
            _factorise_strip(strips[s], strips[s + 1], turn == 0, diagonal, weights, neighbour,
                             inverse, scale, above)
    for s in prange(n_strip):
        _scale_strip(strips[s], strips[s + 1], s % 2 == 0, diagonal, weights, neighbour, factor)


@njit(cache=True, parallel=True)
def renew(diagonal, strips, factor):
    """Give `factor` another diagonal of the matrix; the factor itself stays as it was."""
    inverse, _, _, excess, _, _ = factor
    for s in prange(len(strips) - 1):
        for i in range(strips[s], strips[s + 1]):
            excess[i] = diagonal[i] * inverse[i] - 2.0


@njit(cache=True)
def _total(part):
    """Add in order; in a parallel kernel ``part.sum()`` adds in the order of the threads."""
    total = 0.0
    for s in range(len(part)):
        total += part[s]
    return total


@njit(cache=True)
def _begin_strip(begin, end, right_side, scale, lower, neighbour, x, r):
    """Set x to zero and fill r = (I - L)^-1 of the scaled right side; return r.r."""
    total = 0.0
    for i in range(begin, end):
        x[i] = 0.0
        value = right_side[i] * scale[i] + (
            lower[i, 0] * r[neighbour[i, 0]] + lower[i, 1] * r[neighbour[i, 1]]
            + lower[i, 2] * r[neighbour[i, 2]])
        r[i] = value
        total += value * value
    return total


@njit(cache=True)
def _backward_strip(begin, end, beta, r, upper, neighbour, p, t):
    """Turn the direction p, and fill t = (I - L')^-1 p."""
    for behind in range(end - begin):
        i = end - np.uint64(1) - behind
        direction = r[i] + beta * p[i]
        p[i] = direction
        t[i] = direction + (
            upper[i, 0] * t[neighbour[i, 0]] + upper[i, 1] * t[neighbour[i, 1]]
            + upper[i, 2] * t[neighbour[i, 2]])


@njit(cache=True)
def _forward_strip(begin, end, p, t, excess, lower, neighbour, z):
    """Fill z so that t + z is the preconditioned matrix times p; return p.(t + z)."""
    total = 0.0
    for i in range(begin, end):
        value = p[i] + excess[i] * t[i] + (
            lower[i, 0] * z[neighbour[i, 0]] + lower[i, 1] * z[neighbour[i, 1]]
            + lower[i, 2] * z[neighbour[i, 2]])
        z[i] = value
        total += p[i] * (t[i] + value)
    return total


@njit(cache=True)
def _update_strip(begin, end, alpha, t, z, x, r):
    """Move the solution and its residual; return r.r."""
    total = 0.0
    for i in range(begin, end):
        x[i] += alpha * t[i]
        value = r[i] - alpha * (t[i] + z[i])
        r[i] = value
        total += value * value
    return total


@njit(cache=True, parallel=True)
def solve(right_side, neighbour, strips, factor, relative, x, work):
    """Solve from x = 0; return the iterations done, -1 where they are not enough.

    Parameters
    ----------
    right_side : (n_face,) float64
    neighbour : (n_face, 3) uint32
        A triangle itself where it has none.
    strips : (n_strip + 1,) uint64
        Each at least as long as the farthest neighbours are apart.
    factor : tuple
        Filled by `factorise`.
    relative : float
        It ends where the residual, in the norm of the factor's inverse (about the energy norm of
        the error), falls under this part of the first one.
    x : (n_face,) float64
        The solution.
    work : (4, n_face) float64
        Finite: what is in it is multiplied by zero.
    """
    _, _, scale, excess, lower, upper = factor
    r, p, t, z = work[0], work[1], work[2], work[3]
    n_strip = len(strips) - 1
    part = np.zeros(n_strip)
    for turn in range(2):
        for half in prange((n_strip + 1 - turn) // 2):
            s = 2 * half + turn
            part[s] = _begin_strip(strips[s], strips[s + 1], right_side, scale, lower, neighbour,
                                   x, r)
    rho = _total(part)
    enough = relative * relative * rho
    beta = 0.0
    done = 0
    while rho > enough and done < _MOST_ITERATIONS:
        done += 1
        for turn in range(2):
            for half in prange((n_strip + turn) // 2):
                s = 2 * half + 1 - turn
                _backward_strip(strips[s], strips[s + 1], beta, r, upper, neighbour, p, t)
        for turn in range(2):
            for half in prange((n_strip + 1 - turn) // 2):
                s = 2 * half + turn
                part[s] = _forward_strip(strips[s], strips[s + 1], p, t, excess, lower, neighbour,
                                         z)
        alpha = rho / _total(part)
        for s in prange(n_strip):
            part[s] = _update_strip(strips[s], strips[s + 1], alpha, t, z, x, r)
        rho_old = rho
        rho = _total(part)
        beta = rho / rho_old
    for s in prange(n_strip):
        for i in range(strips[s], strips[s + 1]):
            x[i] *= scale[i]
    return done if rho <= enough else -1
