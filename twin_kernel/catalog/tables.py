"""Typed accessors: the entries of the catalogue under the names and units of the twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin_kernel.catalog.door import open_catalog
from twin_kernel.catalog.rivers import river_definition
from twin_kernel.errors import CatalogError

if TYPE_CHECKING:
    import geopandas
    import pandas as pd

__all__ = [
    "coast",
    "discharge_climatology",
    "gauge_constants",
    "ocean_boundary_constants",
    "outline",
    "river_sections",
    "tide_constants",
    "tide_gauges",
]


def tide_gauges() -> pd.DataFrame:
    """Return the tide gauges of the catalogue.

    Returns
    -------
    pandas.DataFrame
        Index ``name`` (proper name, e.g. "Ambès"). Columns: ``station_id``, ``longitude`` and
        ``latitude`` (degrees), ``on_estuary`` (bool: one of the gauges of the river definition),
        ``epoch_start``, ``epoch_end`` (dates of the observations), ``quality_accepted`` (bool, by
        the producer), ``mean_range`` (m, mean high water minus mean low water), ``mean_level``
        (m above the zero of that gauge, whose relation to other zeros is not known).
    """
    catalog = open_catalog()
    table = catalog.read("tide_gauges")
    names = catalog.metadata("tide_gauges")["names"]
    table = table.rename(columns={"lon": "longitude", "lat": "latitude"})
    table["name"] = table["station_id"].map(names)
    table["on_estuary"] = table["name"].isin(river_definition("gironde").gauges)
    table["mean_range"] = table["datum_MHW_m"] - table["datum_MLW_m"]
    table["mean_level"] = table["datum_MSL_m"]
    columns = [
        "station_id", "longitude", "latitude", "on_estuary", "epoch_start", "epoch_end",
        "quality_accepted", "mean_range", "mean_level",
    ]
    return table.set_index("name")[columns]


def tide_constants() -> pd.DataFrame:
    """Return the harmonic constants of all gauges.

    Returns
    -------
    pandas.DataFrame
        Columns ``gauge`` (proper name), ``constituent``, ``amplitude`` (m) and ``phase``
        (Greenwich phase lag, degrees, UTC).
    """
    catalog = open_catalog()
    table = catalog.read("tide_constants")
    names = catalog.metadata("tide_gauges")["names"]
    table["gauge"] = table["station_id"].map(names)
    table = table.rename(columns={"amplitude_m": "amplitude", "phase_deg_greenwich_lag": "phase"})
    return table[["gauge", "constituent", "amplitude", "phase"]]


def gauge_constants(gauge: str) -> pd.DataFrame:
    """Return the harmonic constants of one gauge.

    Parameters
    ----------
    gauge : str
        Proper name, e.g. "Ambès".

    Returns
    -------
    pandas.DataFrame
        Columns ``constituent``, ``amplitude`` (m), ``phase`` (Greenwich phase lag, degrees).

    Raises
    ------
    CatalogError
        Unknown gauge; the message lists those there are.
    """
    table = tide_constants()
    chosen = table[table["gauge"] == gauge]
    if chosen.empty:
        raise CatalogError(
            "unknown gauge", received=gauge, allowed=", ".join(table["gauge"].unique()),
            next_step="twin_kernel.catalog.tide_gauges()",
        )
    return chosen[["constituent", "amplitude", "phase"]].reset_index(drop=True)


def river_sections() -> pd.DataFrame:
    """Return the cross-sections by branch and distance from the mouth.

    Returns
    -------
    pandas.DataFrame
        Columns ``branch`` ("estuary", "garonne", "dordogne"), ``km_from_mouth`` (km), ``lon`` and
        ``lat`` (degrees), ``surface_km2``, ``width_m``, ``bed_mean_m`` and quantiles
        ``bed_p05_m`` … ``bed_p95_m`` (m, level of the source mesh, taken as mean sea level).
    """
    return open_catalog().read("river_sections")


def outline() -> geopandas.GeoDataFrame:
    """Return the outline of the estuary: polygons in longitude and latitude (EPSG:4326)."""
    return _layer("gironde_estuary_polygon")


def coast() -> geopandas.GeoDataFrame:
    """Return coast, islands and river centrelines (column ``kind``), EPSG:4326."""
    return _layer("gironde_coast_rivers_gshhg")


def _layer(layer: str) -> geopandas.GeoDataFrame:
    import geopandas  # heavy: only when a geometry is asked for

    collection = open_catalog().read("shoreline", layer=layer)
    return geopandas.GeoDataFrame.from_features(collection["features"], crs="EPSG:4326")


def discharge_climatology() -> pd.DataFrame:
    """Return indicative monthly mean discharges.

    Returns
    -------
    pandas.DataFrame
        Index ``month`` 1 to 12, columns ``garonne`` and ``dordogne`` (m3/s). The seasonal shape
        is a choice, the yearly mean is that of 2005–2014: see the entry's description.
    """
    return open_catalog().read("discharge_climatology").set_index("month").astype(float)


def ocean_boundary_constants(estimate: str | None = None) -> pd.DataFrame:
    """Return the tide to impose at the open ocean boundary. Derived data.

    Parameters
    ----------
    estimate : str, optional
        Which estimate; by default the one the catalogue recommends.

    Returns
    -------
    pandas.DataFrame
        Columns ``constituent``, ``amplitude`` (m), ``phase`` (Greenwich phase lag, degrees).
    """
    parameters = {"estimate": estimate} if estimate else {}
    return open_catalog().read("ocean_boundary_constants", **parameters)
