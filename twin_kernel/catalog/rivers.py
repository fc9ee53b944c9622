"""Definition of a river: open boundaries, friction zones, gauges, coordinates, datum."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from twin_kernel.errors import CatalogError, did_you_mean
from twin_kernel.settings import get_settings

__all__ = ["OpenBoundary", "RiverDefinition", "Zone", "river_definition", "river_names"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OpenBoundary(_Strict):
    """An open boundary of the mesh.

    Attributes
    ----------
    kind : {"water_level", "discharge"}
        What is imposed there.
    constants : str or None
        Entry of the catalogue with harmonic constants; water level only.
    climatology : str or None
        Entry of the catalogue with monthly means, one column per boundary; discharge only.
    concentrations : dict of str to (float or 12 floats)
        What enters with the water, by tracer, constant or by month, in the units of
        ``VARIABLES``; used by the processes that carry it.
    description : str
    """

    kind: Literal["water_level", "discharge"]
    constants: str | None = None
    climatology: str | None = None
    concentrations: dict[str, float | Annotated[list[float], Field(min_length=12, max_length=12)]
                         ] = Field(default_factory=dict)
    description: str

    @model_validator(mode="after")
    def _has_its_data(self) -> OpenBoundary:
        wanted = {"water_level": "constants", "discharge": "climatology"}[self.kind]
        if getattr(self, wanted) is None:
            raise ValueError(f"a boundary of kind {self.kind} needs '{wanted}'")
        return self


class Zone(_Strict):
    """A part of the bed with one friction.

    Attributes
    ----------
    manning : float
        Default Manning coefficient, s m^(-1/3).
    description : str
    """

    manning: float = Field(ge=0.005, le=0.2)
    description: str


class InitialSalinity(_Strict):
    """Shape of the salinity that a run starts from, a logistic curve along the river.

    Attributes
    ----------
    middle_km : float
        Where it is half the ocean's at a discharge of 100 m3/s, km from the mouth.
    km_per_decade : float
        How far the middle moves seaward when discharge is ten times larger, km.
    length_km : float
        Scale of the curve, km.
    """

    middle_km: float = Field(gt=0.0)
    km_per_decade: float = Field(ge=0.0)
    length_km: float = Field(gt=0.0)


class RiverDefinition(_Strict):
    """What a case needs to know of a river besides its mesh and data.

    Attributes
    ----------
    name, title : str
    crs : str
        Projected reference system of meshes, in metres.
    latitude : float
        Latitude of the Coriolis parameter and of the nodal corrections, degrees north.
    vertical_datum, vertical_datum_french : str
        To what levels refer, in words.
    mean_air_pressure : float
        Annual mean at sea level, Pa, that the mean sea level goes with.
    gauges : tuple of str
        Gauges used for comparison, from the sea upstream.
    boundaries : dict of str to OpenBoundary
    zones : dict of str to Zone
    salinity : InitialSalinity
    solver_options : dict of str to dict
        Options of each solver that suit the river; those of a case go before.
    processes : dict of str to dict
        Options of each process that suit the river, used where a case asks for that process.
    """

    name: str
    title: str
    crs: str = Field(pattern=r"^EPSG:\d+$")
    latitude: float = Field(ge=-80.0, le=80.0)
    vertical_datum: str
    vertical_datum_french: str = ""
    mean_air_pressure: float = Field(default=101_325.0, ge=95_000.0, le=105_000.0)
    gauges: tuple[str, ...]
    boundaries: dict[str, OpenBoundary]
    zones: dict[str, Zone]
    salinity: InitialSalinity
    solver_options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    processes: dict[str, dict[str, Any]] = Field(default_factory=dict)

    def manning(self) -> dict[str, float]:
        """Return the default Manning coefficient of each zone, s m^(-1/3)."""
        return {name: zone.manning for name, zone in self.zones.items()}


def river_names() -> list[str]:
    """Return the rivers that this installation knows."""
    return sorted(path.stem for path in _folder().glob("*.toml"))


def river_definition(name: str = "gironde") -> RiverDefinition:
    """Read the definition of a river.

    Raises
    ------
    CatalogError
        Unknown river, or a definition that does not hold together.
    """
    if name not in river_names():
        raise CatalogError(
            "unknown river", received=name, allowed=", ".join(river_names()),
            next_step=did_you_mean(
                name, river_names(),
                f"choose one of these, or describe yours in {_folder() / 'NAME.toml'}"),
        )
    path = _folder() / f"{name}.toml"
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _read(path: Path, changed: int) -> RiverDefinition:
    """Read a definition, anew where its file has changed."""
    try:
        return RiverDefinition(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise CatalogError(
            f"the definition of the river '{path.stem}' is not valid: {error}",
            received=path, next_step="correct the file",
        ) from error


def _folder() -> Path:
    return get_settings().catalogs_directory / "rivers"
