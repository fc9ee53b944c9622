"""Tide, discharge, surge and weather that drive a river, with their provenance."""

from twin_kernel.forcing.boundary import boundary_forcing
from twin_kernel.forcing.concentrations import add_concentrations
from twin_kernel.forcing.discharge import discharge_series
from twin_kernel.forcing.grid_north import direction_on_grid, to_grid_north
from twin_kernel.forcing.surge import add_surge
from twin_kernel.forcing.tide import predict_tide
from twin_kernel.forcing.weather import weather_series

__all__ = [
    "add_concentrations", "add_surge", "boundary_forcing", "direction_on_grid",
    "discharge_series", "predict_tide", "to_grid_north", "weather_series",
]
