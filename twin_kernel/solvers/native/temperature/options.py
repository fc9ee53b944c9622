"""Options of the water temperature, with their bounds."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["TemperatureOptions"]


class TemperatureOptions(BaseModel):
    """Method, place under the sun, and the weather where the case does not give it.

    Attributes
    ----------
    method : str
        "full": each flux by itself; "equilibrium": linear exchange coefficient of Edinger et al.
    initial, initial_fresh : float
        Temperature at the start, degC: of all water, or of the ocean's where `initial_fresh` says
        that of the rivers; water between is a mixture by its salinity. A case that gives neither
        starts at what the boundaries have then.
    ocean_salinity : float
        Of the water that has `initial`, where the two differ.
    longitude : float
        Degrees east, for the hour of the sun; of the middle of the Gironde.
    albedo : float
        Part of the solar radiation that the water sends back. Indicative.
    least_depth : float
        Water thinner than this follows the weather as if it were so deep, m: the mud it lies on
        shares its heat. Indicative; without it films in the sun pass 45 degC.
    air_temperature, relative_humidity, cloud_cover, wind : float
        degC, 0 to 1, 0 to 1, and m/s at 10 m: each is used where the weather lacks it. Indicative
        yearly means.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    method: Literal["full", "equilibrium"] = "full"
    initial: float = Field(default=15.0, ge=-2.0, le=45.0)
    initial_fresh: float | None = Field(default=None, ge=-2.0, le=45.0)
    ocean_salinity: float = Field(default=35.0, gt=0.0, le=42.0)
    longitude: float = Field(default=-0.75, ge=-180.0, le=180.0)
    albedo: float = Field(default=0.06, ge=0.0, le=1.0)
    least_depth: float = Field(default=0.1, ge=1.0e-4, le=2.0)
    air_temperature: float = Field(default=13.5, ge=-40.0, le=55.0)
    relative_humidity: float = Field(default=0.78, ge=0.0, le=1.0)
    cloud_cover: float = Field(default=0.6, ge=0.0, le=1.0)
    wind: float = Field(default=3.5, ge=0.0, le=75.0)
