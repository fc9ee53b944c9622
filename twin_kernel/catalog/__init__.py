"""Finds, verifies and opens the data of producers: the twin's one door on Intake."""

from twin_kernel.catalog.door import Catalog, open_catalog
from twin_kernel.catalog.meshes import river_mesh
from twin_kernel.catalog.rivers import (
    OpenBoundary,
    RiverDefinition,
    Zone,
    river_definition,
    river_names,
)
from twin_kernel.catalog.tables import (
    coast,
    discharge_climatology,
    gauge_constants,
    ocean_boundary_constants,
    outline,
    river_sections,
    tide_constants,
    tide_gauges,
)

__all__ = [
    "Catalog",
    "OpenBoundary",
    "RiverDefinition",
    "Zone",
    "coast",
    "discharge_climatology",
    "gauge_constants",
    "ocean_boundary_constants",
    "open_catalog",
    "outline",
    "river_definition",
    "river_mesh",
    "river_names",
    "river_sections",
    "tide_constants",
    "tide_gauges",
]
