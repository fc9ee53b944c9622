"""What the result of a case follows from besides the case itself: mesh, data, solver."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from twin_kernel.catalog import (
    discharge_climatology,
    ocean_boundary_constants,
    river_definition,
    river_sections,
)
from twin_kernel.solvers.registry import get_solver

if TYPE_CHECKING:
    from twin_kernel.runs.case import Case

__all__ = ["fingerprint"]


def fingerprint(case: Case) -> dict[str, str]:
    """Return hashes of the mesh and of the data read, and versions of solver and tide library."""
    from twin_kernel.catalog.meshes import mesh_key
    from twin_kernel.runs.case import RIVER_MESH

    data = hashlib.sha256(river_definition(case.river).model_dump_json().encode())
    for table in (ocean_boundary_constants(), discharge_climatology(), river_sections()):
        data.update(table.to_csv().encode())
    for given in sorted(str(value) for value in case.discharge.values()):
        if Path(given).is_file():
            data.update(Path(given).read_bytes())
    if case.mesh == RIVER_MESH:
        mesh = mesh_key(case.river)
    else:
        mesh = hashlib.sha256(Path(case.mesh).read_bytes()).hexdigest()
    solver = get_solver(case.solver)
    return {"mesh": mesh, "data": data.hexdigest(), "solver": f"{solver.name} {solver.version}",
            "tide": f"utide {version('utide')}"}
