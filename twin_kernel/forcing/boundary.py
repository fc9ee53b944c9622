"""Forcing of the open boundaries of a river, in the form a solver reads (`Setup.forcing`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from twin_kernel.catalog import OpenBoundary, RiverDefinition, open_catalog, river_definition
from twin_kernel.errors import ForcingError
from twin_kernel.forcing.discharge import discharge_series
from twin_kernel.forcing.periods import to_period
from twin_kernel.forcing.provenance import forcing_provenance
from twin_kernel.forcing.tide import predict_tide

__all__ = ["MAXIMUM_OFFSET", "boundary_forcing"]

MAXIMUM_OFFSET = 5.0
"""Largest sea-level offset accepted, m: twice the largest surge known at Bordeaux (2.45 m)."""


def boundary_forcing(
    river: str | RiverDefinition,
    start: Any,
    stop: Any,
    *,
    discharge: Mapping[str, Any] | None = None,
    sea_level_offset: float = 0.0,
    ocean_salinity: float = 35.0,
    river_salinity: float = 0.0,
    constants: pd.DataFrame | None = None,
    interval: float = 300.0,
) -> xr.Dataset:
    """Return water level and discharge imposed at the open boundaries of a river.

    Parameters
    ----------
    river : str or RiverDefinition
        Name of a river of the catalogue, or its definition.
    start, stop : str, datetime, numpy.datetime64
        Period, UTC; both ends included.
    discharge : mapping of str to (float, "climatology", path or pandas.Series), optional
        For each river boundary, see `discharge_series`; "climatology" where not given.
    sea_level_offset : float
        Added to the tide, m (sea-level rise, surge), −5 to 5.
    ocean_salinity, river_salinity : float
        Salinity of entering water, practical scale, 0 to 42.
    constants : pandas.DataFrame, optional
        Tide to impose instead of the catalogue's: ``constituent``, ``amplitude`` (m), ``phase``
        (degrees).
    interval : float
        Time between two values, s, 10 to 3600. Linear interpolation over 300 s is exact to
        2 × 10⁻⁴ of the amplitude of M2.

    Returns
    -------
    xarray.Dataset
        As documented in `twin_kernel.solvers.protocol.Setup`: dimensions (boundary, time);
        ``kind``, ``value``, ``salinity``; attributes with the provenance of each value.

    Raises
    ------
    ForcingError
        Any value outside its range, a period that does not advance, an unknown boundary.
    CatalogError
        Unknown river.
    """
    definition = river if isinstance(river, RiverDefinition) else river_definition(river)
    first, last = to_period(start, stop)
    _in_range("sea_level_offset", sea_level_offset, -MAXIMUM_OFFSET, MAXIMUM_OFFSET, "m")
    _in_range("ocean_salinity", ocean_salinity, 0.0, 42.0, "on the practical scale")
    _in_range("river_salinity", river_salinity, 0.0, 42.0, "on the practical scale")
    _in_range("interval", interval, 10.0, 3600.0, "s")
    given = _complete(definition, discharge or {})
    times = _instants(first, last, interval)
    values, origins = [], {}
    for name, boundary in definition.boundaries.items():
        if boundary.kind == "water_level":
            tide, origins[name] = _tide(boundary, constants, times, definition.latitude)
            values.append(tide + float(sea_level_offset))
        else:
            series, sentence = discharge_series(given[name], times, name, boundary.climatology)
            values.append(series)
            typical = isinstance(given[name], str) and given[name] == "climatology"
            origins[name] = (boundary.climatology if typical else None, sentence)
    kinds = [boundary.kind for boundary in definition.boundaries.values()]
    salinity = [ocean_salinity if kind == "water_level" else river_salinity for kind in kinds]
    return xr.Dataset(
        {
            "kind": ("boundary", np.array(kinds)),
            "value": (("boundary", "time"), np.array(values),
                      {"units": "m (water_level) or m3 s-1 (discharge)"}),
            "salinity": ("boundary", np.array(salinity, float), {"units": "1"}),
        },
        coords={"boundary": list(definition.boundaries), "time": times},
        attrs=forcing_provenance(definition, origins, float(sea_level_offset)),
    )


def _tide(
    boundary: OpenBoundary, constants: pd.DataFrame | None, times: np.ndarray, latitude: float
) -> tuple[np.ndarray, tuple[str | None, str]]:
    """Return the tide (m) and, for the provenance, its catalogue entry and a sentence."""
    if constants is None:
        entry, table = boundary.constants, open_catalog().read(boundary.constants)
    else:
        entry, table = None, constants
    listed = ", ".join(table["constituent"]) if "constituent" in table else ""
    return predict_tide(table, times, latitude), (entry, f"tide of the constituents {listed}")


def _complete(definition: RiverDefinition, discharge: Mapping[str, Any]) -> dict[str, Any]:
    rivers = [name for name, item in definition.boundaries.items() if item.kind == "discharge"]
    unknown = [name for name in discharge if name not in rivers]
    if unknown:
        raise ForcingError(
            f"'{definition.name}' has no river boundary of this name",
            received=", ".join(map(str, unknown)), allowed=", ".join(rivers),
            next_step="discharge={'" + rivers[0] + "': 120.0}",
        )
    return {name: discharge.get(name, "climatology") for name in rivers}


def _in_range(what: str, value: Any, low: float, high: float, unit: str) -> None:
    number = isinstance(value, int | float | np.integer | np.floating)
    if isinstance(value, bool) or not number or not low <= value <= high:
        raise ForcingError(
            f"{what} is out of range", received=value, allowed=f"{low:g} to {high:g} {unit}",
            next_step=f"give {what} as a number in this range",
        )


def _instants(first: np.datetime64, last: np.datetime64, interval: float) -> np.ndarray:
    """Return instants from first to last; the end is added where it falls between two."""
    step = np.timedelta64(round(interval * 1e9), "ns")
    times = np.arange(first, last + np.timedelta64(1, "ns"), step)
    return times if times[-1] == last else np.append(times, last)
