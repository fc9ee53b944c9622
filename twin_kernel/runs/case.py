"""The case: everything that decides the result of a run, validated and hashed."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from twin_kernel.catalog import river_definition
from twin_kernel.errors import InputError, did_you_mean
from twin_kernel.forcing.periods import to_utc
from twin_kernel.runs.ledger.remote import KEPT
from twin_kernel.runs.quantities import to_discharge, to_manning, to_number

__all__ = ["RIVER_MESH", "Case"]

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FORM = re.compile(r"str|int|float|bool|function-.*|.*\[.*\]")  # what pydantic calls a form

RIVER_MESH = "river"
"""Value of `Case.mesh` that means the mesh built from the river's own data."""


class Case(BaseModel):
    """A simulation asked for. Immutable; the same case gives the same result.

    Numbers may be given with a unit, as in ``"120 m3/s"``.

    Attributes
    ----------
    river : str
        A river of the catalogue.
    mesh : str
        "river", or the path of a mesh file (UGRID, SELAFIN, Gmsh).
    start, stop : datetime
        Period simulated, UTC; the first day or so is the model finding its tide.
    discharge : dict of str to (float or str)
        For each river boundary: m3/s, "climatology", or the path of a CSV file.
    sea_level_offset : float
        Added to the tide at the ocean, m.
    friction : dict of str to float
        Manning coefficients that replace the river's, by zone, s m^(-1/3).
    friction_factor : float
        Multiplies all Manning coefficients.
    ocean_salinity : float
        Practical scale.
    processes : dict of str to dict
        What is computed besides the flow, each with its options over the river's: "salinity",
        "temperature", "sediment", "water_quality", "waves", "dye".
    weather : str, dict or None
        Wind, pressure, air: constants, the path of a CSV file, or "climatology"
        (`forcing.weather_series`).
    surge : float, str or None
        Added to the tide at the ocean: m, or the path of a CSV file (`forcing.add_surge`).
    inverse_barometer : bool
        Whether the air pressure of the weather moves the sea.
    concentrations : dict of str to dict
        Of entering water, by boundary and tracer, over the river's.
    solver : str
    solver_options : dict
        Options of that solver over the river's, validated by it before launch.
    map_interval, station_interval : float
        Time between two maps and between two values at stations, s.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    river: str = "gironde"
    mesh: str = RIVER_MESH
    start: datetime
    stop: datetime
    discharge: dict[str, float | str] = Field(default_factory=dict)
    sea_level_offset: float = Field(default=0.0, ge=-5.0, le=5.0, json_schema_extra={"unit": "m"})
    friction: dict[str, float] = Field(default_factory=dict)
    friction_factor: float = Field(default=1.0, ge=0.2, le=5.0)
    ocean_salinity: float = Field(default=35.0, ge=0.0, le=42.0)
    processes: dict[str, dict[str, Any]] = Field(default_factory=lambda: {"salinity": {}})
    weather: str | dict[str, float] | None = None
    surge: float | str | None = None
    inverse_barometer: bool = False
    concentrations: dict[str, dict[str, float | list[float]]] = Field(default_factory=dict)
    solver: str = "native"
    solver_options: dict[str, Any] = Field(default_factory=dict)
    map_interval: float = Field(default=3600.0, gt=0.0, json_schema_extra={"unit": "s"})
    station_interval: float = Field(default=600.0, gt=0.0, json_schema_extra={"unit": "s"})

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise _refusal(error) from None

    @model_validator(mode="before")
    @classmethod
    def _read_units(cls, values: dict[str, Any]) -> dict[str, Any]:
        values = dict(values)
        for name, field in cls.model_fields.items():
            unit = (field.json_schema_extra or {}).get("unit")
            if unit and isinstance(values.get(name), str):
                values[name] = to_number(values[name], unit, name)
        return values

    @field_validator("start", "stop", mode="before")
    @classmethod
    def _read_instant(cls, value: Any, info: ValidationInfo) -> Any:
        # pydantic takes a bare number for seconds since 1970: "2015" would be 00:33:35 of that day.
        if isinstance(value, date) or (isinstance(value, str) and _is_instant(value.strip())):
            return value
        if type(value).__name__ == "datetime64":
            return str(value)
        raise InputError(f"The {info.field_name} of the period is not a date", received=repr(value),
                         allowed="an ISO 8601 date or instant, UTC where it has no offset",
                         next_step="write it like 2015-09-10 or 2015-09-10T06:00")

    @field_validator("start", "stop")
    @classmethod
    def _in_utc(cls, value: datetime, info: ValidationInfo) -> datetime:
        try:
            moved = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        except OverflowError:  # the first or the last day of the calendar, in another zone
            moved = value.replace(tzinfo=UTC)
        to_utc(moved, info.field_name)
        return moved

    @field_validator("processes", "solver_options", mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        """Numbers of NumPy and dates become what JSON holds, so that they are kept with the run."""
        if isinstance(value, Mapping):
            return {name: cls._plain(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [cls._plain(one) for one in value]
        if isinstance(value, date):
            return value.isoformat()
        return value.item() if getattr(value, "shape", None) == () else value  # of NumPy

    @field_validator("processes", mode="before")
    @classmethod
    def _with_options(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and all(isinstance(one, Mapping) for one in value.values()):
            return value
        names = [value] if isinstance(value, str) else list(value) if value else ["salinity"]
        raise InputError("The processes are not given with their options", received=repr(value),
                         allowed="a dict of options for each process, {} for those usual",
                         next_step=f"processes={{{', '.join(f'{one!r}: {{}}' for one in names)}}}")

    @field_validator("river")
    @classmethod
    def _known_river(cls, value: str) -> str:
        river_definition(value)
        return value

    @field_validator("mesh", mode="before")
    @classmethod
    def _path_as_text(cls, value: Any) -> Any:
        return os.fspath(value) if isinstance(value, os.PathLike) else value

    @field_validator("mesh")
    @classmethod
    def _existing_mesh(cls, value: str) -> str:
        if value.startswith(KEPT):  # by the hub's service, which refuses what it does not have
            return value
        if value != RIVER_MESH and not Path(value).is_file():
            raise InputError("The mesh file does not exist", received=value,
                             allowed=f"'{RIVER_MESH}', or a path to a mesh file",
                             next_step="correct the path, or leave mesh out for the river's own")
        return value if value == RIVER_MESH else str(Path(value).resolve())

    @field_validator("discharge", mode="before")
    @classmethod
    def _read_discharge(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise InputError("The discharge is not given by river", received=repr(value),
                             allowed="a discharge for each river boundary",
                             next_step="write it like {'garonne': '120 m3/s'}")
        return {name: to_discharge(name, given) for name, given in value.items()}

    @field_validator("friction", mode="before")
    @classmethod
    def _read_friction(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise InputError("The friction is not given by zone", received=repr(value),
                             allowed="a Manning coefficient for each zone to change",
                             next_step="write it like {'garonne': 0.025}, or use friction_factor")
        return {zone: to_manning(zone, given) for zone, given in value.items()}

    @model_validator(mode="after")
    def _check_together(self) -> Case:
        if self.stop <= self.start:
            raise InputError("The period is empty" if self.stop == self.start else
                             "The period ends before it starts",
                             received=f"{self.start} to {self.stop}", allowed="start < stop",
                             next_step="give a stop that is later than start")
        river = river_definition(self.river)
        _known("boundary with a discharge", self.discharge,
               [n for n, b in river.boundaries.items() if b.kind == "discharge"])
        if self.inverse_barometer and self.weather is None:
            raise InputError("The inverse barometer needs the weather", received="no weather",
                             allowed="weather with air_pressure, Pa",
                             next_step="weather={'air_pressure': 99000}, or a CSV file")
        if self.mesh == RIVER_MESH:
            _known("friction zone", self.friction, list(river.zones))
        return self

    def content_hash(self) -> str:
        """Return the hash of the case and of all data and code its result follows from."""
        from twin_kernel.runs.fingerprint import fingerprint  # reads the catalogue: 0.5 s

        content = fingerprint(self)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _is_instant(text: str) -> bool:
    try:
        return bool(_ISO_DAY.match(text) and datetime.fromisoformat(text))
    except ValueError:  # the 30th of February
        return False


def _known(what: str, given: dict, allowed: list[str]) -> None:
    for name in given:
        if name not in allowed:
            raise InputError(f"Unknown {what}", received=name, allowed=", ".join(allowed),
                             next_step=did_you_mean(name, allowed, f"use {' or '.join(allowed)}"))


def _refusal(error: ValidationError) -> InputError:
    """Turn pydantic's first complaint into one that says what to do.

    Of the forms that a parameter may have, the one whose complaint goes deepest was meant.
    """
    told = error.errors()
    first = max((one for one in told if one["loc"][:1] == told[0]["loc"][:1]),
                key=lambda one: len(one["loc"]))
    own = first.get("ctx", {}).get("error")
    if isinstance(own, InputError):
        return own
    name = ".".join(part for part in map(str, first["loc"]) if not _FORM.fullmatch(part)) or "case"
    fields = Case.model_fields
    if first["type"] == "extra_forbidden":
        return InputError("Unknown parameter of the case", received=f"{name}={first['input']!r}",
                          allowed=", ".join(fields),
                          next_step=did_you_mean(name, fields, "remove it"))
    field = fields.get(first["loc"][0]) if first["loc"] else None
    return InputError(f"The parameter '{name}' of the case is refused: {first['msg']}",
                      received="nothing" if first["type"] == "missing" else repr(first["input"]),
                      allowed=_bounds(field),
                      next_step="help('twin_kernel.Case') lists the parameters with their units")


def _bounds(field: Any) -> str | None:
    """Say the bounds of a parameter with its unit, as in "-5 to 5 m"."""
    if field is None:
        return None
    limits = {name: getattr(one, name) for one in field.metadata for name in ("ge", "gt", "le")
              if hasattr(one, name)}
    unit = (field.json_schema_extra or {}).get("unit", "")
    if {"ge", "le"} <= set(limits):
        said = f"{limits['ge']:g} to {limits['le']:g} {unit}"
    elif "gt" in limits:
        said = f"above {limits['gt']:g} {unit}"
    else:
        return None
    return said.strip()
