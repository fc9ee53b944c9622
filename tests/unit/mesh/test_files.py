"""Meshes survive their files, and files that are no mesh are refused by a sentence."""

import struct
import warnings
from pathlib import Path

import meshio
import numpy as np
import pytest
import xarray as xr

from tests.unit.mesh.basins import lattice
from twin_kernel.errors import MeshError
from twin_kernel.mesh import quality, read_mesh, rename_boundaries, to_dataset, write_ugrid

REAL_SELAFIN = Path(__file__).resolve().parents[4] / "shared" / "data" / "geo_estu_gir.slf"


def same(one, other):
    """Tell whether two meshes are equal to the last bit."""
    return (all(np.array_equal(getattr(one, name), getattr(other, name))
                for name in ("node_x", "node_y", "face_nodes", "node_bed", "face_zone"))
            and one.zone_names == other.zone_names and one.crs == other.crs
            and one.vertical_datum == other.vertical_datum
            and one.open_boundaries.keys() == other.open_boundaries.keys()
            and all(np.array_equal(pairs, other.open_boundaries[name])
                    for name, pairs in one.open_boundaries.items()))


def write_selafin(path, mesh):
    """Write nodes, triangles and bed as openTELEMAC does: Fortran records, double precision."""
    def record(content):
        size = struct.pack(">i", len(content))
        return size + content + size

    def numbers(values, kind=">i4"):
        return record(np.ascontiguousarray(values, dtype=kind).tobytes())

    path.write_bytes(b"".join([
        record(b"basin".ljust(72) + b"SERAFIND"), numbers([1, 0]),
        record(b"BOTTOM".ljust(16) + b"M".ljust(16)), numbers([1] + [0] * 9),
        numbers([mesh.n_face, mesh.n_node, 3, 1]), numbers(mesh.face_nodes + 1),
        numbers(np.ones(mesh.n_node)), numbers(mesh.node_x, ">f8"), numbers(mesh.node_y, ">f8"),
        numbers([0.0], ">f8"), numbers(mesh.node_bed, ">f8")]))


def write_conditions(path, rim, types):
    """Write a boundary file: types of level, velocities and tracer, and the node, from 1."""
    rows = [f"{types.get(node, 2)} 2 2 0 0 0 0 2 0 0 0 {node + 1} {place + 1}"
            for place, node in enumerate(rim)]
    path.write_text("\n".join(rows) + "\n")


def rim_of(columns, rows):
    """Return the boundary nodes of a lattice once around."""
    number = np.arange((columns + 1) * (rows + 1)).reshape(rows + 1, columns + 1)
    return [*number[0], *number[1:, -1], *number[-1, -2::-1], *number[-2:0:-1, 0]]


def test_ugrid_gives_back_every_bit(tmp_path):
    mesh = lattice()
    write_ugrid(mesh, tmp_path / "m.nc")
    assert same(read_mesh(tmp_path / "m.nc"), mesh)
    assert [file.name for file in tmp_path.iterdir()] == ["m.nc"]


def test_ugrid_says_what_the_conventions_ask():
    dataset = to_dataset(lattice())
    topology = dataset["mesh2d"].attrs
    assert dataset.attrs["Conventions"] == "CF-1.11 UGRID-1.0"
    assert topology["cf_role"] == "mesh_topology"
    assert topology["topology_dimension"] == 2
    for name in (topology["face_node_connectivity"], *topology["node_coordinates"].split()):
        assert name in dataset
    assert dataset["bed_level"].attrs["location"] == "node"
    assert dataset["bed_level"].attrs["units"] == "m"


def test_ugrid_opens_in_xugrid():
    import xugrid

    grid = xugrid.Ugrid2d.from_dataset(to_dataset(lattice()))
    assert (grid.n_node, grid.n_face) == (35, 48)


def test_selafin_with_its_boundary_file(tmp_path):
    mesh = lattice()
    write_selafin(tmp_path / "m.slf", mesh)
    rim = rim_of(6, 4)
    types = {**dict.fromkeys(range(0, 35, 7), 5), **dict.fromkeys(range(6, 35, 7), 4)}
    write_conditions(tmp_path / "m.cli", rim, types)
    read = read_mesh(tmp_path / "m.slf", crs="EPSG:2154")
    assert np.array_equal(read.face_nodes, mesh.face_nodes)
    np.testing.assert_array_equal(read.node_bed, mesh.node_bed)
    assert read.crs == "EPSG:2154"
    assert {name: len(pairs) for name, pairs in read.open_boundaries.items()} == {
        "level_1": 4, "discharge_1": 4}
    named = rename_boundaries(read, {"level_1": "ocean", "discharge_1": "garonne"})
    assert set(named.open_boundaries) == {"ocean", "garonne"}


def test_boundary_file_of_another_mesh_is_refused(tmp_path):
    write_selafin(tmp_path / "m.slf", lattice())
    write_conditions(tmp_path / "m.cli", [0, 1, 2], {})
    with pytest.raises(MeshError, match=r"of another mesh.*m\.cli with 3 nodes.*the 20 boundary"):
        read_mesh(tmp_path / "m.slf")


def test_selafin_turned_clockwise_is_turned_back(tmp_path):
    mesh = lattice()
    mesh.face_nodes[:] = mesh.face_nodes[:, ::-1]
    write_selafin(tmp_path / "m.slf", mesh)
    assert quality(read_mesh(tmp_path / "m.slf")).area > 0


def test_gmsh_groups_become_boundaries_and_zones(tmp_path):
    mesh = lattice()
    half = mesh.n_face // 2
    content = meshio.Mesh(
        np.stack([mesh.node_x, mesh.node_y, mesh.node_bed], axis=1),
        [("line", mesh.open_boundaries["ocean"]), ("triangle", mesh.face_nodes)],
        cell_data={"gmsh:physical": [np.full(4, 7), np.repeat([1, 2], half)],
                   "gmsh:geometrical": [np.full(4, 7), np.repeat([1, 2], half)]},
        field_data={"ocean": np.array([7, 1]), "sand": np.array([1, 2]),
                    "mud": np.array([2, 2])})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        meshio.write(tmp_path / "m.msh", content, file_format="gmsh22", binary=False)
    read = read_mesh(tmp_path / "m.msh", crs="EPSG:2154")
    assert np.array_equal(read.face_nodes, mesh.face_nodes)
    assert read.zone_names == ("sand", "mud")
    assert np.array_equal(read.face_zone, np.repeat([0, 1], half))
    assert {name: len(pairs) for name, pairs in read.open_boundaries.items()} == {"ocean": 4}


def test_gmsh_quadrilaterals_are_refused(tmp_path):
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=float)
    meshio.write(tmp_path / "q.msh", meshio.Mesh(points, [("quad", np.array([[0, 1, 2, 3]]))]),
                 file_format="gmsh22", binary=False)
    with pytest.raises(MeshError, match=r"not triangles\. Received: quad"):
        read_mesh(tmp_path / "q.msh")


def test_unknown_format_is_refused(tmp_path):
    with pytest.raises(MeshError, match=r"Received: m\.shp\. Allowed: UGRID \.nc, SELAFIN \.slf"):
        read_mesh(tmp_path / "m.shp")


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(MeshError, match=r"not there\. Received: .*m\.nc"):
        read_mesh(tmp_path / "m.nc")


@pytest.mark.parametrize("name", ["m.slf", "m.msh", "m.nc"])
def test_damaged_files_are_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"this is no mesh at all, and far too short to be one" * 5)
    with pytest.raises(MeshError, match="cannot be read"):
        read_mesh(tmp_path / name)


def test_netcdf_without_mesh_is_refused(tmp_path):
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "a.nc")
    with pytest.raises(MeshError, match="The file holds no mesh"):
        read_mesh(tmp_path / "a.nc")


def test_reading_refuses_what_a_solver_cannot_use(tmp_path):
    mesh = lattice()
    mesh.node_bed[0] = np.nan
    write_ugrid(mesh, tmp_path / "m.nc")
    with pytest.raises(MeshError, match="bed level are missing"):
        read_mesh(tmp_path / "m.nc")


def test_unknown_boundary_cannot_be_renamed():
    with pytest.raises(MeshError, match=r"Received: seine\. Allowed: ocean, garonne"):
        rename_boundaries(lattice(), {"seine": "ocean"})


@pytest.mark.optional
@pytest.mark.skipif(not REAL_SELAFIN.is_file(), reason="openTELEMAC's example is not here")
def test_the_example_of_opentelemac():
    mesh = read_mesh(REAL_SELAFIN, crs="EPSG:27563")
    assert (mesh.n_node, mesh.n_face) == (7351, 12838)
    assert mesh.node_bed.min() == pytest.approx(-47.8, abs=0.1)
    assert {name: len(pairs) for name, pairs in mesh.open_boundaries.items()} == {
        "level_1": 27, "discharge_1": 4, "discharge_2": 4}
