"""Numbers with units, as a person types them: "120 m3/s", "0.3 m", "15 days"."""

from __future__ import annotations

import os
import re
from functools import cache
from typing import Any

from twin_kernel.errors import InputError, did_you_mean
from twin_kernel.forcing.discharge import MAXIMUM_DISCHARGE

__all__ = ["to_discharge", "to_manning", "to_number"]

_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S.*?)?\s*")
_WORDS_WITHOUT_NUMBER = {"nan", "inf", "+inf", "-inf", "infinity", "-infinity"}


def to_number(value: Any, unit: str | None, name: str) -> float:
    """Return a value in the unit wanted.

    Parameters
    ----------
    value : int, float, str or pint.Quantity
        A bare number is taken in `unit`; with a unit of its own it is converted.
    unit : str or None
        Unit wanted, spelt "m3/s" or "m s-1"; None for a pure number.
    name : str
        Name of the value, for the message.

    Returns
    -------
    float

    Raises
    ------
    InputError
        Not a number, or a unit that cannot be converted to `unit`.
    """
    if isinstance(value, bool):
        raise _not_a_number(value, unit, name)
    if hasattr(value, "magnitude") and hasattr(value, "units"):
        return _convert(float(value.magnitude), str(value.units), unit, name, value)
    if not isinstance(value, str):
        try:
            return float(value)
        except (TypeError, ValueError) as error:
            raise _not_a_number(value, unit, name) from error
    if value.strip().lower() in _WORDS_WITHOUT_NUMBER:
        return float(value)
    found = _QUANTITY.fullmatch(value)
    if found is None:
        raise _not_a_number(value, unit, name)
    number, given = float(found[1]), found[2]
    return number if given is None else _convert(number, given, unit, name, value)


def to_discharge(name: str, given: Any) -> float | str:
    """Return a discharge in m3/s, or the word or file that tells it.

    Raises
    ------
    InputError
        Neither, or out of range.
    """
    given = os.fspath(given) if isinstance(given, os.PathLike) else given
    if isinstance(given, str) and (given == "climatology" or given.endswith(".csv")):
        return given
    if isinstance(given, str) and (meant := did_you_mean(given, ["climatology"])):
        raise InputError(f"The discharge of {name} is a word that nothing knows",
                         received=repr(given),
                         allowed="a number in m3/s, 'climatology', or the path of a CSV file",
                         next_step=meant)
    value = to_number(given, "m3/s", f"discharge of {name}")
    if not 0.0 <= value <= MAXIMUM_DISCHARGE:
        raise InputError(f"The discharge of {name} is out of range", received=f"{value:g} m3/s",
                         allowed=f"0 to {MAXIMUM_DISCHARGE:.0f} m3/s",
                         next_step="give the water that enters as a positive number"
                         if value < 0.0 else "check its unit: m3/s, where no other is written")
    return value


def to_manning(zone: str, given: Any) -> float:
    """Return Manning's coefficient of a zone, s m^(-1/3).

    Raises
    ------
    InputError
        Not a number, or out of range.
    """
    value = to_number(given, "s/m^(1/3)", f"friction of {zone}")
    if not 0.005 <= value <= 0.2:
        raise InputError(f"The Manning coefficient of '{zone}' is out of range",
                         received=f"{value:g}", allowed="0.005 to 0.2 s m^(-1/3)",
                         next_step="give Manning's n; it is 1/K of a Strickler coefficient K")
    return value


def _convert(number: float, given: str, unit: str | None, name: str, received: Any) -> float:
    import pint  # takes 0.2 s: only where a unit is written

    registry = _registry()
    try:
        converted = registry.Quantity(number, registry.parse_units(_spelt(given)))
        # Twelve digits: "120 l/s" and 0.12 m3/s are one question, and have one hash.
        return float(f'{converted.to(_spelt(unit or "dimensionless")).magnitude:.12g}')
    except pint.UndefinedUnitError as error:
        raise InputError(
            f"the unit of {name} is unknown", received=received, allowed=_allowed(unit),
            next_step=_next_step(unit),
        ) from error
    except Exception as error:  # pint leaks parser errors of many types for odd spellings
        raise InputError(
            f"the unit of {name} cannot be converted to {unit or 'a pure number'}",
            received=received, allowed=_allowed(unit),
            next_step=_next_step(unit),
        ) from error


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


def _spelt(unit: str) -> str:
    """Return a unit as pint reads it: "m3/s" and "m s-1" lack its powers and its products."""
    powers = re.sub(r"(?<=[A-Za-z°µ])(-?\d+)", r"**\1", unit.replace("^", "**"))
    return re.sub(r"(?<=[\w°µ])\s+(?=[A-Za-z°µ(])", " * ", powers)


def _allowed(unit: str | None) -> str:
    return f"a number in {unit}, or with a unit that converts to it" if unit else "a pure number"


def _next_step(unit: str | None) -> str:
    if unit is None or unit in ("", "1"):
        return "write the number alone"
    return f"write the number alone, which is then taken in {unit}"


def _not_a_number(value: Any, unit: str | None, name: str) -> InputError:
    return InputError(f"{name} is not a number", received=repr(value), allowed=_allowed(unit),
                      next_step=_next_step(unit))
