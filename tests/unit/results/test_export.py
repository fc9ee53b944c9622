"""An exported file stands on its own: UGRID, with the values of the run."""

import numpy as np
import pytest
import xarray as xr
import xugrid

from twin_kernel.errors import InputError
from twin_kernel.results import export_netcdf


def test_whole_export_keeps_every_value(results, tmp_path):
    path = export_netcdf(results, tmp_path / "all.nc")
    with xr.open_dataset(path) as written:
        for name in ("water_level", "water_depth", "salinity", "velocity_x", "velocity_y"):
            np.testing.assert_array_equal(written[name], results.dataset[name])
        np.testing.assert_array_equal(written["time"], results.times)
        assert written.attrs["Conventions"] == "CF-1.11 UGRID-1.0"


def test_part_is_a_mesh_of_its_own(results, tmp_path):
    box = (-0.9, 45.1, -0.6, 45.4)
    path = export_netcdf(results, tmp_path / "part.nc", variables=["salinity", "current_speed"],
                         period=("2015-09-15T06:00Z", "2015-09-15T12:00Z"), bbox=box)
    part = xugrid.open_dataset(path)
    grid = part.ugrid.grid
    assert part.sizes["time"] == 7
    assert "water_level" not in part
    assert 0 < grid.n_face < results.n_face
    assert grid.face_node_connectivity.max() == grid.n_node - 1
    np.testing.assert_allclose(part["current_speed"], 0.5, rtol=1e-6)
    assert part["current_speed"].attrs["standard_name"] == "sea_water_speed"
    # The same triangles in the whole: the same centres and values
    x = results.node_xy[0][results.face_nodes].mean(axis=1)
    where = np.isin(x.round(3), grid.face_x.round(3))
    np.testing.assert_array_equal(part["salinity"].isel(time=0),
                                  results.dataset["salinity"].isel(time=6)[where])


def test_projection_is_named_by_the_fields(results, tmp_path):
    path = export_netcdf(results, tmp_path / "part.nc", variables=["salinity"])
    with xr.open_dataset(path, decode_coords=False) as written:
        assert written["salinity"].attrs["grid_mapping"] == "projection"
        assert "crs_wkt" in written["projection"].attrs


def test_existing_file_is_kept_unless_asked(results, tmp_path):
    path = tmp_path / "a.nc"
    path.write_text("mine")
    with pytest.raises(InputError, match="overwrite=True"):
        export_netcdf(results, path)
    assert path.read_text() == "mine"
    export_netcdf(results, path, overwrite=True)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("options", "message"), [
    ({"variables": ["salt"]}, "no such variable.*salinity"),
    ({"variables": []}, "No variable"),
    ({"bbox": (10, 45, 11, 46)}, "holds no triangle"),
    ({"period": ("2014-01-01", "2014-01-02")}, "reaches outside"),
])
def test_refusals_write_nothing(results, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        export_netcdf(results, tmp_path / "a.nc", **options)
    assert list(tmp_path.iterdir()) == []
