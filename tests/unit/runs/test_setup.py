"""What a case becomes for the solver, where the case leaves it open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twin_kernel.catalog.meshes import river_mesh
from twin_kernel.errors import MeshError
from twin_kernel.mesh.ugrid import write_ugrid
from twin_kernel.runs import Case
from twin_kernel.runs.setup import build_setup


def _heat(month, **given):
    case = Case(start=f"2015-{month:02d}-01", stop=f"2015-{month:02d}-02",
                processes={"salinity": {}, "temperature": given}, weather="climatology")
    return build_setup(case).processes["temperature"]


@pytest.mark.parametrize(("month", "sea", "river"), [(1, 12.5, 7.25), (8, 20.0, 24.25)])
def test_water_starts_as_warm_as_what_enters_in_its_season(month, sea, river):
    """Monthly means of the river's definition, between those of the months beside."""
    found = _heat(month)
    assert found["initial"] == pytest.approx(sea, abs=0.3)
    assert found["initial_fresh"] == pytest.approx(river, abs=0.3)


def test_a_temperature_that_is_given_is_kept():
    assert _heat(8, initial=18.0) == {"initial": 18.0}


def _moved(tmp_path, metres):
    """Return a case on the river's mesh, moved eastward."""
    mesh, path = river_mesh("gironde"), tmp_path / "moved.nc"
    write_ugrid(replace(mesh, node_x=mesh.node_x + metres), path)
    return Case(start="2015-09-10", stop="2015-09-11", mesh=str(path))


def test_gauges_off_the_mesh_are_left_out_and_named(tmp_path):
    """Five kilometres east the sea's gauges and Lamena's are in the water or beside it."""
    with pytest.warns(UserWarning, match=r"left out: .*Bordeaux \(\d\.\d km\)"):
        setup = build_setup(_moved(tmp_path, 5000.0))
    names = {station.name for station in setup.stations}
    assert "Bordeaux" not in names
    assert names


def test_a_mesh_without_any_gauge_is_refused(tmp_path):
    with pytest.raises(MeshError, match=r"none of the gauges.*reference system"):
        build_setup(_moved(tmp_path, 300000.0))
