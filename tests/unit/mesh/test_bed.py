"""Where across a river its deep water is put."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer

from twin_kernel.mesh.bed import (
    channel_nearness,
    section_bed,
    shelf_bed,
    without_water_beside,
)

CRS = "EPSG:2154"
WIDTH, AXIS = 1000.0, 200.0  # m; of a river along x from (400000, 6500000), and off its south bank
QUANTILES = {"bed_p05_m": -10.0, "bed_p25_m": -8.0, "bed_p50_m": -6.0, "bed_p75_m": -3.0,
             "bed_p95_m": 0.0}


def _channel():
    to_degrees = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    return [to_degrees.transform(400000.0 + x, 6500000.0 + AXIS) for x in (-5000.0, 5000.0)]


def _water(rows=400):
    """Return x, y, and the distance to the nearest bank of points all over 2 km of the river."""
    x, y = (one.ravel() for one in np.meshgrid(np.linspace(-1000.0, 1000.0, 21),
                                               (np.arange(rows) + 0.5) * WIDTH / rows))
    return 400000.0 + x, 6500000.0 + y, np.minimum(y, WIDTH - y)


def test_nearness_is_nothing_on_the_shore_and_whole_on_the_axis():
    """And at 400 m from the axis and from the bank the half; 0.1 m of curvature of the degrees."""
    y = np.array([0.0, AXIS, 600.0, WIDTH])
    found = channel_nearness(np.full(4, 400000.0), 6500000.0 + y, np.minimum(y, WIDTH - y), CRS,
                             [_channel()])
    np.testing.assert_allclose(found, [0.0, 1.0, 0.5, 0.0], atol=5e-3)


def test_of_two_channels_the_nearer_counts():
    to_degrees = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    far = [to_degrees.transform(400000.0 + x, 6500800.0) for x in (-5000.0, 5000.0)]
    x, y, shore = np.array([400000.0]), np.array([6500800.0]), np.array([WIDTH - 800.0])
    assert channel_nearness(x, y, shore, CRS, [_channel(), far]) == pytest.approx(1.0, abs=5e-3)


def test_the_deep_water_lies_along_the_axis_and_the_section_keeps_its_depths():
    """Below -9 m are 15 % of the width: 150 m, all of them next to the axis."""
    x, y, shore = _water()
    sections = pd.DataFrame([{"km_from_mouth": km, "bed_mean_m": -5.5, **QUANTILES}
                             for km in (0.0, 1.0, 2.0)])
    inward = channel_nearness(x, y, shore, CRS, [_channel()])
    km = (x - 399000.0) / 1000.0
    bed = section_bed(km, inward, (km, inward, np.ones(len(km))), sections, np.zeros(len(km)))
    off = np.abs(y - 6500000.0 - AXIS)
    assert bed[off < 20.0].max() < -9.0
    assert off[bed < -9.0].max() < 0.15 * WIDTH
    # As far from its bank as the axis from the other, the northern side is no channel.
    assert bed[y > 6500000.0 + WIDTH - AXIS].min() > -6.0
    # Quantiles of the water are those given, to what 400 rows and their ties tell apart.
    np.testing.assert_allclose(np.quantile(bed, [0.05, 0.25, 0.5, 0.75, 0.95]),
                               list(QUANTILES.values()), atol=0.2)


def test_where_one_triangle_spans_the_water_no_node_lies_beside_any():
    """A row of triangles between two banks, 0 1 2 and 3 4 5; node 6 is in the water at its end."""
    edges = np.array([[0, 1], [1, 2], [3, 4], [4, 5], [0, 3], [0, 4], [1, 4], [1, 5], [2, 5],
                      [2, 6], [5, 6]])
    inside = np.array([False] * 6 + [True])
    np.testing.assert_array_equal(without_water_beside(edges, inside),
                                  [True, True, False, True, True, False, False])


def test_banks_rise_from_the_shelf_and_the_pass_is_cut_through_them():
    """A slope to 30 m, a bank of 2 m depth on it, and a pass of 18 m through that."""
    to_degrees = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    top, away = ((400000.0, 6500000.0), (430000.0, 6500000.0))
    shelf = {"depth_at_shore": 3.0, "slope": 0.001, "greatest_depth": 30.0, "pass_depth": 18.0,
             "pass_width": 1000.0, "pass": [to_degrees.transform(400500.0, y)
                                            for y in (6490000.0, 6510000.0)],
             "banks": [{"at": to_degrees.transform(*top), "depth": 2.0, "radius": 3000.0}]}
    x, y = np.array([top, away, (400500.0, 6500000.0), (397000.0, 6500000.0)]).T
    bed = shelf_bed(x, y, np.full(4, 10000.0), CRS, shelf)
    # On its side, at the radius, 1/e of the height over the 13 m of the slope is left.
    assert bed[1:] == pytest.approx([-13.0, -18.0, -13.0 + 11.0 / np.e], abs=0.05)
    assert bed[0] < -2.0  # half a kilometre from the axis of the pass
    without = shelf_bed(x, y, np.full(4, 10000.0), CRS, {**shelf, "banks": []})
    assert without[3] == pytest.approx(-13.0, abs=0.01)
