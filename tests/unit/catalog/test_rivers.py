"""The definition of a river is validated."""

import pytest
from pydantic import ValidationError

from twin_kernel.catalog import OpenBoundary, river_definition
from twin_kernel.errors import CatalogError


def test_gironde():
    river = river_definition("gironde")
    assert river.crs == "EPSG:2154"
    assert {name: item.kind for name, item in river.boundaries.items()} == {
        "ocean": "water_level", "garonne": "discharge", "dordogne": "discharge",
    }
    assert set(river.manning()) == {
        "ocean", "lower_estuary", "upper_estuary", "garonne", "dordogne", "upper_garonne",
        "upper_dordogne",
    }
    assert river.gauges[0] == "Royan"
    assert river.gauges[-1] == "Bordeaux"


def test_unknown_river_lists_those_there_are():
    with pytest.raises(CatalogError, match=r"Received: loire\. Allowed: gironde\. Next: choose"):
        river_definition("loire")


def test_a_name_that_is_a_path_is_refused():
    with pytest.raises(CatalogError, match="unknown river"):
        river_definition("../rivers/gironde")


def test_boundary_without_its_data_is_refused():
    with pytest.raises(ValidationError, match="needs 'constants'"):
        OpenBoundary(kind="water_level", description="sea")


def test_definition_is_frozen_and_strict():
    river = river_definition("gironde")
    with pytest.raises(ValidationError):
        river.latitude = 0.0
    with pytest.raises(ValidationError, match="Extra inputs"):
        OpenBoundary(kind="discharge", climatology="x", description="y", typo=1)
