"""The map of a run without a browser: dry ground, scales, narrow rivers, series with gaps."""

import numpy as np
import pytest

from tests.unit.results.synthetic import write_run
from twin_kernel.catalog import river_definition
from twin_kernel.dashboards.maps import RunMap
from twin_kernel.dashboards.visits import Visit
from twin_kernel.results import open_results
from twin_kernel.results.scales import run_limits


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """The map of a synthetic run, dry above km 60."""
    folder = write_run(tmp_path_factory.mktemp("runs") / "dry", days=1.0, dry=lambda km: km > 60)
    return RunMap(open_results(folder), Visit(None, "fr"))


def _middle(shown, dry):
    depth = shown.results.dataset["water_depth"].isel(time=-1).values
    face = np.flatnonzero((depth <= 0.1) == dry)[3]
    return tuple(float(axis[face]) for axis in shown._middles)


def test_dry_triangles_have_the_colour_of_ground_alone(shown):
    values = shown._image(None, None, "salinity", 5).dimension_values("salinity", flat=False)
    ground = shown._ground(None, None, "salinity", 5).dimension_values("dry", flat=False)
    assert np.isfinite(values).any()
    assert np.isfinite(ground).any()
    assert not (np.isfinite(values) & np.isfinite(ground)).any()


def test_series_has_a_gap_and_a_word_where_it_is_dry(shown):
    wet, dry = _middle(shown, False), _middle(shown, True)
    assert np.isfinite(shown._series(*wet, "salinity").dimension_values("salinity")).all()
    assert np.isnan(shown._series(*dry, "salinity").dimension_values("salinity")).all()
    assert "découvre" in shown._place(*dry, "salinity")
    assert "découvre" not in shown._place(*wet, "salinity")
    assert "Pas d'eau" in shown._place(30.0, 10.0, "salinity")


def test_scale_is_that_of_the_run_and_its_ends_say_what_lies_beyond(shown):
    options = shown._image(None, None, "water_level", 5).opts.get("plot").kwargs
    low, high = run_limits(shown.results, "water_level")
    assert shown._range("water_level") == (low, high)
    said = options["colorbar_opts"]["major_label_overrides"]
    assert said[low] == f"≤ {low:g}".replace("-", "−")
    assert said[high] == f"≥ {high:g}"
    said = shown._image(None, None, "salinity", 5).opts.get("plot").kwargs["colorbar_opts"]
    assert said["major_label_overrides"][0.0] == "0"


def test_triangle_narrower_than_a_pixel_colours_one(shown):
    """All of the mesh in a window so wide that few centres of pixels lie on the water."""
    x, y = (np.concatenate([axis]) for axis in shown._nodes)
    wide = (x.min() - 40.0, x.max() + 40.0), (y.min() - 20.0, y.max() + 20.0)
    _, face = shown._pixels(*wide)
    assert 0 < len(np.unique(face[face >= 0])) < shown.results.n_face
    columns, rows = np.linspace(*wide[0], 420), np.linspace(*wide[1], 420)
    for middle_x, middle_y in zip(*shown._middles, strict=True):
        column, row = np.abs(columns - middle_x).argmin(), np.abs(rows - middle_y).argmin()
        assert face[row, column] >= 0


def test_zero_of_the_levels_is_said_in_the_language_of_the_visit(shown):
    shown.results.dataset.attrs["vertical_datum"] = river_definition("gironde").vertical_datum
    assert "niveau moyen de la mer" in shown._legend().object
    shown.results.dataset.attrs["vertical_datum"] = "another zero"
    assert "another zero" in shown._legend().object
