"""Where viscosity and dispersion are less than what was asked for.

Both are explicit. Between two triangles `forces` and `dispersion` exchange no more than a step
bears, which for large coefficients on small triangles is less than they ask for.
"""

from __future__ import annotations

import numpy as np

from twin_kernel.solvers.native import dispersion, forces
from twin_kernel.solvers.native.model import Model
from twin_kernel.solvers.native.state import State

__all__ = ["limited_mixing"]

_TOLD_FROM = 0.01  # of the edges; under that a few small triangles mix less, and nobody sees it


def limited_mixing(model: Model, state: State) -> dict[str, float]:
    """Return the options that are limited, and on what part of the wet edges, 0 to 1.

    In this state, and for a whole time step: the parts that swift water divides a step into bear
    more.

    Parameters
    ----------
    model : Model
    state : State

    Returns
    -------
    dict of str to float
        ``eddy_viscosity``, ``dispersion``; without those that are limited on less than 1 %.
    """
    grid, options = model.grid, model.options
    inner = slice(grid.n_internal)
    left, right = grid.edge_left[inner], grid.edge_right[inner]
    level = model.levels(state)
    depth = np.minimum(level[left], level[right]) - model.bed.edge_bed[inner]
    wet = depth > 0.0
    least = np.minimum(state.volume[left], state.volume[right])[wet]
    per_coefficient = (grid.edge_length[inner] * depth / grid.edge_distance[inner])[wet]
    borne = {
        "eddy_viscosity": (options.eddy_viscosity, forces.STABLE),
        "dispersion": (max(options.dispersion_along, options.dispersion_across),
                       dispersion.STABLE * dispersion.MOST_SUBSTEPS / 3.0)}
    shares = {name: float(np.mean(asked * per_coefficient > stable * least / options.time_step))
              for name, (asked, stable) in borne.items() if asked > 0.0 and wet.any()}
    return {name: share for name, share in shares.items() if share > _TOLD_FROM}
