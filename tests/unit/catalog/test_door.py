"""The door on Intake verifies what it opens and says why it does not."""

import shutil
from pathlib import Path

import pytest

from twin_kernel.catalog import open_catalog
from twin_kernel.catalog.door import Catalog
from twin_kernel.errors import CatalogError

CATALOGS = Path(__file__).resolve().parents[3] / "catalogs"


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(CATALOGS, tmp_path / "catalogs"))


def test_unknown_entry_lists_those_there_are():
    with pytest.raises(CatalogError, match=r"Received: tides\. Allowed: .*tide_constants"):
        open_catalog().read("tides")


def test_value_of_a_parameter_that_is_not_allowed():
    with pytest.raises(CatalogError, match=r"layer='sea'.*gironde_estuary_polygon"):
        open_catalog().read("shoreline", layer="sea")


def test_unknown_parameter_is_not_ignored():
    with pytest.raises(CatalogError, match=r"colour='red'.*no parameter"):
        open_catalog().read("tide_gauges", colour="red")


def test_changed_file_is_refused(copy):
    with (copy / "ticon" / "tide_constants.csv").open("a") as file:
        file.write("\n")
    with pytest.raises(CatalogError, match=r"not the one the catalogue describes.*git checkout"):
        Catalog(copy).read("tide_constants")


def test_missing_file_is_refused(copy):
    (copy / "ticon" / "tide_constants.csv").unlink()
    with pytest.raises(CatalogError, match="is missing"):
        Catalog(copy).read("tide_constants")


def test_entry_without_licence_is_refused(copy):
    path = copy / "ticon.yaml"
    path.write_text(path.read_text().replace("      licence: CC-BY-4.0\n", ""))
    with pytest.raises(CatalogError, match="lacks metadata: licence"):
        Catalog(copy).read("tide_constants")


def test_licence_without_commercial_use_is_kept(copy):
    path = copy / "ticon.yaml"
    path.write_text(path.read_text().replace("CC-BY-4.0", "CC-BY-NC-4.0"))
    catalog = Catalog(copy)
    assert len(catalog.read("tide_gauges")) == 14
    with pytest.raises(CatalogError, match=r"Received: commercial\. Allowed: study"):
        catalog.read("tide_gauges", purpose="commercial")


def test_two_entries_of_one_name_are_refused(copy):
    path = copy / "gshhg.yaml"
    path.write_text(path.read_text().replace("  centreline_widths:", "  tide_gauges:"))
    with pytest.raises(CatalogError, match="two producers have an entry named 'tide_gauges'"):
        Catalog(copy)


def test_folder_without_catalogue(tmp_path):
    with pytest.raises(CatalogError, match="TWIN_CATALOGS_DIRECTORY"):
        open_catalog(tmp_path)
