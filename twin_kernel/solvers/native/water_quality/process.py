"""The process that the time loop calls: options to rates, effluents, one step after another."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from twin_kernel.solvers.native.places import nearest_first, nearest_wet
from twin_kernel.solvers.native.process import Amount, Site, Water
from twin_kernel.solvers.native.water_quality.options import WaterQualityOptions
from twin_kernel.solvers.native.water_quality.oxygen import saturation, wind_velocity
from twin_kernel.solvers.native.water_quality.reactions import Rates, fill_saturation, react

__all__ = ["TERMS", "WaterQuality"]

FULL_MUD = 5.0  # kg/m2 of mud that make a muddy bed; indicative, a centimetre or two
TERMS = ("reaeration", "oxidation", "nitrification", "mud", "bed", "effluents")
"""Causes in the oxygen budget, in the order of the memory ``water_quality.oxygen_terms``."""

_DAY = 86400.0
_KILOGRAM = 1.0e-3  # per gram
_CONSTITUENTS = ("dissolved_oxygen", "dissolved_organic_carbon", "particulate_organic_carbon",
                 "ammonia", "nitrate")
_MUDS = ("mud", "mud_2", "mud_3")
_BUDGETS = {"oxygen": _CONSTITUENTS[:1], "organic_carbon": _CONSTITUENTS[1:3],
            "nitrogen": _CONSTITUENTS[3:]}
_TERMS, _PRODUCED = "water_quality.oxygen_terms", "water_quality.produced"
_WAITING = "water_quality.waiting"
_WIND = {"wind_x", "wind_y"}


def _rates(options: WaterQualityOptions) -> Rates:
    return Rates(
        oxidation=options.oxidation, oxidation_theta=math.log(options.oxidation_theta),
        hydrolysis=options.hydrolysis, hydrolysis_theta=math.log(options.hydrolysis_theta),
        nitrification=options.nitrification,
        nitrification_theta=math.log(options.nitrification_theta),
        mud=options.mud_oxidation * options.mud_carbon, mud_theta=math.log(options.mud_theta),
        bed_theta=math.log(options.bed_theta),
        settling=options.settling_velocity,
        current=float(options.current_reaeration == "oconnor_dobbins"),
        least_transfer=options.least_transfer,
        reaeration_theta=math.log(options.reaeration_theta),
        oxygen_for_carbon=options.oxygen_for_carbon,
        oxygen_for_nitrification=options.oxygen_for_nitrification)


class WaterQuality:
    """Oxygen and what uses it; conforms to ``native.process.Process``.

    It reads the tracers `temperature`, `salinity` and `mud` where they are; without them the water
    has the temperature of the options, is fresh, and is clear; all classes of mud ask for oxygen.
    Of the memory it reads `mud_on_bed` (n_face,) kg/m2 where it is. Of the weather it reads the
    wind; without it the air is calm. Its memory: `oxygen_saturation` (n_face,), and private,
    ``water_quality.oxygen_terms`` (6,) kg of oxygen since the start by the causes in `TERMS`,
    ``water_quality.produced`` (5,) kg of each constituent, and ``water_quality.waiting`` (n,)
    seconds that each effluent has been waiting for water.

    Parameters
    ----------
    site : Site
    options : WaterQualityOptions
    """

    name = "water_quality"
    tracers = _CONSTITUENTS
    shown = ("oxygen_saturation",)
    stations = (*_CONSTITUENTS, "oxygen_saturation")

    def __init__(self, site: Site, options: WaterQualityOptions) -> None:
        self._area, self._options = np.ascontiguousarray(site.area, dtype=float), options
        n = len(site.area)
        self._rates = _rates(options)
        self._temperature, self._nothing = np.full(n, options.temperature), np.zeros(n)
        self._demand = np.full(n, options.bed_demand)
        self._nearest = [nearest_first(site, (one.x, one.y), f"the effluent '{one.name}'")
                         for one in options.effluents]
        # kg/day, (n_effluent, 5)
        self._loads = np.array([[getattr(one, name) for name in _CONSTITUENTS]
                                for one in options.effluents]).reshape(-1, len(_CONSTITUENTS))
        self._terms, self._produced = np.zeros(5), np.zeros(len(_CONSTITUENTS))

    def start(self, water: Water, tracers: dict[str, np.ndarray],
              memory: dict[str, np.ndarray]) -> None:
        """Fill the water with the concentrations of the options."""
        temperature, salinity, _ = self._surroundings(tracers)
        for i in range(len(self._area)):
            tracers["dissolved_oxygen"][i] = (
                self._options.initial_saturation * saturation(temperature[i], salinity[i]))
        options = self._options
        salt = np.clip(salinity / options.ocean_salinity, 0.0, 1.0)
        for name in _CONSTITUENTS[1:]:
            fresh = getattr(options, f"initial_{name}")
            tracers[name][:] = fresh + salt * (options.initial_at_sea.get(name, fresh) - fresh)
        memory["oxygen_saturation"] = np.zeros(len(self._area))
        memory[_TERMS] = np.zeros(len(TERMS))
        memory[_PRODUCED] = np.zeros(len(_CONSTITUENTS))
        memory[_WAITING] = np.zeros(len(self._loads))
        self._show(tracers, memory)

    def advance(self, water: Water, tracers: dict[str, np.ndarray],
                memory: dict[str, np.ndarray]) -> None:
        """Let effluents in, then react and reaerate for ``water.dt``."""
        self._discharge(water, tracers, memory)
        wind = self._options.wind
        if not _WIND.isdisjoint(water.weather):
            wind = math.hypot(water.weather.get("wind_x", 0.0), water.weather.get("wind_y", 0.0))
        self._terms[:] = 0.0
        self._produced[:] = 0.0
        self._ask_of_the_bed(memory)
        react(tuple(tracers[name] for name in _CONSTITUENTS), self._surroundings(tracers),
              self._demand, water.volume, self._area, water.speed, self._rates,
              *wind_velocity(self._options.wind_reaeration, wind), water.dt / _DAY,
              self._terms, self._produced)
        memory[_TERMS][:5] += _KILOGRAM * self._terms
        memory[_PRODUCED] += _KILOGRAM * self._produced
        self._show(tracers, memory)

    def assumed(self, said: Collection[str]) -> dict[str, float]:
        """Return the constants that stand for what weather and tracers do not say, by field."""
        calm = self._options.wind_reaeration == "none" or not _WIND.isdisjoint(said)
        constants = {} if calm else {"wind_speed": self._options.wind}
        water = {"temperature": self._options.temperature, "salinity": 0.0}
        return constants | {name: one for name, one in water.items() if name not in said}

    def amounts(self, water: Water, tracers: dict[str, np.ndarray],
                memory: dict[str, np.ndarray]) -> dict[str, Amount]:
        """Return "oxygen", "organic_carbon" and "nitrogen", kg; the last two of C and of N."""
        produced = dict(zip(_CONSTITUENTS, memory[_PRODUCED], strict=True))
        return {
            budget: Amount(
                "kg", _KILOGRAM * sum(float(tracers[name] @ water.volume) for name in names),
                float(sum(produced[name] for name in names)), dict.fromkeys(names, _KILOGRAM))
            for budget, names in _BUDGETS.items()}

    def oxygen_terms(self, memory: dict[str, np.ndarray]) -> dict[str, float]:
        """Return the oxygen, kg since the start, that each of `TERMS` brought (under 0: used)."""
        return dict(zip(TERMS, map(float, memory[_TERMS]), strict=True))

    def _discharge(self, water: Water, tracers: dict[str, np.ndarray],
                   memory: dict[str, np.ndarray]) -> None:
        waiting = memory[_WAITING]
        waiting += water.dt
        for k, order in enumerate(self._nearest):
            i = nearest_wet(order, water.depth)
            if i < 0:
                continue
            load = self._loads[k] * (waiting[k] / _DAY)
            waiting[k] = 0.0
            for name, mass in zip(_CONSTITUENTS, load, strict=True):
                tracers[name][i] += mass / (_KILOGRAM * water.volume[i])
            memory[_PRODUCED] += load
            memory[_TERMS][5] += load[0]

    def _ask_of_the_bed(self, memory: dict[str, np.ndarray]) -> None:
        """Fill the demand of the bed, gO2/(m2 day) at 20 degC, by the mud that lies on it."""
        of_mud = self._options.mud_bed_demand
        if of_mud is not None and "mud_on_bed" in memory:
            bare = self._options.bed_demand
            self._demand[:] = bare + (of_mud - bare) * np.minimum(
                memory["mud_on_bed"] / FULL_MUD, 1.0)

    def _surroundings(self, tracers: dict[str, np.ndarray]) -> tuple[np.ndarray, ...]:
        muds = [tracers[name] for name in _MUDS if name in tracers]
        return (tracers.get("temperature", self._temperature),
                tracers.get("salinity", self._nothing),
                sum(muds[1:], muds[0]) if muds else self._nothing)

    def _show(self, tracers: dict[str, np.ndarray], memory: dict[str, np.ndarray]) -> None:
        temperature, salinity, _ = self._surroundings(tracers)
        fill_saturation(tracers["dissolved_oxygen"], temperature, salinity,
                        memory["oxygen_saturation"])
