"""Typed accessors give the figures of the producers under the twin's names."""

import pandas as pd
import pytest

from twin_kernel.catalog import (
    coast,
    discharge_climatology,
    gauge_constants,
    ocean_boundary_constants,
    outline,
    river_sections,
    tide_constants,
    tide_gauges,
)
from twin_kernel.errors import CatalogError

ESTUARY = ["Royan", "Port-Bloc", "Lamena", "Pauillac-Trompeloup", "Ambès", "Bordeaux"]


def test_gauges_have_their_proper_names():
    gauges = tide_gauges()
    assert list(gauges.index[gauges["on_estuary"]]) == ESTUARY
    assert gauges.index.notna().all()
    assert gauges.loc["Bordeaux", "mean_range"] == pytest.approx(4.73, abs=0.01)


@pytest.mark.parametrize(
    ("gauge", "amplitude", "phase"),
    [("Royan", 1.509, 107.7), ("Ambès", 1.902, 165.7), ("Bordeaux", 2.040, 182.8)],
)
def test_m2_of_the_gauges(gauge, amplitude, phase):
    m2 = gauge_constants(gauge).set_index("constituent").loc["M2"]
    assert m2["amplitude"] == pytest.approx(amplitude, abs=1e-3)
    assert m2["phase"] == pytest.approx(phase, abs=0.05)


def test_constants_of_all_gauges():
    table = tide_constants()
    assert len(table) == 14 * 50
    assert table.notna().all().all()


def test_unknown_gauge_lists_those_there_are():
    with pytest.raises(CatalogError, match=r"Received: Ambes\. Allowed: .*Ambès, Bordeaux"):
        gauge_constants("Ambes")


def test_climatology_has_the_yearly_mean_and_low_flow_of_its_sources():
    table = discharge_climatology()
    assert list(table.index) == list(range(1, 13))
    days = pd.Series([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], table.index)
    mean = table.mul(days, axis=0).sum() / days.sum()
    assert mean.sum() == pytest.approx(680, abs=2)
    assert mean["garonne"] / mean.sum() == pytest.approx(0.65, abs=0.005)
    assert set(table.sum(axis=1).nsmallest(2).index) == {8, 9}


def test_geometry():
    assert set(river_sections()["branch"]) == {"estuary", "garonne", "dordogne"}
    assert outline().to_crs("EPSG:2154").area.sum() / 1e6 == pytest.approx(468, rel=0.05)
    assert set(coast()["kind"]) == {"mainland_coast", "island", "river_centreline"}
    assert outline().crs.to_epsg() == coast().crs.to_epsg() == 4326


def test_tide_of_the_ocean_is_near_that_of_the_mouth():
    m2 = ocean_boundary_constants().set_index("constituent").loc["M2"]
    assert 1.2 < m2["amplitude"] < 1.8
    assert 80 < m2["phase"] < 110
