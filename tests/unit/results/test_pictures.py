"""Pictures hold what they claim, in both languages, and refuse what they cannot show."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from twin_kernel.errors import InputError, StorageError
from twin_kernel.results import (
    plot_map,
    plot_profile,
    plot_stations,
    profile,
    save_preview_pictures,
)
from twin_kernel.results.labels import field_label
from twin_kernel.variables import VARIABLES


@pytest.mark.parametrize("variable", ["salinity", "water_level", "water_depth", "current_speed",
                                      "bed_level", "velocity_x"])
def test_map_of_every_field_is_drawn(results, variable):
    axes = plot_map(results, variable, "2015-09-15T06:00Z", window="all")
    axes.figure.canvas.draw()
    assert VARIABLES[variable].english[1:] in axes.get_title(loc="left")


def test_map_says_its_time_and_axes(results):
    axes = plot_map(results, "salinity", "2015-09-15T06:20Z", language="fr")
    assert axes.get_title(loc="left") == "Salinité (échelle pratique)\n15/09/2015 06:00 UTC"
    assert axes.get_xlabel() == "longitude (°)"


def test_dry_triangles_have_no_colour_of_the_scale(results):
    axes = plot_map(results, "salinity", window="all")
    dry, coloured = axes.collections[:2]
    assert len(dry.get_array()) + len(coloured.get_array()) == results.n_face
    depth = results.dataset["water_depth"].isel(time=-1).values
    assert len(dry.get_array()) == np.count_nonzero(depth <= 0.1)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["dry"]


def test_level_scale_is_centred_on_zero(results):
    axes = plot_map(results, "water_level")
    low, high = axes.collections[1].get_clim()
    assert low == -high


def test_window_frames_the_map(results):
    axes = plot_map(results, window=(-0.9, 45.1, -0.6, 45.4))
    assert axes.get_xlim() == (-0.9, -0.6)
    assert axes.get_aspect() == pytest.approx(1 / np.cos(np.radians(45.25)))


@pytest.mark.parametrize(("window", "message"), [
    ("seine", "Unknown window.*'estuary'"),
    ((0, 1), "is not one.*west < east"),
    ((-0.6, 45.1, -0.9, 45.4), "is not one"),
    ((10, 45, 11, 46), "holds no water"),
])
def test_wrong_windows_are_refused(results, window, message):
    with pytest.raises(InputError, match=message):
        plot_map(results, window=window)


def test_refusals_come_before_a_figure_is_made(results):
    with pytest.raises(InputError, match=r"'de'.*French"):
        plot_map(results, language="de")
    with pytest.raises(InputError, match="did you mean"):
        plot_profile(results, "salinit")
    with pytest.raises(InputError, match="'Blaye'"):
        plot_stations(results, stations="Blaye")
    assert plt.get_fignums() == []


def test_profile_has_a_line_per_time_and_names_stations(results):
    axes = plot_profile(results, "salinity", ["2015-09-15T06:00Z", "2015-09-15T12:00Z"])
    assert [text.get_text() for text in axes.get_legend().get_texts()][1:] == [
        "2015-09-15 06:00 UTC", "2015-09-15 12:00 UTC"]
    assert {"Royan", "Bordeaux"} <= {text.get_text() for text in axes.texts}


def test_profile_of_the_bed_is_refused(results):
    with pytest.raises(InputError, match="does not change in time"):
        plot_profile(results, "bed_level")


def test_stations_share_one_scale(results):
    panels = plot_stations(results, "water_level", ["Royan", "Bordeaux"],
                           period=("2015-09-15T06:00Z", "2015-09-16"))
    assert len(panels) == 2
    assert panels[0].get_ylim() == panels[1].get_ylim()
    line = panels[0].lines[0]
    assert len(line.get_xdata()) == 18 * 6 + 1


def test_panels_must_be_as_many_as_stations(results):
    with pytest.raises(InputError, match=r"1 axes.*6 axes"):
        plot_stations(results, axes=plt.subplots()[1])


def test_previews_are_written_whole(results, tmp_path):
    paths = save_preview_pictures(results, tmp_path / "pictures", language="fr")
    assert len(paths) == 7
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    assert sorted((tmp_path / "pictures").iterdir()) == sorted(paths)
    assert plt.get_fignums() == []


def test_folder_that_cannot_be_made_is_refused(results, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="give another folder"):
        save_preview_pictures(results, tmp_path / "file" / "pictures")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_every_field_has_a_label(name, language):
    label = field_label(name, language)
    assert label[0].isupper()
    assert "s-1" not in label


def test_profile_says_what_it_takes_of_a_section(results):
    salinity, level = profile(results, "salinity"), profile(results, "water_level")
    assert salinity.attrs["section"] == "section_mean"
    assert level.attrs["section"] == "channel"
    assert "section mean" in plot_profile(results, "salinity").get_title(loc="left")
    assert "deepest point" in plot_profile(results, "water_level").get_title(loc="left")


def test_profile_has_a_gap_where_the_channel_is_dry(results):
    level = profile(results, "water_level")
    assert np.isfinite(level.sel(km=slice(0, 118))).all()
    assert np.isnan(level.sel(km=slice(122, None))).all()
