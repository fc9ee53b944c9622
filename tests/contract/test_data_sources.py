"""Every entry of the catalogue keeps the same contract, whoever produced it."""

import hashlib
from pathlib import Path

import intake
import pandas as pd
import pytest

from twin_kernel.catalog import open_catalog, river_definition, river_names, tide_gauges
from twin_kernel.catalog.door import REQUIRED_METADATA
from twin_kernel.catalog.rights import LICENCES

CATALOGS = Path(__file__).resolve().parents[2] / "catalogs"
CATALOG = open_catalog(CATALOGS)
each_entry = pytest.mark.parametrize("name", CATALOG.names())


@each_entry
def test_entry_has_the_required_metadata(name):
    metadata = CATALOG.metadata(name)
    for key in REQUIRED_METADATA:
        assert metadata[key] not in (None, "", {}), key
    assert metadata["licence"] in LICENCES
    assert metadata["description"]


@each_entry
def test_every_choice_of_an_entry_opens(name):
    choices = [{}] + [
        {key: value} for key, values in CATALOG.parameters(name).items() for value in values
    ]
    for parameters in choices:
        assert len(CATALOG.read(name, **parameters)) > 0


@each_entry
def test_checksums_are_those_of_the_files(name):
    for file, checksum in CATALOG.metadata(name)["files"].items():
        assert hashlib.sha256((CATALOGS / file).read_bytes()).hexdigest() == checksum


def test_every_data_file_belongs_to_an_entry():
    listed = {file for name in CATALOG.names() for file in CATALOG.metadata(name)["files"]}
    present = {
        path.relative_to(CATALOGS).as_posix()
        for path in CATALOGS.glob("*/*") if path.suffix in {".csv", ".geojson"}
    }
    assert present == listed


def test_a_parameter_other_than_the_default_opens_the_other_file():
    by_default = CATALOG.read("shoreline")
    other = CATALOG.read("shoreline", layer="gironde_coast_rivers_gshhg")
    assert by_default == CATALOG.read("shoreline", layer="gironde_estuary_polygon")
    assert len(by_default["features"]) == 1
    assert len(other["features"]) == 20


@pytest.mark.filterwarnings("ignore:Shell command not executed")
def test_plain_intake_opens_the_catalogue():
    catalog = intake.open_catalog(str(CATALOGS / "main.yaml"))
    assert set(catalog) == {"ticon", "gshhg", "opentelemac", "estuary_twin"}
    assert isinstance(catalog["ticon"]["tide_gauges"].read(), pd.DataFrame)


def test_the_mesh_under_gpl_is_not_in_the_project():
    assert not [path for path in CATALOGS.rglob("*") if path.suffix in {".slf", ".cli"}]


@pytest.mark.parametrize("name", river_names())
def test_river_names_gauges_and_data_that_exist(name):
    river = river_definition(name)
    assert set(river.gauges) <= set(tide_gauges().index)
    for boundary in river.boundaries.values():
        assert (boundary.constants or boundary.climatology) in CATALOG.names()
