"""Which processes a run has, and how they are made."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from twin_kernel.errors import InputError, did_you_mean
from twin_kernel.mesh.edges import edges
from twin_kernel.solvers.native.allowed_values import allowed_values, asked_for, meant
from twin_kernel.solvers.native.process import Process, Site

if TYPE_CHECKING:
    from twin_kernel.mesh.topology import Mesh
    from twin_kernel.solvers.native.grid import Grid
    from twin_kernel.solvers.native.inputs import Inputs

__all__ = ["PROCESSES", "check_places", "check_processes", "make_processes", "options_of",
           "site_of", "tracers_of"]

# Imported when asked for: a run of tide and salt need not compile mud.
_CLASSES: dict[str, tuple[str, str, str]] = {
    "dye": ("dye", "Dye", "DyeOptions"),
    "sediment": ("sediment.sediment", "Sediment", "SedimentOptions"),
    "temperature": ("temperature", "Temperature", "TemperatureOptions"),
    "water_quality": ("water_quality", "WaterQuality", "WaterQualityOptions"),
    "waves": ("waves", "Waves", "WaveOptions"),
}

PROCESSES = frozenset({"salinity", *_CLASSES})
"""Names that `Setup.processes` may hold."""

# What people ask for by the name of a variable, and the process that computes it.
_MEANT = {"oxygen": "water_quality", "dissolved_oxygen": "water_quality", "mud": "sediment",
          "sand": "sediment", "turbidity": "sediment", "salt": "salinity", "heat": "temperature",
          "swell": "waves", "water_age": "dye", "residence": "dye"}


# Complaints that the bounds and choices of an option answer.
_OF_A_VALUE = {"greater_than", "greater_than_equal", "less_than", "less_than_equal",
               "literal_error", "float_parsing", "float_type", "bool_parsing", "finite_number",
               "tuple_type", "missing"}


def check_processes(given: dict[str, dict[str, Any]]) -> None:
    """Refuse unknown processes and options.

    Raises
    ------
    InputError
    """
    for name, options in given.items():
        if name not in PROCESSES:
            raise InputError("Unknown process", received=name, allowed=", ".join(sorted(PROCESSES)),
                             next_step=did_you_mean(_MEANT.get(name, name), PROCESSES, "remove it"))
        if name == "salinity" and options:
            raise InputError("The process 'salinity' has no options", received=options,
                             allowed="{}", next_step="dispersion and density are solver_options")
        if name in _CLASSES:
            options_of(name, options)


def check_places(given: dict[str, dict[str, Any]], mesh: Mesh, latitude: float,
                 salinity: np.ndarray) -> None:
    """Refuse options that name a zone, boundary or place that the mesh has not, or no water has.

    The processes themselves know which; they are made here, in the order of the mesh, and left.

    Raises
    ------
    InputError
    """
    if not set(given) & set(_CLASSES):
        return
    corners = np.stack([mesh.node_x, mesh.node_y], axis=1)[mesh.face_nodes]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    table = edges(mesh.face_nodes)
    inner = table.second >= 0
    x, y = corners.mean(axis=1).T
    make_processes(given, Site(
        x=x, y=y, area=0.5 * np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]),
        zone=np.asarray(mesh.face_zone), zone_names=mesh.zone_names,
        edge_left=table.first[inner], edge_right=table.second[inner],
        boundary_names=tuple(mesh.open_boundaries), latitude=latitude,
        boundary_faces={name: np.flatnonzero(np.isin(mesh.face_nodes, ends).sum(axis=1) >= 2)
                        for name, ends in mesh.open_boundaries.items()},
        salinity=salinity))


def tracers_of(given: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """Return the tracers whose concentration in entering water must be given."""
    names = ["salinity"] if "salinity" in given else []
    for name, options in given.items():
        if name in _CLASSES:
            names += _entering(name, options_of(name, options))
    return tuple(names)


def _entering(name: str, options: Any) -> list[str]:
    if name == "sediment":
        return [one.name for one in options.classes]
    if name == "dye":
        # Dye enters where it is released; a boundary may give some all the same. The age of water
        # is that of water marked where it enters: marked nowhere, it would be nought everywhere.
        return ["marked_water"] if options.water_age else []
    return list(_class(name)[0].tracers)


def make_processes(given: dict[str, dict[str, Any]], site: Site) -> list[Process]:
    """Return the processes, made with their options."""
    return [_class(name)[0](site, options_of(name, options))
            for name, options in given.items() if name in _CLASSES]


def site_of(grid: Grid, inputs: Inputs) -> Site:
    """Return what processes know of the place."""
    return Site(
        x=grid.face_x, y=grid.face_y, area=grid.face_area,
        zone=inputs.mesh.face_zone[grid.order], zone_names=inputs.mesh.zone_names,
        edge_left=grid.edge_left[:grid.n_internal], edge_right=grid.edge_right[:grid.n_internal],
        boundary_names=grid.boundary_names, latitude=inputs.latitude,
        boundary_faces={name: np.unique(grid.edge_left[grid.edge_boundary == k])
                        for k, name in enumerate(grid.boundary_names)},
        salinity=inputs.initial_salinity[grid.order])


def _class(name: str) -> tuple[type, type]:
    module, process, options = _CLASSES[name]
    found = import_module(f"twin_kernel.solvers.native.{module}")
    return getattr(found, process), getattr(found, options)


def options_of(name: str, given: dict[str, Any]) -> Any:
    """Return the options of a process other than salt, validated.

    Raises
    ------
    InputError
    """
    model = _class(name)[1]
    if not isinstance(given, dict):
        raise InputError(f"The options of the process '{name}' are refused", received=repr(given),
                         allowed="a dict of options, {} for those usual",
                         next_step=f"processes={{'{name}': {{}}}}")
    try:
        return model(**given)
    except ValidationError as error:
        first, *others = error.errors()
        # Of the forms that an option may have, the complaint that went deepest is of the one meant.
        same = [one for one in others if one["loc"][:1] == first["loc"][:1]]
        raise _refused(name, model, given, max(first, *same, key=lambda one: len(one["loc"]))
                       if same else first) from None


def _refused(process: str, model: Any, given: dict, error: dict[str, Any]) -> InputError:
    inner, name, path = asked_for(model, error["loc"])
    next_step = f"correct processes['{process}'] of the case"
    if not path:
        return InputError(f"The options of the process '{process}' do not go together",
                          received=repr(given), allowed=_said(error), next_step=next_step)
    received = "nothing" if error["type"] == "missing" else f"{path}={error['input']!r}"
    return InputError(f"Option '{path}' of the process '{process}' is refused", received=received,
                      allowed=_allowed(inner, name, error),
                      next_step=meant(inner, name) or next_step)


def _allowed(model: Any, name: str, error: dict[str, Any]) -> str:
    """Say what a refused option may be: its bounds, or the options there are."""
    if error["type"].startswith("union_tag"):
        return "a class with kind 'mud' or 'sand'"
    said = allowed_values(model, name)
    if name not in model.model_fields or (error["type"] in _OF_A_VALUE and said != name):
        return said
    return _said(error)


def _said(error: dict[str, Any]) -> str:
    return error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
