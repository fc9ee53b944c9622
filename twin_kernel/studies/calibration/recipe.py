"""What a calibration may change and what it must agree with, read from the catalogue."""

from __future__ import annotations

import tomllib

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from twin_kernel.catalog import river_definition
from twin_kernel.errors import CatalogError
from twin_kernel.settings import get_settings

__all__ = ["CalibrationRecipe", "FittedParameter", "calibration_recipe"]



class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FittedParameter(_Strict):
    """A number that the calibration may change.

    Attributes
    ----------
    name : str
        ``manning.ZONE`` (s m^(-1/3)), ``bed.ZONE`` (added to the bed of the channels, m),
        ``flats.ZONE`` (to that of the flats) or ``ocean.CONSTITUENT.real`` and ``.imaginary`` (of
        the factor of the tide imposed).
    prior, deviation : float
        Mean and standard deviation of what is known before; it also starts from the mean.
    bounds : tuple of float
    """

    name: str = Field(pattern=r"^(manning|bed|flats)\.\w+$|^ocean\.\w+\.(real|imaginary)$")
    prior: float
    deviation: float = Field(gt=0.0)
    bounds: tuple[float, float]

    @model_validator(mode="after")
    def _within(self) -> FittedParameter:
        if not self.bounds[0] <= self.prior <= self.bounds[1]:
            raise ValueError(f"{self.name}: the prior {self.prior} is out of {self.bounds}")
        return self

    @property
    def unit(self) -> str:
        """Unit of the number."""
        return {"manning": "s m-1/3", "bed": "m", "flats": "m"}.get(self.name.split(".")[0], "1")


class CalibrationRecipe(_Strict):
    """A calibration: ``catalogs/calibrations/RIVER.toml``.

    Attributes
    ----------
    river, version, parent : str
    tide : str
        Estimate of ``ocean_boundary_constants`` that its factors multiply.
    start : str
        UTC.
    days, spin_up_days : float
        Length of a run, and what of it is left out of the comparison.
    discharge : dict of str to float
        Of each river, m3/s: the mean of the years that the gauges' constants come from, where the
        climatology of the days computed would be a dry month's.
    analysed : tuple of str
        Constituents of the harmonic analysis.
    fitted : dict of str to float
        Standard deviation of each constituent compared, m.
    fitted_part : dict of str to float
        More of it, as a part of the amplitude observed, added in quadrature: so that a gauge where
        a constituent is small is not left to those where it is large.
    follows : dict of str to tuple of str
        Constituents of the ocean that take the factor of a fitted one, and ``bed.ZONE`` and the
        like that take the value of a parameter.
    parameters : tuple of FittedParameter
    """

    river: str
    version: str
    parent: str
    tide: str
    start: str
    days: float = Field(gt=0.0)
    spin_up_days: float = Field(ge=0.0)
    discharge: dict[str, float] = Field(default_factory=dict)
    analysed: tuple[str, ...]
    fitted: dict[str, float]
    fitted_part: dict[str, float] = Field(default_factory=dict)
    follows: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    parameters: tuple[FittedParameter, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _together(self) -> CalibrationRecipe:
        names = [one.name for one in self.parameters]
        if len(set(names)) < len(names):
            raise ValueError("a parameter occurs twice")
        missing = [name for name in self.fitted if name not in self.analysed]
        if missing:
            raise ValueError(f"fitted but not analysed: {', '.join(missing)}")
        if stray := sorted(set(self.fitted_part) - set(self.fitted)):
            raise ValueError(f"a part of what is not fitted: {', '.join(stray)}")
        zones = river_definition(self.river).zones
        of_zones = names + [one for leader, others in self.follows.items() if leader in names
                            for one in others]
        unknown = [n for n in of_zones if not n.startswith("ocean.")
                   and n.partition(".")[2] not in zones]
        if unknown:
            raise ValueError(f"no zone of the river: {', '.join(unknown)}; it has "
                             f"{', '.join(zones)}")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(one.name for one in self.parameters)

    def named(self, values: np.ndarray) -> dict[str, float]:
        """Return values (n_parameter,) by name, with those that follow them."""
        given = dict(zip(self.names, map(float, values), strict=True))
        for leader, others in self.follows.items():
            if leader in given:
                given.update(dict.fromkeys(others, given[leader]))
        return given

    def sigma(self, observed: np.ndarray) -> np.ndarray:
        """Return the standard deviation, m, of the complex constants (n_fitted, n_gauge), m."""
        least = np.array(list(self.fitted.values()))[:, None]
        part = np.array([self.fitted_part.get(name, 0.0) for name in self.fitted])[:, None]
        return np.hypot(least, part * np.abs(observed))

    @property
    def prior(self) -> np.ndarray:
        """Prior of each parameter, (n_parameter,)."""
        return np.array([one.prior for one in self.parameters])

    @property
    def deviation(self) -> np.ndarray:
        """Standard deviation of the prior of each parameter, (n_parameter,)."""
        return np.array([one.deviation for one in self.parameters])

    @property
    def bounds(self) -> np.ndarray:
        """Bounds of the parameters, (2, n_parameter)."""
        return np.array([one.bounds for one in self.parameters]).T


def calibration_recipe(river: str = "gironde") -> CalibrationRecipe:
    """Read the calibration of a river.

    Raises
    ------
    CatalogError
        The river has none, or one that does not hold together.
    """
    path = get_settings().catalogs_directory / "calibrations" / f"{river}.toml"
    if not path.is_file():
        known = sorted(one.stem for one in path.parent.glob("*.toml"))
        raise CatalogError("the river has no calibration", received=river,
                           allowed=", ".join(known) or "none yet",
                           next_step=f"describe what may change in {path}")
    try:
        return CalibrationRecipe(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise CatalogError(f"the calibration of '{river}' is not valid: {error}", received=path,
                           next_step="correct the file") from error
