"""The process that the time loop calls: schedule, wind sea, swell, and what both do to the bed."""

from __future__ import annotations

import math

import numpy as np

from twin_kernel.errors import InputError
from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.process import Amount, Site, Water
from twin_kernel.solvers.native.waves.fetch import FetchTable, fetch_table
from twin_kernel.solvers.native.waves.growth import LAWS, law_wind, wind_sea
from twin_kernel.solvers.native.waves.linear import (
    bed_stress,
    orbital_velocity,
    relative_depth,
    relative_sinh,
)
from twin_kernel.solvers.native.waves.options import WaveOptions
from twin_kernel.solvers.native.waves.swell import Paths, exposure, march_swell, swell_paths

__all__ = ["Waves"]

_CALM = 0.1  # m/s; a weaker wind raises no waves
_SHALLOWEST = 0.05  # m; thinner water carries no waves
_LATE = 1.0e-3  # s; times are sums of steps and may fall short of a multiple by a rounding
_REFERENCE = "waves.reference_depth"
_FIELDS = ("wave_height", "wave_period", "wave_bed_stress", "wave_orbital_velocity")


class Waves:
    """Waves raised by the wind, and swell, in every triangle.

    Parameters
    ----------
    site : Site
        ``boundary_faces`` is needed for swell only.
    options : WaveOptions

    Raises
    ------
    InputError
        Where swell is to enter through an open boundary that the site does not have.
    """

    name = "waves"
    tracers: tuple[str, ...] = ()
    shown = _FIELDS
    stations = _FIELDS

    def __init__(self, site: Site, options: WaveOptions) -> None:
        self._site, self._options = site, options
        self._law = LAWS[options.growth]
        if options.swell_height > 0.0:
            self._entrance()
        self._table: FetchTable | None = None
        self._paths: Paths | None = None
        self._swell, self._speed, self._sinh = np.zeros((3, len(site.x)))
        self._facing, self._faced = np.ones(len(site.x)), None

    def start(self, water: Water, tracers: dict[str, np.ndarray],
              memory: dict[str, np.ndarray]) -> None:
        """Add its fields to `memory` and fill them for the weather at the start."""
        level = np.where(water.depth > _SHALLOWEST, water.level, -np.inf)
        level = np.maximum(level, self._options.reference_level)
        memory[_REFERENCE] = level - water.bed
        for field in _FIELDS:
            memory[field] = np.zeros(len(water.depth))
        self._table = self._paths = self._faced = None
        self._evaluate(water, memory)

    def advance(self, water: Water, tracers: dict[str, np.ndarray],
                memory: dict[str, np.ndarray]) -> None:
        """Evaluate the waves anew where a multiple of the interval lies in the step."""
        interval = self._options.interval
        before = math.floor((water.time - water.dt + _LATE) / interval)
        if math.floor((water.time + _LATE) / interval) > before:
            self._evaluate(water, memory)

    def amounts(self, water: Water, tracers: dict[str, np.ndarray],
                memory: dict[str, np.ndarray]) -> dict[str, Amount]:
        """Return nothing: waves conserve nothing that is budgeted."""
        return {}

    def _evaluate(self, water: Water, memory: dict[str, np.ndarray]) -> None:
        options, weather = self._options, water.weather
        reference = memory[_REFERENCE]
        table = self._fetch(reference)
        wind_x, wind_y = weather.get("wind_x", 0.0), weather.get("wind_y", 0.0)
        speed = law_wind(options.growth, math.hypot(wind_x, wind_y))
        place = math.atan2(-wind_y, -wind_x) / (2.0 * math.pi) * options.directions
        first = math.floor(place)
        period = weather.get("swell_period", options.swell_period)
        self._march(weather.get("swell_height", options.swell_height), period,
                    weather.get("swell_from_direction", options.swell_from_direction),
                    water.depth, reference)
        one, two = first % options.directions, (first + 1) % options.directions
        _combine(
            speed, place - first, table.fetch[one], table.fetch[two], table.depth[one],
            table.depth[two], reference, water.depth, options.depth_along == "fetch", self._law,
            self._swell, self._facing, self._sinh, period, options.breaking,
            options.bed_roughness, options.water_density,
            *(memory[field] for field in _FIELDS))

    def _march(self, height: float, period: float, from_direction: float | None,
               depth: np.ndarray, reference: np.ndarray) -> None:
        if height <= 0.0:
            self._swell[:] = 0.0
            return
        options = self._options
        if self._paths is None:
            self._paths = swell_paths(self._site, reference, self._entrance())
        if from_direction is None:
            self._facing, self._faced = np.ones(len(depth)), None
        elif from_direction != self._faced:
            self._facing = exposure(self._fetch(reference).open_sea,
                                    math.radians(90.0 - from_direction), options.swell_spread)
            self._faced = from_direction
        paths = self._paths
        march_swell(height, period, depth, paths.order, paths.parent, paths.distance,
                    options.swell_friction, options.breaking, self._swell, self._speed, self._sinh)

    def _fetch(self, reference: np.ndarray) -> FetchTable:
        """Return the fetch, a function of site and memory alone: the same after a resume."""
        if self._table is None:
            options = self._options
            at_sea = np.zeros(len(reference), dtype=bool)
            if options.swell_from in self._site.boundary_faces:
                at_sea[self._site.boundary_faces[options.swell_from]] = True
            self._table = fetch_table(self._site, reference, at_sea, options.directions,
                                      options.spread, options.resolution)
        return self._table

    def _entrance(self) -> np.ndarray:
        known = self._site.boundary_faces
        name = self._options.swell_from
        if name not in known:
            raise InputError(
                "Swell is to enter through an open boundary that there is not",
                received=f"swell_from='{name}'", allowed=", ".join(known) or "none on this mesh",
                next_step="correct swell_from, or give no swell_height",
            )
        return known[name]


@njit(cache=True)
def _combine(speed, share, fetch_one, fetch_two, depth_one, depth_two, reference, depth, along,
             law, swell, facing, swell_sinh, swell_period, breaking, roughness, density,
             height, period, stress, velocity):
    """Fill the fields: equations (1) to (4) of the package, triangle by triangle."""
    for i in range(len(depth)):
        h = depth[i]
        height[i] = period[i] = stress[i] = velocity[i] = 0.0
        if h < _SHALLOWEST:
            continue
        wind_height, wind_period, wind_velocity = 0.0, 1.0, 0.0
        if speed > _CALM:
            fetch = (1.0 - share) * fetch_one[i] + share * fetch_two[i]
            growing = h
            if along:
                mean = (1.0 - share) * depth_one[i] + share * depth_two[i]
                growing = max(mean + h - reference[i], _SHALLOWEST)
            wind_height, wind_period = wind_sea(speed, growing, fetch, law)
            kh = relative_depth(2.0 * math.pi / wind_period, h)
            wind_velocity = orbital_velocity(wind_height, wind_period, relative_sinh(kh))
        swell_height, swell_velocity = swell[i] * facing[i], 0.0
        if swell_height > 0.0:
            swell_velocity = orbital_velocity(swell_height, swell_period, swell_sinh[i])
        both = math.sqrt(wind_height * wind_height + swell_height * swell_height)
        if both <= 0.0:
            continue
        kept = min(1.0, breaking * h / both)
        motion = kept * math.sqrt(wind_velocity**2 + swell_velocity**2)
        stroke = kept * math.sqrt((wind_velocity * wind_period) ** 2
                                  + (swell_velocity * swell_period) ** 2) / (2.0 * math.pi)
        height[i] = kept * both
        period[i] = wind_period if wind_height >= swell_height else swell_period
        velocity[i] = motion
        stress[i] = bed_stress(motion, stroke, roughness, density)
