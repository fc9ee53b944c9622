"""Options of the water quality, with their bounds; rates at 20 degC, indicative."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Effluent", "WaterQualityOptions"]

Rate = Annotated[float, Field(ge=0.0, le=50.0)]
Theta = Annotated[float, Field(ge=0.9, le=1.3)]
Concentration = Annotated[float, Field(ge=0.0, le=1.0e4)]
HalfSaturation = Annotated[float, Field(ge=0.0, le=20.0)]
Load = Annotated[float, Field(ge=0.0, le=1.0e7)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Effluent(_Frozen):
    """A discharge of constant load; its water is not counted.

    It enters the nearest triangle deeper than ``places.SHALLOWEST``; where there is none at the
    time, it waits.

    Attributes
    ----------
    name : str
    x, y : float
        In the projection of the mesh, m.
    dissolved_oxygen, dissolved_organic_carbon, particulate_organic_carbon : float
        kg/day of oxygen and of carbon.
    ammonia, nitrate : float
        kg/day of nitrogen.
    """

    name: str = Field(min_length=1)
    x: float
    y: float
    dissolved_oxygen: Load = 0.0
    dissolved_organic_carbon: Load = 0.0
    particulate_organic_carbon: Load = 0.0
    ammonia: Load = 0.0
    nitrate: Load = 0.0


class WaterQualityOptions(_Frozen):
    """Rates, half saturations and discharges; letters of the package header in brackets.

    Rates are per day at 20 degC; each `..._theta` is the theta of its rate. The thetas are those
    usual since Chapra (1997) and Bowie et al. (1985).

    Attributes
    ----------
    oxidation, oxidation_theta : float
        Of dissolved organic carbon [k_c], 1/day; 0.05 to 0.5 in Bowie et al. Indicative.
    hydrolysis, hydrolysis_theta : float
        Of particulate into dissolved organic carbon [k_h], 1/day. Indicative.
    nitrification, nitrification_theta : float
        [k_n], 1/day; 0.02 to 0.5. Indicative.
    oxygen_for_carbon, oxygen_for_nitrification : float
        [K_c, K_n], oxygen at which oxidation goes at half its rate, mg/L; 0: never slowed.
    mud_carbon : float
        Particulate organic carbon of mud [p_m], gC/kg. Indicative: 1.5 % of the mud of the Gironde.
    mud_oxidation, mud_theta : float
        Part of it oxidised [k_m], 1/day. Indicative: most of it resists.
    bed_demand, bed_theta : float
        [B], gO2/(m2 day); 0.2 to 1 over sand (Thomann 1972, in Chapra 1997, ch. 25). Indicative.
    mud_bed_demand : float, optional
        B where mud lies, reached at `FULL_MUD` kg/m2 of it; 1 to 2 over mud of estuaries (ibid.).
        Left out, that of the rest of the bed.
    settling_velocity : float
        Of particulate organic carbon [w_P], m/day; what settles leaves the water for good.
    current_reaeration : str
        "oconnor_dobbins" or "none".
    wind_reaeration : str
        "wanninkhof_2014", "wanninkhof_1992", "banks_herrera" or "none".
    wind : float
        Where the weather gives none, m/s; 3.5 as for heat. The laws are of the mean square of the
        wind: gusty winds of the same mean reaerate more, by 4/pi (Rayleigh).
    least_transfer : float
        K of (2) of `oxygen` that still water and calm air have, m/day. Indicative: 0.6 to 0.9 (2
        to 3 ft/day) in Bowie et al. after Hydroscience (1971).
    reaeration_theta : float
        Of the current's part; the wind's follows the Schmidt number.
    temperature : float
        Where no process computes it, degC.
    initial_saturation : float
        Oxygen at the start, over saturation.
    initial_dissolved_organic_carbon, initial_particulate_organic_carbon : float
        gC/m3.
    initial_ammonia, initial_nitrate : float
        gN/m3.
    initial_at_sea : dict of str to float
        Those of water as salt as `ocean_salinity`, by constituent; between, by salinity. What is
        not named is the same everywhere.
    ocean_salinity : float
        Practical scale.
    effluents : tuple of Effluent
    """

    oxidation: Rate = 0.1
    oxidation_theta: Theta = 1.047
    hydrolysis: Rate = 0.05
    hydrolysis_theta: Theta = 1.047
    nitrification: Rate = 0.1
    nitrification_theta: Theta = 1.083
    oxygen_for_carbon: HalfSaturation = 0.5
    oxygen_for_nitrification: HalfSaturation = 1.0
    mud_carbon: float = Field(default=15.0, ge=0.0, le=500.0)
    mud_oxidation: Rate = 0.02
    mud_theta: Theta = 1.047
    bed_demand: float = Field(default=0.5, ge=0.0, le=50.0)
    bed_theta: Theta = 1.065
    mud_bed_demand: float | None = Field(default=None, ge=0.0, le=50.0)
    settling_velocity: float = Field(default=0.0, ge=0.0, le=1000.0)
    current_reaeration: Literal["oconnor_dobbins", "none"] = "oconnor_dobbins"
    wind_reaeration: Literal[
        "wanninkhof_2014", "wanninkhof_1992", "banks_herrera", "none"] = "wanninkhof_2014"
    wind: float = Field(default=3.5, ge=0.0, le=75.0)
    least_transfer: float = Field(default=0.6, ge=0.0, le=10.0)
    reaeration_theta: Theta = 1.024
    temperature: float = Field(default=15.0, ge=-3.0, le=45.0)
    initial_saturation: float = Field(default=1.0, ge=0.0, le=2.0)
    initial_dissolved_organic_carbon: Concentration = 1.0
    initial_particulate_organic_carbon: Concentration = 0.0
    initial_ammonia: Concentration = 0.1
    initial_nitrate: Concentration = 2.0
    initial_at_sea: dict[
        Literal["dissolved_organic_carbon", "particulate_organic_carbon", "ammonia", "nitrate"],
        Concentration] = Field(default_factory=dict)
    ocean_salinity: float = Field(default=35.0, gt=0.0, le=50.0)
    effluents: tuple[Effluent, ...] = ()
