"""Anything a licence does not allow is refused."""

import pytest

from twin_kernel.catalog.rights import check_rights
from twin_kernel.errors import CatalogError

OPEN = {"licence": "CC-BY-4.0", "attribution": "somebody", "producer": "somebody"}


@pytest.mark.parametrize("purpose", ["study", "redistribution", "commercial"])
def test_open_licence_allows_all(purpose):
    check_rights("entry", OPEN, purpose)


@pytest.mark.parametrize("purpose", ["redistribution", "commercial"])
def test_private_data_are_for_study_only(purpose):
    with pytest.raises(CatalogError, match=r"Allowed: study\. Next: ask somebody"):
        check_rights("entry", OPEN | {"licence": "private"}, purpose)


def test_unknown_licence():
    with pytest.raises(CatalogError, match=r"Received: WTF\. Allowed: CC-BY-4\.0"):
        check_rights("entry", OPEN | {"licence": "WTF"})


def test_attribution_is_required():
    with pytest.raises(CatalogError, match="must be attributed"):
        check_rights("entry", OPEN | {"attribution": ""})


def test_unknown_purpose():
    with pytest.raises(CatalogError, match="study, redistribution, commercial"):
        check_rights("entry", OPEN, "fun")
