"""Reads meshes from SELAFIN (openTELEMAC) and the boundary file beside it.

The SELAFIN file holds triangles and the bed, without reference system or vertical datum; the
``.cli`` file gives a type to each boundary node: 2 wall, 4 discharge, 5 level.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import xarray as xr
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from twin_kernel.errors import MeshError
from twin_kernel.mesh.edges import edges, signed_area
from twin_kernel.mesh.topology import Mesh

__all__ = ["read_selafin"]

_BED_NAMES = ("FOND", "BOTTOM", "BED")
_LEVEL, _DISCHARGE = 5, 4
_NODE_COLUMN = 11  # of the .cli file: number of the node, from 1
_ZERO_UNSAID = "not stated in the SELAFIN file"


def read_selafin(path: Path | str, crs: str | None = None) -> Mesh:
    """Read a SELAFIN mesh; its open boundaries from the ``.cli`` of the same name.

    Parameters
    ----------
    path : path
        The ``.slf`` file.
    crs : str, optional
        The format holds none.

    Returns
    -------
    Mesh
        Open boundaries are named ``level_1``, ``level_2`` …, ``discharge_1`` … in the order of
        the ``.cli`` file; `rename_boundaries` gives them the names of a river's.

    Raises
    ------
    MeshError
        Where a file is damaged, holds no bed, or the ``.cli`` is of another mesh.
    """
    path = Path(path)
    try:
        with xr.open_dataset(path, engine="selafin") as dataset:
            x, y = (dataset[axis].values.astype(float) for axis in ("x", "y"))
            bed = _bed(dataset, path)
            faces = np.asarray(dataset.attrs["ikle2"]).astype(np.int64) - 1
    except MeshError:
        raise
    except Exception as error:  # the reader raises what its parsing meets
        raise MeshError("The SELAFIN file cannot be read", received=f"{path.name}: {error}",
                        allowed="a two-dimensional SELAFIN file with a bed",
                        next_step="open it with the tool that wrote it") from error
    turned = signed_area(x, y, faces) < 0
    faces[turned] = faces[turned][:, ::-1]
    conditions = path.with_suffix(".cli")
    return Mesh(
        node_x=x, node_y=y, face_nodes=faces, node_bed=bed, crs=crs or "unknown",
        vertical_datum=_ZERO_UNSAID,
        open_boundaries=_open_boundaries(conditions, faces) if conditions.is_file() else {})


def _bed(dataset: xr.Dataset, path: Path) -> np.ndarray:
    in_file = {name: str(dataset.attrs["variables"].get(name, [name])[0]).strip()
               for name in dataset.data_vars}  # the reader shortens some names, BOTTOM to B
    for name, long_name in in_file.items():
        if long_name.upper() in _BED_NAMES:
            return dataset[name].values[-1].astype(float)
    found = ", ".join(in_file.values()) or "nothing"
    raise MeshError("The SELAFIN file holds no bed level", received=f"{path.name} with {found}",
                    allowed="a variable named " + ", ".join(_BED_NAMES),
                    next_step="add the bed level, in m, positive up, under such a name")


def _open_boundaries(path: Path, faces: np.ndarray) -> dict[str, np.ndarray]:
    """Return runs of open boundary edges: those whose two nodes have the same open type."""
    node, code = _conditions(path)
    table = edges(faces)
    rim = table.nodes[table.boundary]
    if set(node.tolist()) != set(rim.ravel().tolist()):
        raise MeshError("The boundary file is of another mesh",
                        received=f"{path.name} with {len(node)} nodes",
                        allowed=f"the {len(np.unique(rim))} boundary nodes of the mesh",
                        next_step="put the .cli of this mesh beside it, or none")
    type_of = np.zeros(faces.max() + 1, dtype=np.int64)
    type_of[node] = code
    place = np.zeros(faces.max() + 1, dtype=np.int64)
    place[node] = np.arange(len(node))
    found: dict[str, np.ndarray] = {}
    for name, wanted in (("level", _LEVEL), ("discharge", _DISCHARGE)):
        mine = rim[(type_of[rim] == wanted).all(axis=1)]
        for number, run in enumerate(_runs(mine, place), start=1):
            found[f"{name}_{number}"] = run
    return found


def _conditions(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return node, from 0, and type of level of each line of a boundary file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # an empty file is refused by its count
            # Other columns are not read: Fortran writes reals there that Python does not know.
            rows = np.loadtxt(path, ndmin=2, usecols=(0, _NODE_COLUMN), encoding="latin-1")
    except ValueError as error:
        raise MeshError("The boundary file cannot be read", received=f"{path.name}: {error}",
                        allowed=f"lines of {_NODE_COLUMN + 1} columns or more: type of level "
                                f"first, number of the node in column {_NODE_COLUMN + 1}",
                        next_step="write it again with the tool that made the mesh, or remove it"
                        ) from error
    rows = rows.reshape(-1, 2).astype(np.int64)
    return rows[:, 1] - 1, rows[:, 0]


def _runs(pairs: np.ndarray, place: np.ndarray) -> list[np.ndarray]:
    """Split edges (n, 2) in connected runs, in the order of the boundary file."""
    if len(pairs) == 0:
        return []
    size = len(place)
    graph = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    of_pair = label[pairs[:, 0]]
    runs = [pairs[of_pair == one] for one in np.unique(of_pair)]
    return sorted(runs, key=lambda run: place[run].min())
