"""Where viscosity and dispersion are less than what was asked for.

Both are explicit: `forces` and `conductances` let triangles exchange no more than a step bears,
which for large coefficients on small triangles is less than they ask for.
"""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native import forces
from twin_kernel.solvers.native.conductances import ELDER_ALONG, MOST_SUBSTEPS, STABLE
from twin_kernel.solvers.native.flow import GRAVITY
from twin_kernel.solvers.native.model import Model
from twin_kernel.solvers.native.state import State

__all__ = ["limited_mixing"]

_TOLD_FROM = 0.01  # of the edges; under that a few small triangles mix less, and nobody sees it
_SWIFT = 1.0  # m/s, a tide's current: Elder's coefficients grow with it, and water starts at rest


def limited_mixing(model: Model, state: State) -> dict[str, float]:
    """Return the options that are limited, and on what part of the wet edges, 0 to 1.

    With the water of this state, Elder's coefficients for 1 m/s, and for a whole time step: the
    parts that swift water divides a step into bear more.

    Parameters
    ----------
    model : Model
    state : State

    Returns
    -------
    dict of str to float
        ``eddy_viscosity``, ``dispersion``; without those that are limited on less than 1 %.
    """
    grid, options, step = model.grid, model.options, model.options.time_step
    inner = slice(grid.n_internal)
    left, right = grid.edge_left[inner], grid.edge_right[inner]
    level = model.levels(state)
    depth = np.minimum(level[left], level[right]) - model.bed.edge_bed[inner]
    wet = (depth > 0.0) & (np.minimum(state.volume[left], state.volume[right]) > 0.0)
    if not wet.any():
        return {}
    left, right, depth = left[wet], right[wet], depth[wet]
    per_coefficient = (grid.edge_length[inner] / grid.edge_distance[inner])[wet] * depth
    least = np.minimum(state.volume[left], state.volume[right])
    viscous = options.eddy_viscosity * per_coefficient > forces.STABLE * least / step
    asked = step * per_coefficient * (
        max(options.dispersion_along, options.dispersion_across)
        + (_elder(depth, model.manning_squared[inner][wet]) if options.elder_dispersion else 0.0))
    exchanged = sum(np.bincount(side, asked, grid.n_face) for side in (left, right))
    worst = exchanged / np.where(state.volume > 0.0, state.volume, np.inf)
    dispersed = np.maximum(worst[left], worst[right]) > STABLE * MOST_SUBSTEPS
    shares = {"eddy_viscosity": float(viscous.mean()), "dispersion": float(dispersed.mean())}
    return {name: share for name, share in shares.items() if share > _TOLD_FROM}


def _elder(depth: np.ndarray, manning_squared: np.ndarray) -> np.ndarray:
    friction_velocity = _SWIFT * np.sqrt(GRAVITY * manning_squared) / np.cbrt(np.sqrt(depth))
    return ELDER_ALONG * depth * friction_velocity
