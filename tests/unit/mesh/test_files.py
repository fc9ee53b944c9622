"""Meshes survive their files, and files that are no mesh are refused by a sentence."""

import os
import struct
import warnings
from dataclasses import replace
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


@pytest.mark.parametrize("wrong", [{"zone_names": ("soft mud",)},
                                   {"open_boundaries": {"a/b": np.array([[0, 7]])}}])
def test_names_that_a_file_cannot_hold_are_refused(tmp_path, wrong):
    with pytest.raises(MeshError, match=r"must be single words\. Received: '(soft mud|a/b)'\."):
        write_ugrid(replace(lattice(), **wrong), tmp_path / "m.nc")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("crs", ["local", "unknown"])
def test_basin_that_lies_nowhere_has_no_degrees(tmp_path, crs):
    mesh = replace(lattice(), crs=crs)
    write_ugrid(mesh, tmp_path / "m.nc")
    assert same(read_mesh(tmp_path / "m.nc"), mesh)
    assert not {"mesh2d_node_longitude", "projection"} & set(to_dataset(mesh).variables)


def changed(tmp_path, change):
    """Return the mesh read from the lattice's file after a change of its dataset in place."""
    dataset = to_dataset(lattice())
    change(dataset)
    dataset.to_netcdf(tmp_path / "m.nc")
    return read_mesh(tmp_path / "m.nc", crs="EPSG:3857")


def test_projection_is_read_from_the_grid_mapping(tmp_path):
    assert to_dataset(lattice())["bed_level"].attrs["grid_mapping"] == "projection"
    assert changed(tmp_path, lambda d: d.attrs.pop("crs")).crs == "EPSG:2154"


def test_projection_is_the_given_one_where_the_file_does_not_say(tmp_path):
    write_ugrid(replace(lattice(), crs="unknown"), tmp_path / "m.nc")
    assert read_mesh(tmp_path / "m.nc", crs="EPSG:2154").crs == "EPSG:2154"


@pytest.mark.parametrize("words", [
    {"positive": "down"}, {"standard_name": "sea_floor_depth_below_mean_sea_level"}])
def test_depths_become_levels(tmp_path, words):
    def turn(dataset):
        dataset["bed_level"] = (dataset["bed_level"].dims, -dataset["bed_level"].values,
                                {"units": "m", **words})

    assert np.array_equal(changed(tmp_path, turn).node_bed, lattice().node_bed)


def test_faces_along_the_second_dimension_are_read(tmp_path):
    def turn(dataset):
        dataset["mesh2d_face_nodes"] = dataset["mesh2d_face_nodes"].transpose()

    assert np.array_equal(changed(tmp_path, turn).face_nodes, lattice().face_nodes)


def test_faces_counted_from_1_are_read(tmp_path):
    def count(dataset):
        dataset["mesh2d_face_nodes"] = (
            dataset["mesh2d_face_nodes"].dims, lattice().face_nodes + 1, {"start_index": 1})

    assert np.array_equal(changed(tmp_path, count).face_nodes, lattice().face_nodes)


def test_coordinates_in_degrees_are_refused(tmp_path):
    def turn(dataset):
        dataset["mesh2d"].attrs["node_coordinates"] = "mesh2d_node_longitude mesh2d_node_latitude"

    with pytest.raises(MeshError, match=r"not in metres\. Received: mesh2d_node_longitude in deg"):
        changed(tmp_path, turn)


def test_coordinates_in_kilometres_are_refused(tmp_path):
    with pytest.raises(MeshError, match=r"not in metres\. Received: mesh2d_node_x in km\."):
        changed(tmp_path, lambda d: d["mesh2d_node_x"].attrs.update(units="km"))


def test_topology_that_names_nothing_is_refused(tmp_path):
    with pytest.raises(MeshError, match=r"not complete\. Received: .*face_node_connectivity"):
        changed(tmp_path, lambda d: d["mesh2d"].attrs.pop("face_node_connectivity"))


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


@pytest.mark.parametrize("line", ["hello world", "2 2 2 0 0 0 0"])
def test_damaged_boundary_file_is_refused(tmp_path, line):
    write_selafin(tmp_path / "m.slf", lattice())
    (tmp_path / "m.cli").write_text(line + "\n")
    with pytest.raises(MeshError, match=r"boundary file cannot be read\. Received: m\.cli: .*"
                                        r"lines of 12 columns or more.*Next: write it again"):
        read_mesh(tmp_path / "m.slf")


def test_empty_boundary_file_is_refused(tmp_path):
    write_selafin(tmp_path / "m.slf", lattice())
    (tmp_path / "m.cli").write_text("")
    with pytest.raises(MeshError, match=r"of another mesh\. Received: m\.cli with 0 nodes"):
        read_mesh(tmp_path / "m.slf")


def test_boundary_file_with_fortran_reals_is_read(tmp_path):
    write_selafin(tmp_path / "m.slf", lattice())
    write_conditions(tmp_path / "m.cli", rim_of(6, 4), dict.fromkeys(range(0, 35, 7), 5))
    text = (tmp_path / "m.cli").read_text().replace(" 0 0 0 0 2 ", " 0.0D0 0.0D0 0.0 0.0 2 ")
    (tmp_path / "m.cli").write_text(text)
    assert list(read_mesh(tmp_path / "m.slf").open_boundaries) == ["level_1"]


def test_selafin_turned_clockwise_is_turned_back(tmp_path):
    mesh = lattice()
    mesh.face_nodes[:] = mesh.face_nodes[:, ::-1]
    write_selafin(tmp_path / "m.slf", mesh)
    assert quality(read_mesh(tmp_path / "m.slf")).area > 0


def write_gmsh(path, mesh, line=(7, "ocean"), surfaces=((1, "sand"), (2, "mud"))):
    """Write the boundary "ocean" as a line group and halves of the triangles as surface groups."""
    groups = np.repeat([number for number, _ in surfaces], mesh.n_face // len(surfaces))
    tags = [np.full(len(mesh.open_boundaries["ocean"]), line[0]), groups]
    content = meshio.Mesh(
        np.stack([mesh.node_x, mesh.node_y, mesh.node_bed], axis=1),
        [("line", mesh.open_boundaries["ocean"]), ("triangle", mesh.face_nodes)],
        cell_data={"gmsh:physical": tags, "gmsh:geometrical": tags},
        field_data={line[1]: np.array([line[0], 1]),
                    **{name: np.array([number, 2]) for number, name in surfaces}})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        meshio.write(path, content, file_format="gmsh22", binary=False)


def test_gmsh_groups_become_boundaries_and_zones(tmp_path):
    mesh = lattice()
    write_gmsh(tmp_path / "m.msh", mesh)
    read = read_mesh(tmp_path / "m.msh", crs="EPSG:2154")
    assert np.array_equal(read.face_nodes, mesh.face_nodes)
    assert read.zone_names == ("sand", "mud")
    assert np.array_equal(read.face_zone, np.repeat([0, 1], mesh.n_face // 2))
    assert {name: len(pairs) for name, pairs in read.open_boundaries.items()} == {"ocean": 4}


def test_gmsh_counts_lines_and_surfaces_apart(tmp_path):
    write_gmsh(tmp_path / "m.msh", lattice(), line=(1, "ocean"))
    read = read_mesh(tmp_path / "m.msh")
    assert (list(read.open_boundaries), read.zone_names) == (["ocean"], ("sand", "mud"))


def test_gmsh_names_become_words_that_survive_a_file(tmp_path):
    write_gmsh(tmp_path / "m.msh", lattice(), (7, "open sea"), ((1, "soft mud"), (2, "sand/silt")))
    read = read_mesh(tmp_path / "m.msh", crs="EPSG:2154")
    assert (list(read.open_boundaries), read.zone_names) == (
        ["open_sea"], ("soft_mud", "sand_silt"))
    write_ugrid(read, tmp_path / "m.nc")
    assert same(read_mesh(tmp_path / "m.nc"), read)


def test_gmsh_groups_of_one_name_are_refused(tmp_path):
    write_gmsh(tmp_path / "m.msh", lattice(), surfaces=((1, "soft mud"), (2, "soft_mud")))
    with pytest.raises(MeshError, match=r"Physical groups have one name\. Received: soft_mud\."):
        read_mesh(tmp_path / "m.msh")


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


def test_two_writers_of_one_file_do_not_write_in_one_another(tmp_path, monkeypatch):
    """Two first runs on a machine build the river's mesh at once, into one cache."""
    aside, replace_file = [], os.replace

    def replacing(source, target):
        aside.append(source)
        if len(aside) == 1:  # the second writes and ends while the first is about to end
            write_ugrid(lattice(), target)
        replace_file(source, target)

    monkeypatch.setattr("twin_kernel.mesh.ugrid.os.replace", replacing)
    write_ugrid(lattice(), tmp_path / "m.nc")
    assert len(set(aside)) == 2
    assert same(read_mesh(tmp_path / "m.nc"), lattice())
    assert [one.name for one in tmp_path.iterdir()] == ["m.nc"]
