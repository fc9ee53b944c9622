"""Templates of studies: notebooks with one cell tagged ``parameters`` and typed declarations.

Names and defaults are read from the tagged cell, so that the notebook also runs as it is; unit,
range, choices and the labels in English and French are in the notebook's metadata, under
``twin.parameters``. Both must name the same parameters.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from twin_kernel.errors import InputError
from twin_kernel.settings import get_settings
from twin_kernel.studies.parameters import KINDS, Parameter

__all__ = ["Template", "find_template", "list_templates", "read_template"]


@dataclass(frozen=True)
class Template:
    """A notebook that runs with other values of its parameters.

    Attributes
    ----------
    name : str
        Name of the file without extension.
    path : Path
    sha256 : str
        Of the file.
    title, summary : dict of str to str
        Keys "en" and "fr".
    parameters : dict of str to Parameter
    """

    name: str
    path: Path
    sha256: str
    title: dict[str, str]
    summary: dict[str, str]
    parameters: dict[str, Parameter]

    def resolve(self, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return a checked value for every parameter, the default where none is given.

        Raises
        ------
        InputError
            Unknown parameter (with the nearest names), or a value that its parameter refuses.
        """
        given = dict(given or {})
        for name in given:
            if name not in self.parameters:
                raise self._unknown(str(name))
        return {
            name: parameter.read(given.get(name, parameter.default))
            for name, parameter in self.parameters.items()
        }

    def _unknown(self, name: str) -> InputError:
        near = difflib.get_close_matches(name, self.parameters, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        return InputError(
            f"the study '{self.name}' has no such parameter", received=name,
            allowed=", ".join(self.parameters),
            next_step=f"{hint}All parameters: twin study show {self.name}",
        )


def list_templates() -> list[Template]:
    """Return the templates of this installation, by name."""
    return [read_template(path) for path in sorted(_folder().glob("*.ipynb"))]


def find_template(template: str | Path | Template) -> Template:
    """Return a template by its name, or by the path of a notebook.

    Raises
    ------
    InputError
        No such template, or a notebook that is not one.
    """
    if isinstance(template, Template):
        return template
    named = _folder() / f"{template}.ipynb"
    if named.is_file():
        return read_template(named)
    if str(template).endswith(".ipynb") and Path(template).is_file():
        return read_template(Path(template))
    names = [path.stem for path in sorted(_folder().glob("*.ipynb"))]
    near = difflib.get_close_matches(str(template), names, n=1, cutoff=0.5)
    raise InputError(
        "unknown study", received=template, allowed=", ".join(names) + ", or a path to a notebook",
        next_step=f"twin study show {near[0]}" if near else "twin study list",
    )


def read_template(path: Path) -> Template:
    """Read the declarations of a template.

    Raises
    ------
    InputError
        Not a notebook, no cell tagged ``parameters`` or more than one, an assignment that is not
        a plain value, declarations that do not match the cell, a default that is out of range.
    """
    import nbformat  # 0.1 s: only where a notebook is read

    try:
        notebook = nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, OSError) as error:
        raise InputError("this file is not a notebook", received=path,
                         next_step="give a .ipynb file, or a name of: twin study list") from error
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise InputError(
            f"{path} has {len(tagged)} cells tagged 'parameters'", allowed="exactly one",
            next_step="tag one cell in JupyterLab: property inspector, Cell Tags",
        )
    twin = notebook.metadata.get("twin", {})
    parameters = _parameters(path, _assigned(path, tagged[0].source), twin.get("parameters", {}))
    return Template(
        name=path.stem, path=path.resolve(),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        title={"en": path.stem, "fr": path.stem, **twin.get("title", {})},
        summary={"en": "", "fr": "", **twin.get("summary", {})},
        parameters=parameters,
    )


def _assigned(path: Path, source: str) -> dict[str, tuple[str, Any]]:
    """Return the kind and the default of each variable that the tagged cell assigns."""
    found: dict[str, tuple[str, Any]] = {}
    for statement in ast.parse(source).body:
        annotation, target = None, None
        if isinstance(statement, ast.AnnAssign):
            annotation, target = ast.unparse(statement.annotation), statement.target
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
        try:
            value = ast.literal_eval(statement.value)
        except (AttributeError, TypeError, ValueError):
            target = None
        if not isinstance(target, ast.Name):
            raise InputError(
                f"the parameters cell of {path.name} may only assign plain values",
                received=ast.unparse(statement), allowed="name: type = value",
                next_step="move everything else to the cell after it",
            )
        kind = (annotation or type(value).__name__).split("|")[0].strip()
        found[target.id] = (kind, value)
    return found


def _parameters(
    path: Path, assigned: Mapping[str, tuple[str, Any]], declared: Mapping[str, Any]
) -> dict[str, Parameter]:
    if set(assigned) != set(declared):
        raise InputError(
            f"the parameters of {path.name} and their declarations differ",
            received=", ".join(sorted(set(assigned) ^ set(declared))),
            allowed="the same names in the tagged cell and in the metadata twin.parameters",
            next_step="declare these names in twin.parameters, or assign them in the tagged cell",
        )
    parameters = {}
    for name, (kind, default) in assigned.items():
        fields = {"kind": kind, **declared[name], "name": name, "default": default}
        try:
            parameters[name] = Parameter(**fields)
        except ValidationError as error:
            raise InputError(
                f"the declaration of {name} in {path.name} is not valid: {error}",
                allowed=f"kind ({', '.join(KINDS)}), unit, minimum, maximum, choices, words, "
                "english, french",
                next_step=f"correct {name} in the notebook's metadata twin.parameters",
            ) from error
        parameters[name].read(default)
    return parameters


def _folder() -> Path:
    return get_settings().notebooks_directory / "studies"
