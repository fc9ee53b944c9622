"""What the result of a case follows from: its content, the data it reads, the code that reads them.

Files count by what they hold, not by where they lie: a mesh moved elsewhere is the same mesh.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin_kernel.catalog import (
    discharge_climatology,
    ocean_boundary_constants,
    open_catalog,
    river_definition,
    river_sections,
    tide_gauges,
)
from twin_kernel.solvers.registry import get_solver

if TYPE_CHECKING:
    from twin_kernel.runs.case import Case

__all__ = ["fingerprint"]

# What turns a case into a setup, besides the mesh, whose own key covers its code.
_CODE = ("forcing/*.py", "runs/setup.py", "mesh/bed.py", "mesh/domain.py", "mesh/files.py",
         "mesh/gmsh.py", "mesh/selafin.py", "mesh/ugrid.py")


def fingerprint(case: Case) -> dict[str, Any]:
    """Return what decides the result of a case, ready for JSON, to be hashed."""
    from twin_kernel.catalog.meshes import mesh_key
    from twin_kernel.runs.case import RIVER_MESH

    content = case.model_dump(mode="json")
    content["discharge"] = {name: _content_of(given) for name, given in case.discharge.items()}
    content["weather"], content["surge"] = _content_of(case.weather), _content_of(case.surge)
    content["mesh"] = mesh_key(case.river) if case.mesh == RIVER_MESH else _content_of(case.mesh)
    solver = get_solver(case.solver)
    return {"case": content, "data": _data(case.river), "code": _code(),
            "solver": f"{solver.name} {solver.version}", "tide": f"utide {version('utide')}"}


def _content_of(given: Any) -> Any:
    """Return the hash of a file, and anything else as it is."""
    if not isinstance(given, str) or not Path(given).is_file():
        return given
    found = hashlib.sha256(Path(given).read_bytes())
    boundary_names = Path(given).with_suffix(".cli")  # beside a SELAFIN mesh
    if boundary_names.is_file():
        found.update(boundary_names.read_bytes())
    return found.hexdigest()


@cache
def _data(river: str) -> str:
    found = hashlib.sha256(river_definition(river).model_dump_json().encode())
    for table in (ocean_boundary_constants(), discharge_climatology(), river_sections(),
                  tide_gauges(), open_catalog().read("weather_climatology")):
        found.update(table.to_csv().encode())
    return found.hexdigest()


@cache
def _code() -> str:
    package, found = Path(__file__).resolve().parent.parent, hashlib.sha256()
    for pattern in _CODE:
        for path in sorted(package.glob(pattern)):
            found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]
