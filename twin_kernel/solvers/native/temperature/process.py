"""The process that the time loop calls: the weather to fluxes, one step after another."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from twin_kernel.solvers.native.process import Amount, Site, Water
from twin_kernel.solvers.native.temperature.options import TemperatureOptions
from twin_kernel.solvers.native.temperature.sun import at_the_surface
from twin_kernel.solvers.native.temperature.surface import (
    HEAT_CAPACITY,
    Air,
    air,
    exchange,
    vapour_pressure,
)

__all__ = ["Temperature"]

_PRODUCED = "temperature.produced"


class Temperature:
    """Temperature of the water; conforms to ``native.process.Process``.

    It reads the tracer `salinity` where it is, for the start and for the freezing point. Its
    memory, private: ``temperature.produced`` (1,) J taken in through the surface since the start.

    Parameters
    ----------
    site : Site
    options : TemperatureOptions
    """

    name = "temperature"
    tracers = ("temperature",)
    shown: tuple[str, ...] = ()
    stations = ("temperature",)

    def __init__(self, site: Site, options: TemperatureOptions) -> None:
        self._area, self._options = np.ascontiguousarray(site.area, dtype=float), options
        self._latitude, self._fresh = site.latitude, np.zeros(len(site.area))

    def start(self, water: Water, tracers: dict[str, np.ndarray],
              memory: dict[str, np.ndarray]) -> None:
        """Give the water the temperature of the options."""
        options = self._options
        tracers["temperature"][:] = options.initial
        if options.initial_fresh is not None and "salinity" in tracers:
            fresh = 1.0 - np.clip(tracers["salinity"] / options.ocean_salinity, 0.0, 1.0)
            tracers["temperature"] += fresh * (options.initial_fresh - options.initial)
        memory[_PRODUCED] = np.zeros(1)

    def advance(self, water: Water, tracers: dict[str, np.ndarray],
                memory: dict[str, np.ndarray]) -> None:
        """Exchange heat through the surface for ``water.dt``."""
        memory[_PRODUCED][0] += exchange(
            tracers["temperature"], tracers.get("salinity", self._fresh), water.volume, self._area,
            self.air(water), self._options.method == "full", self._options.least_depth, water.dt)

    def amounts(self, water: Water, tracers: dict[str, np.ndarray],
                memory: dict[str, np.ndarray]) -> dict[str, Amount]:
        """Return "heat", J over water at 0 degC."""
        present = HEAT_CAPACITY * float(tracers["temperature"] @ water.volume)
        return {"heat": Amount("J", present, float(memory[_PRODUCED][0]),
                               {"temperature": HEAT_CAPACITY})}

    def assumed(self, weather: Collection[str]) -> dict[str, float]:
        """Return the constants that stand for what the weather does not say, by field."""
        options = self._options
        constants = {"air_temperature": options.air_temperature,
                     "relative_humidity": options.relative_humidity,
                     "cloud_cover": options.cloud_cover}
        if not {"wind_x", "wind_y"} & set(weather):
            constants["wind_speed"] = options.wind
        return {name: value for name, value in constants.items() if name not in weather}

    def air(self, water: Water) -> Air:
        """Return the air above the river in the middle of the step."""
        options, weather = self._options, water.weather
        temperature = weather.get("air_temperature", options.air_temperature)
        humidity = weather.get("relative_humidity", options.relative_humidity)
        clouds = weather.get("cloud_cover", options.cloud_cover)
        wind = options.wind
        if "wind_x" in weather or "wind_y" in weather:
            wind = math.hypot(weather.get("wind_x", 0.0), weather.get("wind_y", 0.0))
        sun = weather.get("shortwave")
        if sun is None:
            middle = water.instant - np.timedelta64(round(0.5e9 * water.dt), "ns")
            sun = at_the_surface(middle, self._latitude, options.longitude,
                                 humidity * float(vapour_pressure(temperature)), clouds)
        return air(temperature, humidity, clouds, wind, (1.0 - options.albedo) * sun)
