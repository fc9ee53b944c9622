"""The process: options to arrays, and one step after another (see the package header)."""

from __future__ import annotations

import numpy as np

from twin_kernel.errors import InputError
from twin_kernel.solvers.native.process import Amount, Site, Water
from twin_kernel.solvers.native.sediment import bed, column, sand, settling
from twin_kernel.solvers.native.sediment.options import MudClass, SandClass, SedimentOptions
from twin_kernel.solvers.native.sediment.works import Work

__all__ = ["Sediment"]

_CHANNEL = 2.0  # m; a pool lies in deeper water
# Suspended at the start, kg/m3, indicative: with the river's over the shelf too, half a million
# tonnes would leave by the ocean in the first week.
_IN_RIVER, _AT_SEA = 0.05, {"ocean": 0.001}
_MUD_BED, _SAND_BED = "sediment.mud_bed", "sediment.sand_bed"
_PRODUCED, _THICKNESS = "sediment.produced", "sediment.initial_thickness"


def _mud_record(one: MudClass, grain_density: float) -> tuple:
    constant = one.settling == "constant"
    hindered = one.hindered != "none"
    return (
        one.velocity if constant else one.floc_factor,
        0.0 if constant else one.floc_power,
        0.0 if constant else one.slowest,
        np.inf if constant else one.fastest,
        one.turbulence_growth if one.turbulence else 0.0,
        one.turbulence_breakage if one.turbulence else 0.0,
        one.gel_concentration if hindered else np.inf,
        grain_density,
        1.0 / one.deposition_stress if one.deposition == "krone" else 0.0,
        one.largest_near_bed if one.near_bed == "rouse" else 1.0,
        one.hindered == "winterwerp",
    )


def _sand_record(one: SandClass, options: SedimentOptions) -> tuple:
    density, grain = options.water_density, options.grain_density
    return (
        sand.fall_velocity(one.diameter, grain / density), one.diameter,
        sand.grain_size_number(one.diameter, grain / density),
        sand.critical_stress(one.diameter, density, grain), density, grain,
        one.law == "van_rijn", one.near_bed == "rouse",
    )


class Sediment:
    """Suspended sediment and its bed; conforms to ``native.process.Process``.

    Its memory: `bed_shear_stress` (Pa), `mud_on_bed` and `sand_on_bed` (kg/m2), and
    `bed_level_change` (m), all (n_face,); private, ``sediment.mud_bed`` (n_face, n_layer, n_mud)
    and ``sediment.sand_bed`` (n_face, 1, n_sand) in kg/m2, ``sediment.produced`` (n_class,) in kg
    and ``sediment.initial_thickness`` (n_face,) in m. It reads `wave_bed_stress` (Pa) for mud,
    `wave_orbital_velocity` (m/s) and `wave_period` (s) for sand, (n_face,) each, if there.

    Parameters
    ----------
    site : Site
    options : SedimentOptions

    Raises
    ------
    InputError
        Where an initial mass or an operation names a zone that the mesh has not, or a pool a
        salinity that there is not.
    """

    name = "sediment"

    def __init__(self, site: Site, options: SedimentOptions) -> None:
        self._site, self._options = site, options
        self._muds = tuple(one for one in options.classes if one.kind == "mud")
        self._sands = tuple(one for one in options.classes if one.kind == "sand")
        self._ordered = self._muds + self._sands
        self.tracers = tuple(one.name for one in self._ordered)
        self.shown = ("bed_shear_stress",
                      *(("mud_on_bed",) if self._muds else ()),
                      *(("sand_on_bed",) if self._sands else ()),
                      *(("bed_level_change",) if options.morphological_factor > 0.0 else ()))
        self.stations = (*self.tracers, "bed_shear_stress")
        self._mud_records = np.array(
            [_mud_record(one, options.grain_density) for one in self._muds], dtype=column.MUD)
        self._sand_records = np.array(
            [_sand_record(one, options) for one in self._sands], dtype=column.SAND)
        self._prepare_layers()
        self._table = settling.rouse_table()
        angle = np.radians(options.wave_angle)
        self._cosine, self._sine = float(np.cos(angle)), float(np.sin(angle))
        self._works = tuple(Work(site, one) for one in options.operations)
        self._friction_velocity, self._no_waves = np.zeros((2, len(site.area)))
        self._initial_bed = tuple(self._bed_of(one) for one in self._ordered)
        self._initial_water = tuple(self._water_of(one) for one in self._ordered)
        for one in self._muds:
            if one.pool is not None:
                self._ground_of(one)

    def _prepare_layers(self) -> None:
        layers = self._options.layers
        self._critical = np.array([one.erosion_stress for one in layers])
        self._rate = np.array([one.erosion_rate for one in layers])
        self._times = tuple(one.consolidation_time or np.inf for one in layers)
        self._mud_density = np.repeat(
            np.array([[one.dry_density] for one in layers]), len(self._muds), axis=1)
        self._sand_density = np.array([[one.dry_density for one in self._sands]])
        self._eroded = np.zeros(len(self._muds))

    def _bed_of(self, one: MudClass | SandClass) -> np.ndarray:
        """Return the (n_face,) mass at the start, kg/m2."""
        return self._by_zone(one.initial_bed, 0.0, f"bed of '{one.name}'", "initial_bed")

    def _ground_of(self, one: MudClass) -> np.ndarray:
        """Return where (n_face,) the salinity at the start lets the pool of a class lie."""
        salinity, (low, high) = self._site.salinity, one.pool.salinity
        ground = (np.zeros(len(self._site.area), dtype=bool) if salinity is None
                  else (salinity >= low) & (salinity <= high))
        if not ground.any():
            raise InputError(
                f"The pool of '{one.name}' has no place",
                received=f"salinity {low:g} to {high:g}",
                allowed="not known" if salinity is None
                else f"{salinity.min():.3g} to {salinity.max():.3g} at the start",
                next_step="give another salinity of the pool, or initial_bed by zone")
        return ground

    def _pool_of(self, one: MudClass, water: Water) -> np.ndarray:
        """Return the (n_face,) mass of the pool of a class, kg/m2."""
        ground = self._ground_of(one)
        deep = ground & (water.depth > _CHANNEL)
        place = deep if deep.any() else ground
        return np.where(place, one.pool.mass / self._site.area[place].sum(), 0.0)

    def _water_of(self, one: MudClass | SandClass) -> np.ndarray:
        """Return the (n_face,) concentration at the start, kg/m3."""
        given, known = one.initial, self._site.zone_names
        if given is None:
            given = {zone: clear for zone, clear in _AT_SEA.items() if zone in known}
            return self._by_zone(given, _IN_RIVER, f"water of '{one.name}'", "initial")
        named = given if isinstance(given, dict) else {}
        return self._by_zone(named, 0.0 if isinstance(given, dict) else given,
                             f"water of '{one.name}'", "initial")

    def _by_zone(self, given: dict[str, float], elsewhere: float, what: str,
                 option: str) -> np.ndarray:
        """Return (n_face,) values given by zone."""
        site = self._site
        values = np.full(len(site.area), float(elsewhere))
        for zone, value in given.items():
            if zone not in site.zone_names:
                raise InputError(
                    f"The mesh has no such zone for the initial {what}",
                    received=zone, allowed=", ".join(site.zone_names),
                    next_step=f"correct {option} in the sediment options")
            values[site.zone == site.zone_names.index(zone)] = value
        return values

    def start(self, water: Water, tracers: dict[str, np.ndarray],
              memory: dict[str, np.ndarray]) -> None:
        """Fill the tracers with their initial concentrations and lay the bed."""
        n, layers = len(self._site.area), self._options.layers
        for one, concentration in zip(self._ordered, self._initial_water, strict=True):
            tracers[one.name][:] = concentration
        memory["bed_shear_stress"] = np.zeros(n)
        memory["bed_level_change"] = np.zeros(n)
        memory[_PRODUCED] = np.zeros(len(self._ordered))
        if self._muds:
            memory["mud_on_bed"] = np.zeros(n)
            memory[_MUD_BED] = np.zeros((n, len(layers), len(self._muds)))
        if self._sands:
            memory["sand_on_bed"] = np.zeros(n)
            memory[_SAND_BED] = np.zeros((n, 1, len(self._sands)))
        for one, mass in zip(self._ordered, self._initial_bed, strict=True):
            masses, j = self._place(one.name, memory)
            masses[:, self._options.initial_layer if one.kind == "mud" else 0, j] = mass
            if one.kind == "mud" and one.pool is not None:
                masses[:, self._options.initial_layer, j] += self._pool_of(one, water)
        self._fill_stresses(water, memory)
        memory[_THICKNESS] = self._sum_bed(memory)

    def advance(self, water: Water, tracers: dict[str, np.ndarray],
                memory: dict[str, np.ndarray]) -> None:
        """Advance concentrations and bed by ``water.dt``, in place."""
        factor = self._options.morphological_factor
        self._work(water, tracers, memory)
        self._fill_stresses(water, memory)
        if factor in (0.0, 1.0):
            self._exchange(water, tracers, memory)
        else:
            self._exchange_hastened(factor, water, tracers, memory)
        thickness = self._sum_bed(memory)
        if factor > 0.0:
            np.subtract(thickness, memory[_THICKNESS], out=memory["bed_level_change"])

    def _exchange(self, water: Water, tracers: dict[str, np.ndarray],
                  memory: dict[str, np.ndarray]) -> None:
        area, options = self._site.area, self._options
        if self._muds:
            column.exchange_mud(
                tuple(tracers[one.name] for one in self._muds), memory[_MUD_BED],
                self._mud_records, water.volume, area, water.speed, memory["bed_shear_stress"],
                self._friction_velocity, self._critical, self._rate,
                bed.passed_down(self._times, water.dt), self._table, water.dt, self._eroded)
        if self._sands:
            column.exchange_sand(
                tuple(tracers[one.name] for one in self._sands), memory[_SAND_BED],
                self._sand_records, water.volume, area, water.speed, water.manning_squared,
                memory.get("wave_orbital_velocity", self._no_waves),
                memory.get("wave_period", self._no_waves),
                self._friction_velocity, options.dry_depth, self._table, water.dt)

    def _exchange_hastened(self, factor: float, water: Water, tracers: dict[str, np.ndarray],
                           memory: dict[str, np.ndarray]) -> None:
        """Exchange with a bed of 1/f of the mass, and have f times its change: (6).

        What so appears or is lost on the bed beyond the exchange with the water is counted as
        produced.
        """
        beds = [memory[key] for key in (_MUD_BED, _SAND_BED) if key in memory]
        for masses in beds:
            masses /= factor
        before = self._on_bed(beds)
        self._exchange(water, tracers, memory)
        memory[_PRODUCED] += (factor - 1.0) * (self._on_bed(beds) - before)
        for masses in beds:
            masses *= factor

    def _on_bed(self, beds: list[np.ndarray]) -> np.ndarray:
        """Return the mass of each class, (n_class,) kg, muds first."""
        return np.concatenate([np.einsum("ilj,i->j", masses, self._site.area) for masses in beds])

    def amounts(self, water: Water, tracers: dict[str, np.ndarray],
                memory: dict[str, np.ndarray]) -> dict[str, Amount]:
        """Return "mud" and "sand", kg in water and on the bed, of those there are."""
        found = {}
        for kind, classes in (("mud", self._muds), ("sand", self._sands)):
            if not classes:
                continue
            present = float(np.sum(memory[f"{kind}_on_bed"] * self._site.area))
            present += sum(float(np.sum(tracers[one.name] * water.volume)) for one in classes)
            produced = sum(float(memory[_PRODUCED][self._ordered.index(one)]) for one in classes)
            found[kind] = Amount("kg", present, produced, {one.name: 1.0 for one in classes})
        return found

    def _place(self, name: str, memory: dict[str, np.ndarray]) -> tuple[np.ndarray, int]:
        """Return the bed that holds a class, and its number there."""
        for key, classes in ((_MUD_BED, self._muds), (_SAND_BED, self._sands)):
            for j, one in enumerate(classes):
                if one.name == name:
                    return memory[key], j
        raise KeyError(name)

    def _work(self, water: Water, tracers: dict[str, np.ndarray],
              memory: dict[str, np.ndarray]) -> None:
        pace = self._options.morphological_factor or 1.0
        for work in self._works:
            seconds = work.seconds(water.instant, water.dt)
            if seconds > 0.0:
                name = work.operation.sediment
                masses, j = self._place(name, memory)
                memory[_PRODUCED][self.tracers.index(name)] += work.act(
                    tracers[name], masses, j, water.volume, seconds, pace)

    def _fill_stresses(self, water: Water, memory: dict[str, np.ndarray]) -> None:
        options = self._options
        column.fill_stresses(
            water.volume, self._site.area, water.speed, water.manning_squared,
            memory.get("wave_bed_stress", self._no_waves),
            options.bed_roughness or 0.0, options.water_density, options.dry_depth, self._cosine,
            self._sine, memory["bed_shear_stress"], self._friction_velocity)

    def _sum_bed(self, memory: dict[str, np.ndarray]) -> np.ndarray:
        """Fill the masses on the bed; return its (n_face,) thickness, m."""
        thickness = np.zeros(len(self._site.area))
        if self._muds:
            column.sum_bed(memory[_MUD_BED], self._mud_density, memory["mud_on_bed"], thickness)
        if self._sands:
            column.sum_bed(memory[_SAND_BED], self._sand_density, memory["sand_on_bed"], thickness)
        return thickness
