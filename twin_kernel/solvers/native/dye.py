r"""Virtual dye, and how long water stays: age, residence and flushing.

Equations
---------
.. math::

   \mathrm{d}c_k/\mathrm{d}t &= -\lambda_k c_k + \text{releases}                        \quad (1)

   \mathrm{d}c/\mathrm{d}t &= 0, \qquad \mathrm{d}\alpha/\mathrm{d}t = c, \qquad a = \alpha/c
                                                                                         \quad (2)

   m(t)/m(0) &= 1/e \quad\text{at}\quad t = T                                           \quad (3)

(1) each dye k, kg/m3, decays at lambda_k, 1/day; a release brings its mass evenly between two
times, at a point (the nearest triangle that has water) or mixed in the water of a zone. What finds
no water waits. (2) the constituent-oriented theory of age of Delhez et al. (1999) and Deleersnijder
et al. (2001): c, tracer `marked_water`, is the part of the water that entered marked; alpha, tracer
`age_concentration`, its age concentration, s; a, field `water_age`, the time since it entered, s.
**Water is marked where it enters: the forcing must give a variable named `marked_water`, 1 at the
boundary whose water is followed and 0 at the others, and `age_concentration`, 0 at all.** At first
no water is marked. (3) residence: all water of the chosen zones is dyed 1 at the start (tracer
`residence_dye`, 0 for entering water); T, the e-folding time, is when the part of this dye that is
left in these zones falls under 1/e for the last time of the run (remnant function of Takeoka 1984):
what leaves with the ebb comes back with the flood, so a first time would be that of an ebb. There
is no T while more is left, and a run should outlast it by two tides. The field `flushing_time`, s,
is the last time at which a triangle of these zones held more than 1/e.

Integration: (1) without release, and (2) for the c of the step, are exact.

References
----------
Deleersnijder, E., Campin, J.-M. & Delhez, E. J. M. (2001), J. Mar. Syst. 28, 229-267.
Delhez, E. J. M., Campin, J.-M., Hirst, A. C. & Deleersnijder, E. (1999), Ocean Model. 1, 17-27.
Takeoka, H. (1984), Cont. Shelf Res. 3, 311-326.
"""

from __future__ import annotations

import math
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from twin_kernel.errors import InputError
from twin_kernel.solvers.native.compiling import njit
from twin_kernel.solvers.native.places import SHALLOWEST, nearest_first, nearest_wet
from twin_kernel.solvers.native.process import Amount, Site, Water

__all__ = ["Dye", "DyeOptions", "Release"]

_DAY = 86400.0
_E_FOLDING = math.exp(-1.0)
_NOT_YET = -1.0  # s; of a residence that is still going on
_LEAST_MARKED = 1.0e-6  # part of the water under which its age is that of rounding
_RELEASED, _PRODUCED, _RESIDENCE = "dye.released", "dye.produced", "dye.residence"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Release(_Frozen):
    """Dye put in the water.

    Attributes
    ----------
    tracer : str
        "dye_1" to "dye_6"; releases may share one.
    mass : float
        kg.
    x, y : float, optional
        In the projection of the mesh, m; either these or `zone`.
    zone : str, optional
    start, duration : float
        s since the start of the run, and s; 0 for all at once.
    decay : float
        1/day; the same for all releases of a tracer.
    """

    tracer: str = Field(default="dye_1", pattern="^dye_[1-6]$")
    mass: float = Field(gt=0.0, le=1.0e12)
    x: float | None = None
    y: float | None = None
    zone: str | None = None
    start: float = Field(default=0.0, ge=0.0)
    duration: float = Field(default=0.0, ge=0.0)
    decay: float = Field(default=0.0, ge=0.0, le=1.0e4)

    @model_validator(mode="after")
    def _placed(self) -> Self:
        point = (self.x is not None, self.y is not None)
        if point != ((self.zone is None),) * 2:
            raise ValueError("a release has either x and y, or a zone")
        return self


class DyeOptions(_Frozen):
    """What is followed.

    Attributes
    ----------
    releases : tuple of Release
    water_age : bool
        Whether the age of marked water is computed; see the head of the module for the forcing.
    residence_zones : tuple of str
        Zones whose first water is dyed; none: no residence is computed.
    """

    releases: tuple[Release, ...] = ()
    water_age: bool = False
    residence_zones: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _something_to_follow(self) -> Self:
        if not (self.releases or self.water_age or self.residence_zones):
            raise ValueError("nothing to follow: give releases, such as [{'mass': 100, 'zone': "
                             "'garonne'}], water_age or residence_zones")
        return self

    @model_validator(mode="after")
    def _one_decay_each(self) -> Self:
        decays: dict[str, float] = {}
        for one in self.releases:
            if decays.setdefault(one.tracer, one.decay) != one.decay:
                raise ValueError(f"releases of {one.tracer} have different decays")
        return self


@njit(cache=True)
def _decay(value, volume, left):
    """Multiply `value` (n_face,) by `left`; return the amount lost."""
    lost = 0.0
    for i in range(len(value)):
        after = value[i] * left
        lost += (value[i] - after) * volume[i]
        value[i] = after
    return lost


@njit(cache=True)
def _grow_old(marked, concentration, dt, age):
    """Advance (2) and fill `age`, s."""
    for i in range(len(marked)):
        concentration[i] += marked[i] * dt
        age[i] = concentration[i] / marked[i] if marked[i] >= _LEAST_MARKED else 0.0


@njit(cache=True)
def _flush(dye, time, inside, flushing):
    """Note `time` for the triangles `inside` that hold more than 1/e."""
    for i in range(len(dye)):
        if inside[i] and dye[i] > _E_FOLDING:
            flushing[i] = time


class Dye:
    """Dye, age and residence; conforms to ``native.process.Process``.

    Its memory: `water_age` and `flushing_time` (n_face,) s; private, ``dye.released`` (n_release,)
    kg, ``dye.produced`` (n_tracer,) kg of each dye, and ``dye.residence`` (3,): the first m3 of
    dyed water in the zones, the part that is left, and the e-folding time, s, -1 while more than
    1/e is left.

    Parameters
    ----------
    site : Site
    options : DyeOptions

    Raises
    ------
    InputError
        For a zone that the mesh has not.
    """

    name = "dye"

    def __init__(self, site: Site, options: DyeOptions) -> None:
        self._site, self._options = site, options
        self._decays = {one.tracer: one.decay for one in options.releases}
        self._dyes = tuple(sorted(self._decays))
        age = ("marked_water", "age_concentration") if options.water_age else ()
        residence = ("residence_dye",) if options.residence_zones else ()
        self.tracers = (*self._dyes, *age, *residence)
        self.shown = (*(("water_age",) if age else ()), *(("flushing_time",) if residence else ()))
        self.stations = (*self.tracers, *self.shown)
        self._places = [self._place(one) for one in options.releases]
        self._inside = np.zeros(len(site.area), dtype=bool)
        for zone in options.residence_zones:
            self._inside |= self._zone(zone)

    def _zone(self, zone: str) -> np.ndarray:
        """Return the (n_face,) triangles of a zone."""
        if zone not in self._site.zone_names:
            raise InputError("The mesh has no such zone for the dye", received=zone,
                             allowed=", ".join(self._site.zone_names),
                             next_step="correct the zone in the dye options")
        return self._site.zone == self._site.zone_names.index(zone)

    def _place(self, one: Release) -> np.ndarray:
        """Return the triangles of the zone (bool), or all from the nearest on (int64)."""
        if one.zone is not None:
            return self._zone(one.zone)
        return nearest_first(self._site, (one.x, one.y), f"the release of {one.tracer}")

    def start(self, water: Water, tracers: dict[str, np.ndarray],
              memory: dict[str, np.ndarray]) -> None:
        """Dye the water of the residence zones; releases begin with the first step."""
        n = len(self._site.area)
        memory[_RELEASED] = np.zeros(len(self._places))
        memory[_PRODUCED] = np.zeros(len(self._dyes))
        if self._options.water_age:
            memory["water_age"] = np.zeros(n)
        if self._options.residence_zones:
            tracers["residence_dye"][self._inside] = 1.0
            memory["flushing_time"] = np.zeros(n)
            memory[_RESIDENCE] = np.array([water.volume[self._inside].sum(), 1.0, _NOT_YET])

    def advance(self, water: Water, tracers: dict[str, np.ndarray],
                memory: dict[str, np.ndarray]) -> None:
        """Decay, release, grow old and look what is left, for ``water.dt``."""
        for k, name in enumerate(self._dyes):
            if self._decays[name] > 0.0:
                left = math.exp(-self._decays[name] * water.dt / _DAY)
                memory[_PRODUCED][k] -= _decay(tracers[name], water.volume, left)
        for k, one in enumerate(self._options.releases):
            self._release(k, one, water, tracers[one.tracer], memory)
        if self._options.water_age:
            _grow_old(tracers["marked_water"], tracers["age_concentration"], water.dt,
                      memory["water_age"])
        if self._options.residence_zones:
            self._reside(water, tracers["residence_dye"], memory)

    def amounts(self, water: Water, tracers: dict[str, np.ndarray],
                memory: dict[str, np.ndarray]) -> dict[str, Amount]:
        """Return each dye, kg, and marked and residence water, m3; age is not conserved."""
        found = {
            name: Amount("kg", float(tracers[name] @ water.volume),
                         float(memory[_PRODUCED][k]), {name: 1.0})
            for k, name in enumerate(self._dyes)}
        for name in ("marked_water", "residence_dye"):
            if name in self.tracers:
                found[name] = Amount("m3", float(tracers[name] @ water.volume), 0.0, {name: 1.0})
        return found

    def _release(self, k: int, one: Release, water: Water, dye: np.ndarray,
                 memory: dict[str, np.ndarray]) -> None:
        """Bring what is due at the end of the step and is not yet in the water."""
        passed = water.time - one.start
        if passed < 0.0:
            return
        due = one.mass * (min(1.0, passed / one.duration) if one.duration > 0.0 else 1.0)
        mass = due - memory[_RELEASED][k]
        if mass <= 0.0:
            return
        if one.zone is None:
            i = nearest_wet(self._places[k], water.depth)
            if i < 0:
                return
            dye[i] += mass / water.volume[i]
        else:
            wet = self._places[k] & (water.depth >= SHALLOWEST)
            volume = float(water.volume[wet].sum())
            if volume <= 0.0:
                return
            dye[wet] += mass / volume
        memory[_RELEASED][k] = due
        memory[_PRODUCED][self._dyes.index(one.tracer)] += mass

    def _reside(self, water: Water, dye: np.ndarray, memory: dict[str, np.ndarray]) -> None:
        _flush(dye, water.time, self._inside, memory["flushing_time"])
        residence = memory[_RESIDENCE]
        if residence[0] <= 0.0:
            return
        before = residence[1]
        residence[1] = float((dye * water.volume)[self._inside].sum()) / residence[0]
        if residence[1] > _E_FOLDING:
            residence[2] = _NOT_YET
        elif before > _E_FOLDING:
            # Linear within the step in which it passes 1/e.
            part = (before - _E_FOLDING) / (before - residence[1])
            residence[2] = water.time - (1.0 - part) * water.dt
