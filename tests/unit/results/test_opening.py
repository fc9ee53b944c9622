"""A run's folder opens lazily, and a folder that is not one says so."""

import dask.array
import numpy as np
import pytest

from twin_kernel.errors import RunError
from twin_kernel.results import open_results


def test_maps_are_lazy_and_on_the_mesh(results):
    salinity = results.maps["salinity"]
    assert isinstance(salinity.data, dask.array.Array)
    assert salinity.dims == ("time", results.maps.ugrid.grid.face_dimension)
    assert salinity.attrs["standard_name"] == "sea_water_practical_salinity"
    assert results.n_face == results.maps.ugrid.grid.n_face


def test_stations_are_chosen_by_name(results):
    level = results.stations["water_level"].sel(station="Ambès")
    assert level.dims == ("time",)
    assert np.abs(level.values).max() < 5.0


def test_area_is_that_of_the_band(results):
    # 800 m wide and 1 km long pieces cut into two triangles; the river's bends change each a bit.
    assert results.face_area.mean() == pytest.approx(4.0e5, rel=0.1)


def test_records_beside_the_run_are_read(results):
    assert results.summary["budgets"]["water"]["relative_error"] == 0
    assert results.river == "gironde"
    assert results.provenance == {}
    assert "2 stations" not in repr(results)
    assert "6 stations" in repr(results)


def test_missing_folder_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"does not exist.*twin runs"):
        open_results(tmp_path / "nowhere")


def test_folder_without_results_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"holds no results.*output\.nc, stations\.nc"):
        open_results(tmp_path)


def test_unfinished_run_is_refused(tmp_path):
    (tmp_path / "output.nc.part").touch()
    with pytest.raises(RunError, match=r"not finished.*run\.wait"):
        open_results(tmp_path)
