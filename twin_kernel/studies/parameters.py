"""A parameter of a study: its type, unit, range and labels, and the check of a value for it."""

from __future__ import annotations

import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from twin_kernel.errors import InputError, did_you_mean
from twin_kernel.forcing.periods import to_utc
from twin_kernel.runs.quantities import to_number

__all__ = ["KINDS", "Parameter"]

KINDS = ("float", "int", "bool", "str", "time")
_YES, _NO = {"true", "yes", "1", "on"}, {"false", "no", "0", "off"}

Value = float | int | bool | str


class Parameter(BaseModel):
    """What a template declares of one of its parameters.

    Attributes
    ----------
    name : str
        Name of the variable in the cell tagged ``parameters``.
    kind : {"float", "int", "bool", "str", "time"}
        "time" is an instant in UTC, kept as ISO 8601 text.
    default : float, int, bool or str
        Value where none is given.
    unit : str or None
        Unit of numbers; a value with another unit is converted.
    minimum, maximum : float, str or None
        Range, both ends included; ISO 8601 text for times.
    choices : tuple
        The only values allowed, where there are any.
    words : tuple of str
        Words accepted in place of a number, for example "climatology".
    english, french : str
        Labels that a public user sees.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Literal["float", "int", "bool", "str", "time"]
    default: Value
    unit: str | None = None
    minimum: float | str | None = None
    maximum: float | str | None = None
    choices: tuple[Value, ...] = ()
    words: tuple[str, ...] = ()
    english: str = Field(min_length=1)
    french: str = Field(min_length=1)

    @field_validator("default", mode="before")
    @classmethod
    def _keeps_its_type(cls, value: Any) -> Any:
        if not isinstance(value, float | int | bool | str):
            raise ValueError("a default is a number, a text, true or false")
        return value

    def read(self, value: Any) -> Value:
        """Return a given value in the type and unit declared.

        Parameters
        ----------
        value : float, int, bool, str, datetime or pint.Quantity
            From Python, a file or the command line.

        Raises
        ------
        InputError
            Wrong type, unit that does not convert, value out of range or not among the choices.
        """
        if isinstance(value, str) and value.strip() in self.words:
            return value.strip()
        reader = {"float": self._float, "int": self._int, "bool": self._bool, "str": self._str,
                  "time": self._time}[self.kind]
        found = reader(value)
        if self.choices and found not in self.choices:
            raise self._refused("is not among the choices", value)
        return found

    def allowed(self) -> str:
        """Return in words what `read` accepts."""
        if self.choices:
            return ", ".join(map(str, self.choices))
        what = {"float": "a number", "int": "a whole number", "bool": "true or false",
                "str": "a text", "time": "an instant in UTC, e.g. 2015-03-01T00:00Z"}[self.kind]
        low, high = self.minimum, self.maximum
        if low is not None and high is not None:
            what += f" from {_shown(low)} to {_shown(high)}"
        elif low is not None or high is not None:
            what += f" ≥ {_shown(low)}" if low is not None else f" ≤ {_shown(high)}"
        what += f" {self.unit}" if self.unit else ""
        return what + "".join(f", or '{word}'" for word in self.words)

    def _float(self, value: Any) -> float:
        try:
            number = to_number(value, self.unit, self.name)
        except InputError as error:  # the range belongs in the message as well
            raise InputError(
                error.what, received=error.received, allowed=self.allowed(),
                next_step=did_you_mean(value, self.words, error.next_step, cutoff=0.5),
            ) from error
        if not math.isfinite(number):
            raise self._refused("is not a finite number", value)
        low = -math.inf if self.minimum is None else float(self.minimum)
        high = math.inf if self.maximum is None else float(self.maximum)
        if not low <= number <= high:
            raise self._refused("is out of range", value)
        return number

    def _int(self, value: Any) -> int:
        number = self._float(value)
        if number != round(number):
            raise self._refused("is not a whole number", value)
        return round(number)

    def _bool(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        if word not in _YES | _NO:
            raise self._refused("is neither true nor false", value)
        return word in _YES

    def _str(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self._refused("is not a text", value)
        return value

    def _time(self, value: Any) -> str:
        if isinstance(value, bool | int | float):  # pandas would read it as nanoseconds
            raise self._refused("is not an instant", value)
        instant = to_utc(value, self.name)
        early = self.minimum is not None and instant < to_utc(self.minimum, "minimum")
        late = self.maximum is not None and instant > to_utc(self.maximum, "maximum")
        if early or late:
            raise self._refused("is out of range", value)
        return f"{instant.astype('datetime64[s]')}Z"

    def _refused(self, why: str, value: Any) -> InputError:
        shown = repr(value) if isinstance(value, str) else value
        return InputError(f"{self.name} {why}", received=shown, allowed=self.allowed(),
                          next_step=f"give {self.name} an allowed value")


def _shown(bound: float | str) -> str:
    return bound if isinstance(bound, str) else f"{bound:g}"
