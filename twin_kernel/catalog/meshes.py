"""The mesh of a river of the catalogue: built once from its data and recipe, then cached."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict
from functools import cache, lru_cache
from pathlib import Path

from twin_kernel.catalog.rivers import river_definition
from twin_kernel.catalog.tables import coast, outline, river_sections
from twin_kernel.errors import CatalogError
from twin_kernel.mesh.build import build_mesh
from twin_kernel.mesh.recipe import Recipe
from twin_kernel.mesh.topology import Mesh
from twin_kernel.mesh.ugrid import read_ugrid, write_ugrid
from twin_kernel.settings import get_settings

__all__ = ["BUILDERS", "mesh_key", "mesh_recipe", "river_mesh"]

BUILDERS = ("bed", "build", "conveyance", "domain", "edges", "generate", "improve", "recipe",
            "renumber")
"""Modules of `twin_kernel.mesh` that a mesh follows from: the cache forgets it when they change."""


def mesh_recipe(river: str = "gironde") -> Recipe:
    """Return the recipe of a river's mesh, ``catalogs/meshes/RIVER.toml``.

    Raises
    ------
    CatalogError
        Where the river has no recipe, or one with unknown or missing entries.
    """
    definition = river_definition(river)
    path = get_settings().catalogs_directory / "meshes" / f"{river}.toml"
    if not path.is_file():
        raise CatalogError("The river has no mesh recipe", received=river, allowed=str(path),
                           next_step="give a mesh file to the case instead")
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return Recipe(crs=definition.crs, vertical_datum=definition.vertical_datum,
                      **{**values, "mouth": tuple(values["mouth"]),
                         "conveyance_bounds": tuple(values["conveyance_bounds"])})
    except (TypeError, KeyError) as error:
        raise CatalogError("The mesh recipe is refused", received=f"{path.name}: {error}",
                           allowed=", ".join(Recipe.__dataclass_fields__),
                           next_step=f"correct {path}") from None


def river_mesh(river: str = "gironde") -> Mesh:
    """Return the mesh of a river, from the cache where data, recipe and code are the same.

    Building the Gironde takes about two seconds; the cache keeps runs from depending on the
    mesh library's version.
    """
    recipe = mesh_recipe(river)
    path = get_settings().cache_directory / f"mesh-{river}-{mesh_key(river)}.nc"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_ugrid(build_mesh(outline(), coast(), river_sections(), recipe), path)
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Mesh:
    """Read a mesh that many runs share: nobody may write in its arrays."""
    mesh = read_ugrid(path)
    for array in (mesh.node_x, mesh.node_y, mesh.face_nodes, mesh.node_bed, mesh.face_zone,
                  *mesh.open_boundaries.values()):
        array.flags.writeable = False
    return mesh


@cache
def mesh_key(river: str = "gironde") -> str:
    """Return the hash of what the mesh follows from: recipe, data and the code that builds it."""
    digest = hashlib.sha256(json.dumps(asdict(mesh_recipe(river)), sort_keys=True).encode())
    for table in (outline().to_json(), coast().to_json(), river_sections().to_csv()):
        digest.update(table.encode())
    code = Path(__file__).resolve().parent.parent / "mesh"
    for name in BUILDERS:
        digest.update((code / f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]
