"""Tide, discharge and sea level on the open boundaries, with their provenance."""

from twin_kernel.forcing.boundary import boundary_forcing
from twin_kernel.forcing.discharge import discharge_series
from twin_kernel.forcing.tide import predict_tide

__all__ = ["boundary_forcing", "discharge_series", "predict_tide"]
