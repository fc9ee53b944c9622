"""Reads meshes from Gmsh files through meshio.

Physical line groups become open boundaries (but those whose name starts with "wall"), and
physical surface groups friction zones. The bed is the third coordinate of the nodes. Gmsh counts
groups of lines and of surfaces apart, so that number 1 may be one of each.
"""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np

from twin_kernel.errors import MeshError
from twin_kernel.mesh.edges import signed_area
from twin_kernel.mesh.topology import Mesh

__all__ = ["read_gmsh"]


def read_gmsh(path: Path | str, crs: str | None = None) -> Mesh:
    """Read a Gmsh mesh of triangles whose z is the bed level, m, positive upwards.

    Parameters
    ----------
    path : path
        The ``.msh`` file, versions 2 and 4.
    crs : str, optional
        The format holds none.

    Returns
    -------
    Mesh

    Raises
    ------
    MeshError
        Where the file is damaged, has faces that are not triangles, or two groups of one name.
    """
    import meshio  # slow to import, and few meshes come from Gmsh

    path = Path(path)
    said = io.StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said):
            content = meshio.read(path, file_format="gmsh")
    # meshio prints its refusals and leaves the process, which a library's caller cannot bear.
    except (meshio.ReadError, SystemExit, ValueError, KeyError, IndexError) as error:
        raise MeshError("The Gmsh file cannot be read",
                        received=f"{path.name}: {' '.join(said.getvalue().split()) or error}",
                        allowed="a .msh file of version 2 or 4",
                        next_step="export it again from Gmsh as version 4.1") from error
    kinds = {block.type for block in content.cells}
    if "triangle" not in kinds or kinds - {"triangle", "line", "vertex"}:
        raise MeshError("The mesh has faces that are not triangles",
                        received=", ".join(sorted(kinds)) or "no cells",
                        allowed="triangle, and line for boundaries",
                        next_step="mesh with triangles only, without recombination")
    faces, face_group = _cells(content, "triangle")
    lines, line_group = _cells(content, "line")
    line_names, surface_names = (_names(content.field_data, dimension) for dimension in (1, 2))
    used, faces = np.unique(faces, return_inverse=True)
    faces = faces.reshape(-1, 3).astype(np.int64)
    x, y, bed = (content.points[used, k].astype(float) for k in range(3))
    turned = signed_area(x, y, faces) < 0
    faces[turned] = faces[turned][:, ::-1]
    zones, face_zone = np.unique(face_group, return_inverse=True)
    return Mesh(
        node_x=x, node_y=y, face_nodes=faces, node_bed=bed, crs=crs or "unknown",
        vertical_datum="not stated in the Gmsh file",
        open_boundaries=_boundaries(np.searchsorted(used, lines), line_group, line_names),
        face_zone=face_zone.astype(np.int64),
        zone_names=tuple(
            surface_names.get(int(zone), "everywhere" if len(zones) == 1 else f"zone_{zone}")
            for zone in zones))


def _names(groups: dict, dimension: int) -> dict[int, str]:
    """Return the names of the physical groups of a dimension as single words, by number."""
    names = {int(number): re.sub(r"[^\w.+-]+", "_", name)
             for name, (number, of) in groups.items() if of == dimension}
    twice = sorted({name for name in names.values() if list(names.values()).count(name) > 1})
    if twice:
        raise MeshError("Physical groups have one name", received=", ".join(twice),
                        allowed="names that differ in more than spaces and punctuation",
                        next_step="rename one of them in Gmsh")
    return names


def _cells(content, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes (n, k) and physical group (n,) of all cells of a kind, 0 without group."""
    width = {"triangle": 3, "line": 2}[kind]
    groups = content.cell_data.get("gmsh:physical", [None] * len(content.cells))
    nodes, numbers = [np.empty((0, width), dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for block, group in zip(content.cells, groups, strict=True):
        if block.type == kind:
            nodes.append(np.asarray(block.data, dtype=np.int64))
            numbers.append(np.zeros(len(block.data), dtype=np.int64) if group is None
                           else np.asarray(group, dtype=np.int64))
    return np.concatenate(nodes), np.concatenate(numbers)


def _boundaries(lines: np.ndarray, group: np.ndarray, names: dict[int, str]
                ) -> dict[str, np.ndarray]:
    return {name: np.sort(lines[group == number], axis=1).astype(np.int64)
            for number, name in sorted(names.items())
            if np.any(group == number) and not name.lower().startswith("wall")}
