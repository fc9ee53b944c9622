"""Options of the native solver, with their bounds."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from twin_kernel.errors import InputError
from twin_kernel.solvers.native.allowed_values import allowed_values, meant

__all__ = ["Options", "read_options"]


class Options(BaseModel):
    """Numerical options; the defaults suit the Gironde.

    Attributes
    ----------
    time_step : float
        Longest step, s. Waves may cross many cells in a step, water about one: a step in which it
        crosses more is divided. 30 to 90 s suit the Gironde.
    theta : float
        Weight of the new time; 0.5 is neutral but lets oscillations live, 1 damps.
    tolerance : float
        Largest error left in the continuity equation, as a level, m.
    checkpoint_interval : float
        Time simulated between two checkpoints, s.
    density_gradient : bool or "auto"
        Salt, heat and mud push the water: (10). "auto": where the case has any of them.
    water_temperature : float
        Of water whose temperature is not computed, degC; for its density only.
    wind_drag : str
        Law of the drag of the wind on the water, see `wind`; "none" leaves the wind out.
    eddy_viscosity : float
        Horizontal, uniform, m2/s; limited, with a warning, where a time step bears less.
    dispersion_along, dispersion_across : float
        Of tracers, along the flow and across it, m2/s: (11); limited likewise.
    elder_dispersion : bool
        Adds Elder's coefficients to those two.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    time_step: float = Field(default=60.0, ge=0.01, le=600.0)
    theta: float = Field(default=0.55, ge=0.55, le=1.0)
    tolerance: float = Field(default=1.0e-4, ge=1.0e-12, le=1.0e-3)
    checkpoint_interval: float = Field(default=86400.0, gt=0.0)
    density_gradient: bool | Literal["auto"] = False
    water_temperature: float = Field(default=15.0, ge=0.0, le=40.0)
    wind_drag: Literal["none", "smith_banke", "large_pond", "wu"] = "wu"
    eddy_viscosity: float = Field(default=0.0, ge=0.0, le=1000.0)
    dispersion_along: float = Field(default=0.0, ge=0.0, le=2000.0)
    dispersion_across: float = Field(default=0.0, ge=0.0, le=2000.0)
    elder_dispersion: bool = False


def read_options(given: dict) -> Options:
    """Return validated options.

    Raises
    ------
    InputError
        For an unknown option or a value out of its bounds.
    """
    try:
        return Options(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])  # of a choice between types, each follows as a part of its own
        raise InputError(
            f"Option '{name}' of the native solver is refused: {first['msg']}",
            received=f"{name}={first['input']}", allowed=allowed_values(Options, name),
            next_step=meant(Options, name) or "correct solver_options of the case") from None
