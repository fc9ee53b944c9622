"""Options of the waves, with their bounds."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["WaveOptions"]


class WaveOptions(BaseModel):
    """What a person may choose about waves; the defaults suit the Gironde.

    Attributes
    ----------
    growth : str
        Law of growth by wind, see :mod:`twin_kernel.solvers.native.waves.growth`.
    depth_along : str
        Depth in that law: "fetch", the mean along the fetch (the authors' own use of it), or
        "here", that of the triangle.
    interval : float
        Time between two evaluations, s; the waves stay as they are in between.
    directions : int
        Directions in which the fetch is measured.
    spread : float
        Half angle over which directions count for the fetch, degrees.
    resolution : float
        Step of the raster on which shores are looked for, m; coarser where the river is so large
        that the raster would have more than two million points.
    reference_level : float
        Level at which land and water are told apart for the fetch, m above the vertical datum;
        the level at the start where that is higher.
    breaking : float
        Largest significant height over depth. Indicative: a beach ends at 0.59 (0.42 of the root
        mean square, Thornton & Guza 1982), a flat bed at less, where 0.55 is that of the highest
        wave (Nelson 1994); the stress of 0.4 would be 0.6 of that of 0.55. 0.78 is the limit of a
        single wave (McCowan 1894).
    bed_roughness : float
        z0 of the bed under waves, m; 2e-4 for mud (Soulsby 1997, table 7).
    water_density : float
        kg/m3.
    swell_from : str
        Open boundary through which swell enters.
    swell_height, swell_period : float
        Significant height (m) and peak period (s) there; the weather's, where it has them.
    swell_from_direction : float, optional
        Where it comes from, degrees clockwise from north. Without it every place is taken to
        face the swell, which is an upper bound.
    swell_spread : float
        Goda's s_max: 25 for swell decayed over a short distance, 75 over a long one.
    swell_friction : float
        Coefficient of dissipation at the bed, m2/s3: 0.038 for swell (Hasselmann et al. 1973),
        0.067 for a wind sea in shallow water (Bouws & Komen 1983).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    growth: Literal["young_verhagen", "breugem_holthuijsen", "spm"] = "young_verhagen"
    depth_along: Literal["fetch", "here"] = "fetch"
    interval: float = Field(default=600.0, ge=1.0, le=86400.0)
    directions: int = Field(default=36, ge=8, le=360)
    spread: float = Field(default=45.0, ge=0.0, le=90.0)
    resolution: float = Field(default=100.0, ge=1.0, le=10000.0)
    reference_level: float = Field(default=0.0, ge=-20.0, le=20.0)
    breaking: float = Field(default=0.55, ge=0.3, le=0.9)
    bed_roughness: float = Field(default=2.0e-4, ge=1.0e-6, le=0.1)
    water_density: float = Field(default=1025.0, ge=990.0, le=1060.0)
    swell_from: str = "ocean"
    swell_height: float = Field(default=0.0, ge=0.0, le=20.0)
    swell_period: float = Field(default=10.0, ge=2.0, le=30.0)
    swell_from_direction: float | None = Field(default=None, ge=0.0, le=360.0)
    swell_spread: float = Field(default=25.0, ge=1.0, le=200.0)
    swell_friction: float = Field(default=0.038, ge=0.0, le=0.2)
