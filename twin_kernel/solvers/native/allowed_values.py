"""What an option may be, told from the model that validates it."""

from __future__ import annotations

import difflib
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

__all__ = ["allowed_values", "meant"]


def allowed_values(model: type[BaseModel], name: str) -> str:
    """Return the bounds and the default of an option, or of all where there is none of this name.

    Parameters
    ----------
    model : type of pydantic.BaseModel
    name : str

    Returns
    -------
    str
        As "theta 0.55 to 1 (usually 0.55)"; only the names of options that are no plain value.
    """
    fields = model.model_fields
    return ", ".join(_words(key, fields[key]) for key in ([name] if name in fields else fields))


def meant(model: type[BaseModel], name: str) -> str:
    """Return a question with the option of nearly this name; "" where there is none, or it is."""
    close = difflib.get_close_matches(name, model.model_fields, 1)
    return f"did you mean '{close[0]}'?" if close and name not in model.model_fields else ""


def _words(name: str, field: FieldInfo) -> str:
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    above = next((m.gt for m in field.metadata if hasattr(m, "gt")), None)
    high = next((m.le for m in field.metadata if hasattr(m, "le")), None)
    said = "" if low is None else f" {low:g}"
    said = said if above is None else f" above {above:g}"
    if high is not None:
        said += f" to {high:g}"
    elif low is not None:
        said += " or more"
    if choices := _choices(field.annotation):
        said = " " + " or ".join(choices)
    if field.default is PydanticUndefined:
        return name + said
    if isinstance(field.default, str | int | float):
        return f"{name}{said} (usually {field.default})"
    return name + said


def _choices(annotation: object) -> list[str]:
    """Return the words that an option may be, in the order of its type; none for a number."""
    if annotation is bool:
        return ["True", "False"]
    return [word for one in get_args(annotation)
            for word in ([one] if isinstance(one, str) else _choices(one))]
