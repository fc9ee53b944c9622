"""What enters with the water at the open boundaries besides salt: heat, mud, oxygen, …"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from twin_kernel.catalog import RiverDefinition
from twin_kernel.errors import ForcingError
from twin_kernel.forcing.series import monthly_values
from twin_kernel.variables import VARIABLES

__all__ = ["add_concentrations"]


def add_concentrations(
    forcing: xr.Dataset, river: RiverDefinition,
    given: Mapping[str, Mapping[str, float | Sequence[float]]] | None = None,
) -> xr.Dataset:
    """Return the forcing with a variable for each tracer that enters.

    Parameters
    ----------
    forcing : xarray.Dataset
        Of `boundary_forcing`.
    river : RiverDefinition
        Its boundaries say the concentrations that are usual.
    given : mapping of str to (mapping of str to (float or 12 floats)), optional
        By boundary and tracer, in place of the usual: a constant, or monthly means, in the
        units of ``VARIABLES``.

    Raises
    ------
    ForcingError
        Unknown boundary or tracer, values out of range.
    """
    given = given or {}
    _check(given, river)
    table = {name: {**boundary.concentrations, **given.get(name, {})}
             for name, boundary in river.boundaries.items()}
    times = forcing["time"].values
    found = {}
    for tracer in sorted({tracer for values in table.values() for tracer in values}):
        rows = [_series(table[str(name)][tracer], times) if tracer in table[str(name)]
                else _held(forcing, tracer, name) for name in forcing["boundary"].values]
        found[tracer] = (("boundary", "time"), np.array(rows), VARIABLES[tracer].attributes())
    return forcing.assign(found)


def _held(forcing: xr.Dataset, tracer: str, boundary: str) -> np.ndarray:
    """Return what the forcing says already, as of the ocean's salt; nothing elsewhere."""
    if tracer not in forcing:
        return np.zeros(forcing.sizes["time"])
    held = forcing[tracer].sel(boundary=boundary)
    return held.broadcast_like(forcing["time"]).values.astype(float)


def _series(value: float | Sequence[float], times: np.ndarray) -> np.ndarray:
    if isinstance(value, int | float):
        return np.full(len(times), float(value))
    return monthly_values(value, times)


def _check(given: Mapping, river: RiverDefinition) -> None:
    for boundary, values in given.items():
        if boundary not in river.boundaries:
            raise ForcingError(f"'{river.name}' has no boundary of this name", received=boundary,
                               allowed=", ".join(river.boundaries),
                               next_step="give concentrations by boundary, then by tracer")
        for tracer, value in values.items():
            if tracer not in VARIABLES:
                raise ForcingError("unknown tracer", received=tracer,
                                   allowed="a tracer of the processes of the case",
                                   next_step=f"correct concentrations['{boundary}']")
            variable = VARIABLES[tracer]
            low, high = variable.valid_range
            numbers = np.atleast_1d(np.asarray(value, dtype=float))
            if len(numbers) not in (1, 12) or not np.all((numbers >= low) & (numbers <= high)):
                raise ForcingError(
                    f"the {tracer} of water entering at '{boundary}' is refused", received=value,
                    allowed=f"a number or 12 monthly means, {low:g} to {high:g} {variable.units}"
                    .removesuffix(" 1"),
                    next_step=f"correct concentrations['{boundary}']['{tracer}']")
