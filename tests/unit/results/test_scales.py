"""Scales of colours: round, honest about zero, the same for a whole run."""

import numpy as np
import pytest

from twin_kernel.errors import InputError
from twin_kernel.results import plot_map
from twin_kernel.results.maps import _to_north
from twin_kernel.results.scales import (
    WET,
    colour_limits,
    colours,
    path_faces,
    run_limits,
    shown_faces,
)


@pytest.mark.parametrize(("name", "values", "ends"), [
    ("water_level", [-1.3, 2.9], (-3.0, 3.0)),
    ("bed_level_change", [0.0, 0.18], (-0.2, 0.2)),
    ("salinity", [0.1, 12.0], (0.0, 35.0)),
    ("salinity", [0.1, 37.0], (0.0, 40.0)),
    ("mud", [0.4, 1.9], (0.0, 2.0)),
    ("temperature", [18.2, 23.7], (18.0, 24.0)),
    ("mud", [0.0, 0.0], (0.0, 1.0)),
    ("mud", [np.nan], (0.0, 1.0)),
])
def test_ends_are_round_and_start_where_the_field_does(name, values, ends):
    assert colour_limits(name, np.array(values)) == ends


def test_colours_have_two_sides_where_the_field_has():
    assert colours("water_level") == colours("bed_level_change") == colours("velocity_x")
    assert colours("salinity") != colours("water_level")


def test_a_few_extreme_triangles_do_not_use_up_the_scale():
    assert colour_limits("mud", np.append(np.linspace(0.0, 2.0, 2000), 400.0)) == (0.0, 2.0)


def test_dry_triangles_show_nothing_but_their_bed(results):
    depth = results.dataset["water_depth"].isel(time=3).values
    assert np.array_equal(shown_faces(results, "salinity", 3), depth > WET)
    assert shown_faces(results, "bed_level", 3).all()


def test_scale_of_a_run_serves_each_of_its_maps(results):
    low, high = run_limits(results, "water_depth")
    inside = path_faces(results, "estuary")
    deepest = max(results.dataset["water_depth"].values[:, inside].max(), 0.0)
    assert low == 0.0
    assert high >= 0.9 * deepest
    for time in results.times[[0, -1]]:
        assert plot_map(results, "water_depth", time, limits="run").collections[1].get_clim() == (
            low, high)


@pytest.mark.parametrize("wrong", ["all", (1, 1), (2.0, 1.0), (1,), 3])
def test_ends_that_are_none_are_refused(results, wrong):
    with pytest.raises(InputError, match="not the ends of a colour scale"):
        plot_map(results, "salinity", limits=wrong)


def test_arrows_are_turned_from_the_grid_to_the_north_of_the_map(results):
    """True north leans 2 to 3 degrees east of the y axis of Lambert-93 here; see grid_north."""
    faces = np.arange(results.n_face)
    east, north = _to_north(results, 3, faces)
    u, v = (results.dataset[f"velocity_{axis}"].isel(time=3).values for axis in "xy")
    assert np.allclose(np.hypot(east, north), np.hypot(u, v), atol=1e-12)
    moving = np.hypot(u, v) > 0.01
    turned = np.degrees(np.angle((east + 1j * north) / (u + 1j * v))[moving])
    assert turned.min() > 1.5
    assert turned.max() < 3.5
