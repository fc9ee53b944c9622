"""What an option may be, told from the model that validates it."""

from __future__ import annotations

from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from twin_kernel.errors import did_you_mean

__all__ = ["allowed_values", "asked_for", "meant"]

Model = type[BaseModel]


def asked_for(model: Model, location: tuple[int | str, ...]) -> tuple[Model, str, str]:
    """Return what a complaint of pydantic is about.

    Parameters
    ----------
    model : type of pydantic.BaseModel
        That complains.
    location : tuple
        Of the complaint: names of fields, positions, and tags of unions, as in
        ``("classes", 0, "mud", "velocity", "float")``.

    Returns
    -------
    model : type of pydantic.BaseModel
        The one that has, or has not, the field: that of one mud.
    name : str
        Of the field: "velocity".
    path : str
        Of the field in what was given: "classes.0.velocity".
    """
    name, path, inner = "", [], [model]
    for part in location:
        if isinstance(part, int):
            path.append(str(part))
        elif tagged := [one for one in inner if _tag(one) == part]:
            inner = tagged
        elif inner:
            model = next((one for one in inner if part in one.model_fields), inner[0])
            name = part
            path.append(part)
            field = model.model_fields.get(part)
            inner = [] if field is None else _models(field.annotation)
        else:  # the form of a value, or the key of a dict
            break
    return model, name, ".".join(path)


def _models(annotation: object) -> list[Model]:
    """Return the models that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for part in get_args(annotation) for one in _models(part)]


def _tag(model: Model) -> str | None:
    field = model.model_fields.get("kind")
    return field.default if field is not None and isinstance(field.default, str) else None


def allowed_values(model: Model, name: str) -> str:
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


def meant(model: Model, name: str) -> str:
    """Return a question with the option of nearly this name; "" where there is none, or it is.

    An option of one of its parts, too: the velocity of a class of mud.
    """
    if name in model.model_fields:
        return ""
    if found := did_you_mean(name, model.model_fields, cutoff=0.75):
        return found
    parts = ((part, inner) for part, field in model.model_fields.items()
             for inner in _models(field.annotation))
    return next((f"in {part}=[{{...}}] {found}" for part, inner in parts
                 if (found := did_you_mean(name, inner.model_fields))), "")


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
    if inner := _models(field.annotation):
        parts = sorted({", ".join(one.model_fields) for one in inner})
        return f"{name} [{{...}}] of {' or '.join(parts)}"
    if field.is_required():
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
