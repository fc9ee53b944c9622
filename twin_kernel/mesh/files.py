"""One door for mesh files of every format the twin reads."""

from __future__ import annotations

from pathlib import Path

from twin_kernel.errors import MeshError
from twin_kernel.mesh.gmsh import read_gmsh
from twin_kernel.mesh.selafin import read_selafin
from twin_kernel.mesh.topology import Mesh
from twin_kernel.mesh.ugrid import read_ugrid
from twin_kernel.mesh.validate import validate

__all__ = ["read_mesh"]

_READERS = {".nc": read_ugrid, ".slf": read_selafin, ".msh": read_gmsh}


def read_mesh(path: Path | str, crs: str | None = None) -> Mesh:
    """Read a mesh and refuse one that a solver cannot use.

    Parameters
    ----------
    path : path
        ``.nc`` (UGRID), ``.slf`` (SELAFIN, with the ``.cli`` of the same name beside it for its
        open boundaries) or ``.msh`` (Gmsh).
    crs : str, optional
        Projected coordinate reference system, for example "EPSG:2154", where the file does not
        say; SELAFIN and Gmsh never do.

    Returns
    -------
    Mesh

    Raises
    ------
    MeshError
        Where the file is not there, of another format, or holds a mesh that `validate` refuses.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise MeshError("This is no mesh file the twin reads", received=path.name,
                        allowed="UGRID .nc, SELAFIN .slf, Gmsh .msh",
                        next_step="convert it, for example with meshio")
    if not path.is_file():
        raise MeshError("The mesh file is not there", received=str(path),
                        allowed="the path of a .nc, .slf or .msh file",
                        next_step="correct the path; twin mesh build writes the mesh of a river")
    mesh = reader(path, crs)
    validate(mesh)
    return mesh
