"""Options of the sediment, with their bounds; defaults are indicative values for the Gironde."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

__all__ = ["BedLayer", "MudClass", "Operation", "Pool", "SandClass", "SedimentOptions"]

Concentration = Annotated[float, Field(ge=0.0, le=300.0)]
BedMass = Annotated[float, Field(ge=0.0, le=1.0e5)]
Salinity = Annotated[float, Field(ge=0.0, le=42.0)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Pool(_Frozen):
    """Mud that a turbidity maximum has gathered before the start, on the bed of the channel.

    In estuaries of strong tides it lies where the salt ends (Allen et al. 1980, Sediment. Geol.
    26, 69-90): seaward after floods, landward in low flow.

    Attributes
    ----------
    mass : float
        kg.
    salinity : tuple of float
        It is spread evenly where the salinity at the start lies between these two, in water
        deeper than 2 m.
    """

    mass: float = Field(ge=0.0, le=1.0e12)
    salinity: tuple[Salinity, Salinity] = (0.5, 10.0)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if self.salinity[0] >= self.salinity[1]:
            raise ValueError(f"salinity {self.salinity} of the pool must ascend")
        return self


class MudClass(_Frozen):
    """A class of cohesive mud; `settling` says how each value enters.

    Attributes
    ----------
    name : str
        Of its tracer: "mud", "mud_2" or "mud_3".
    settling : str
        "constant", or "flocculation": k c^m with c in kg/m3, between `slowest` and `fastest`.
    velocity : float
        Constant settling velocity, m/s.
    floc_factor, floc_power : float
        k, m/s, and m, none. Indicative.
    slowest, fastest : float
        m/s. Indicative: 0.2 to 2 mm/s.
    turbulence : bool
        Whether shear first builds and then breaks flocs (van Leussen 1994).
    turbulence_growth, turbulence_breakage : float
        a, s, and b, s2, of van Leussen. Indicative.
    hindered : str
        "none", "richardson_zaki" or "winterwerp".
    gel_concentration : float
        Concentration at which flocs fill the space, kg/m3. Indicative.
    deposition : str
        "continuous", or "krone" with `deposition_stress`.
    deposition_stress : float
        Stress above which nothing deposits, Pa; only for "krone".
    near_bed : str
        "mean": what deposits has the depth-mean concentration; "rouse": that of a Rouse profile.
    largest_near_bed : float
        Of "rouse": most that the concentration near the bed may exceed the mean. A profile takes
        h/w_s to form, hours, and slack water is over before: without a bound it would let fall
        nearly all there is within one. Indicative.
    initial : float or dict of str to float, optional
        Concentration at the start, kg/m3, everywhere or by zone, 0 in zones not named. Left out,
        0.05 in the river and 0.001, as the sea brings, in the zone "ocean" where there is one.
    initial_bed : dict of str to float
        Mass on the bed at the start by zone, kg/m2.
    pool : Pool, optional
        More mud there, placed by the salinity.
    """

    kind: Literal["mud"] = "mud"
    name: str = Field(default="mud", pattern=r"^mud(_[23])?$")
    settling: Literal["constant", "flocculation"] = "flocculation"
    velocity: float = Field(default=1.0e-3, ge=0.0, le=0.1)
    floc_factor: float = Field(default=1.0e-3, gt=0.0, le=0.1)
    floc_power: float = Field(default=1.0, ge=0.0, le=3.0)
    slowest: float = Field(default=2.0e-4, ge=0.0, le=0.1)
    fastest: float = Field(default=2.0e-3, gt=0.0, le=0.1)
    turbulence: bool = False
    turbulence_growth: float = Field(default=0.3, ge=0.0, le=10.0)
    turbulence_breakage: float = Field(default=0.09, ge=0.0, le=10.0)
    hindered: Literal["none", "richardson_zaki", "winterwerp"] = "richardson_zaki"
    gel_concentration: float = Field(default=80.0, gt=0.0, le=500.0)
    deposition: Literal["continuous", "krone"] = "continuous"
    deposition_stress: float = Field(default=0.1, gt=0.0, le=10.0)
    near_bed: Literal["mean", "rouse"] = "mean"
    largest_near_bed: float = Field(default=3.0, ge=1.0, le=50.0)
    initial: Concentration | dict[str, Concentration] | None = None
    initial_bed: dict[str, BedMass] = Field(default_factory=dict)
    pool: Pool | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.slowest > self.fastest:
            raise ValueError(f"slowest {self.slowest} m/s must not exceed fastest "
                             f"{self.fastest} m/s")
        return self


class SandClass(_Frozen):
    """A class of sand.

    Attributes
    ----------
    name : str
        Of its tracer: "sand", "sand_2" or "sand_3".
    diameter : float
        Median, m; the coarse 90 % diameter is taken twice as large. Indicative.
    law : str
        Equilibrium concentration: "van_rijn" (1984, suspended) or "engelund_hansen" (1967, total:
        with the third power of the flow's Manning n, which a calibration makes no roughness).
    near_bed : str
        "mean" or "rouse", as for mud.
    dry_density : float
        Of the deposit, kg/m3.
    initial : float
        Concentration at the start, kg/m3.
    initial_bed : dict of str to float
        Mass on the bed at the start by zone, kg/m2.
    """

    kind: Literal["sand"] = "sand"
    name: str = Field(default="sand", pattern=r"^sand(_[23])?$")
    diameter: float = Field(default=2.0e-4, ge=6.0e-5, le=2.0e-3)
    law: Literal["van_rijn", "engelund_hansen"] = "van_rijn"
    near_bed: Literal["mean", "rouse"] = "rouse"
    dry_density: float = Field(default=1590.0, ge=500.0, le=2650.0)
    initial: Concentration = 0.0
    initial_bed: dict[str, BedMass] = Field(default_factory=dict)


class BedLayer(_Frozen):
    """A layer of mud, from the top down.

    Attributes
    ----------
    dry_density : float
        Mass of grains over volume, kg/m3.
    erosion_stress : float
        Critical stress, Pa.
    erosion_rate : float
        M of Partheniades, kg/(m2 s).
    consolidation_time : float, optional
        Time after which 1/e of a mass is still in the layer, s; None: it stays.
    """

    dry_density: float = Field(ge=10.0, le=2650.0)
    erosion_stress: float = Field(gt=0.0, le=50.0)
    erosion_rate: float = Field(ge=0.0, le=1.0)
    consolidation_time: float | None = Field(default=None, ge=1.0)


class Operation(_Frozen):
    """Dredging or dumping, at a constant rate between two instants.

    With a morphological factor f the bed loses or gains f times that rate, as it does of all else;
    with f = 0 its mass changes and its level does not.

    Attributes
    ----------
    kind : str
        "dredge" takes from the bed, where there is any; "dump" gives to water and bed.
    sediment : str
        Name of the class.
    zone : str, optional
        Zone worked in; either this or `polygon`.
    polygon : tuple of (float, float), optional
        Corners in the projection of the mesh, m; triangles whose centroid is inside.
    mass_rate : float, optional
        kg/s of dry sediment; either this or `volume_rate`.
    volume_rate : float, optional
        m3/day as measured in the hopper or on the bed, of dry density `dry_density`, kg/m3.
    start, stop : datetime
        With their time zone.
    water_share : float
        Part of the dumped mass that stays in the water, the rest falls to the bed.
    """

    kind: Literal["dredge", "dump"]
    sediment: str = "mud"
    zone: str | None = None
    polygon: tuple[tuple[float, float], ...] | None = Field(default=None, min_length=3)
    mass_rate: float | None = Field(default=None, ge=0.0, le=1.0e6)
    volume_rate: float | None = Field(default=None, ge=0.0, le=1.0e8)
    dry_density: float = Field(default=400.0, ge=10.0, le=2650.0)
    start: AwareDatetime
    stop: AwareDatetime
    water_share: float = Field(default=0.2, ge=0.0, le=1.0)

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.zone is None) == (self.polygon is None):
            raise ValueError("give either zone or polygon")
        if (self.mass_rate is None) == (self.volume_rate is None):
            raise ValueError("give either mass_rate (kg/s) or volume_rate (m3/day)")
        if self.stop <= self.start:
            raise ValueError("stop must come after start")
        return self

    @property
    def rate(self) -> float:
        """Dry mass per time, kg/s."""
        if self.mass_rate is not None:
            return self.mass_rate
        return self.volume_rate * self.dry_density / 86400.0


_LAYERS = (
    BedLayer(dry_density=100.0, erosion_stress=0.2, erosion_rate=1.0e-3,
             consolidation_time=43200.0),
    BedLayer(dry_density=250.0, erosion_stress=0.6, erosion_rate=5.0e-4,
             consolidation_time=1.3e6),
    BedLayer(dry_density=550.0, erosion_stress=1.0, erosion_rate=2.0e-4),
)


class SedimentOptions(_Frozen):
    """Options of the sediment.

    Attributes
    ----------
    classes : tuple of MudClass or SandClass
    layers : tuple of BedLayer
        Of the mud, from the top down; critical stresses and densities must not decrease, and the
        last has no consolidation time. Indicative: soft mud that is not yet a bed, mud of some
        tides, mud of some weeks.
    initial_layer : int
        Layer that holds the mud at the start, 0 is the top.
    water_density, grain_density : float
        kg/m3.
    bed_roughness : float, optional
        z0 of what the current feels of the grains, m, for the stress on sediment; 2e-4 for mud
        (Soulsby 1997, table 7), as for waves. None: the stress of Manning's n, which brakes the
        flow.
    dry_depth : float
        Depth under which the stress is nought: sediment only settles, m.
    wave_angle : float
        Between waves and current, degrees; 0 gives the largest stress.
    morphological_factor : float
        How many times faster the bed changes than the exchange with the water says, no further
        than it is thick; 1 is as in nature, 0 leaves the level of the bed where it is.
    operations : tuple of Operation
    """

    classes: tuple[Annotated[MudClass | SandClass, Field(discriminator="kind")], ...] = Field(
        default=(MudClass(),), min_length=1, max_length=6)
    layers: tuple[BedLayer, ...] = Field(default=_LAYERS, min_length=1, max_length=8)
    initial_layer: int = Field(default=0, ge=0, le=7)
    water_density: float = Field(default=1010.0, ge=990.0, le=1050.0)
    grain_density: float = Field(default=2650.0, ge=1500.0, le=4000.0)
    bed_roughness: float | None = Field(default=2.0e-4, ge=1.0e-6, le=5.0e-3)
    dry_depth: float = Field(default=0.05, ge=1.0e-3, le=1.0)
    wave_angle: float = Field(default=0.0, ge=0.0, le=90.0)
    morphological_factor: float = Field(default=0.0, ge=0.0, le=1000.0)
    operations: tuple[Operation, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if 0.0 < self.morphological_factor < 1.0e-3:
            raise ValueError(f"morphological_factor is {self.morphological_factor:g}: 0, or 0.001 "
                             "and more")
        names = [one.name for one in self.classes]
        if len(set(names)) < len(names):
            raise ValueError(f"two classes have the same name: {names}")
        for upper, lower in zip(self.layers[:-1], self.layers[1:], strict=True):
            if (lower.erosion_stress < upper.erosion_stress
                    or lower.dry_density < upper.dry_density):
                raise ValueError("erosion_stress and dry_density must not decrease downwards")
        if self.layers[-1].consolidation_time is not None:
            raise ValueError("the lowest layer has no consolidation_time")
        if self.initial_layer >= len(self.layers):
            raise ValueError(f"initial_layer {self.initial_layer} of {len(self.layers)} layers")
        for one in self.operations:
            if one.sediment not in names:
                raise ValueError(f"operation on '{one.sediment}', classes are {names}")
        return self
