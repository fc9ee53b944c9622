"""Gives the open boundaries of a mesh the names that a river's forcing knows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from twin_kernel.errors import MeshError
from twin_kernel.mesh.topology import Mesh

__all__ = ["rename_boundaries"]


def rename_boundaries(mesh: Mesh, names: dict[str, str]) -> Mesh:
    """Return the mesh with open boundaries renamed; those given one name become one boundary.

    Parameters
    ----------
    mesh : Mesh
    names : dict of str to str
        New name of each, for example ``{"level_1": "ocean", "discharge_1": "garonne"}``; the
        others keep theirs.

    Raises
    ------
    MeshError
        Where the mesh has no such boundary.
    """
    unknown = sorted(set(names) - set(mesh.open_boundaries))
    if unknown:
        raise MeshError("The mesh has no open boundary of that name",
                        received=", ".join(unknown),
                        allowed=", ".join(mesh.open_boundaries) or "none: the mesh has only walls",
                        next_step="rename one of the names in mesh.open_boundaries")
    parts: dict[str, list[np.ndarray]] = {}
    for name, pairs in mesh.open_boundaries.items():
        parts.setdefault(names.get(name, name), []).append(np.asarray(pairs))
    return replace(mesh, open_boundaries={
        name: np.concatenate(pairs) for name, pairs in parts.items()})
