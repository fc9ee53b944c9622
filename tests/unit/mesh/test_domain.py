"""The line that kilometres are read off, from sections of which some lie beside the channel."""

from __future__ import annotations

import numpy as np

from twin_kernel.catalog import river_sections
from twin_kernel.mesh.domain import section_line, without_detours

CRS = "EPSG:2154"


def _ways(sections):
    """Way along each branch over its kilometres, the most of any stretch of 4 km."""
    found = {}
    for name in sections["branch"].unique():
        line = section_line(sections, name, CRS)
        way = np.hypot(np.diff(line["x"]), np.diff(line["y"])) / 1000.0
        stretch = np.convolve(way, np.ones(80), "valid") / 4.0  # a point each 50 m
        found[name] = stretch.max()
    return found


def test_a_section_that_counts_marshes_is_left_out_of_the_line():
    """Those of km 25 to 29: by them 4 km of the river are more than 6 km of way, then under 5."""
    sections = river_sections()
    kept = without_detours(sections, CRS)
    dropped = sections.loc[~sections.index.isin(kept.index)]
    assert list(dropped["km_from_mouth"]) == [25.0, 27.0, 29.0]
    assert _ways(sections)["estuary"] > 1.5
    assert max(_ways(kept).values()) < 1.25


def test_a_line_without_detours_stays_as_it_is():
    sections = river_sections()
    rivers = sections[sections["branch"] != "estuary"]
    assert len(without_detours(rivers, CRS)) == len(rivers)
