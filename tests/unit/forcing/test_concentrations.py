"""What enters with the water besides salt."""

from __future__ import annotations

import numpy as np
import pytest

from twin_kernel.catalog import river_definition
from twin_kernel.errors import ForcingError
from twin_kernel.forcing import boundary_forcing
from twin_kernel.forcing.concentrations import add_concentrations

START, STOP = np.datetime64("2015-08-01", "ns"), np.datetime64("2015-08-02", "ns")
RIVERS = {"garonne": 100.0, "dordogne": 60.0}


@pytest.fixture(scope="module")
def forcing():
    return boundary_forcing(river_definition("gironde"), START, STOP, discharge=RIVERS)


def test_salt_given_at_one_boundary_leaves_the_others_theirs(forcing):
    """The ocean stays 35, the other river fresh."""
    given = {"garonne": {"salinity": 0.3}}
    found = add_concentrations(forcing, river_definition("gironde"), given)["salinity"]
    means = {name: float(found.sel(boundary=name).mean()) for name in ("ocean", *RIVERS)}
    assert means == pytest.approx({"ocean": 35.0, "garonne": 0.3, "dordogne": 0.0})


def test_the_usual_holds_where_nothing_is_given(forcing):
    river = river_definition("gironde")
    found = add_concentrations(forcing, river, {"garonne": {"mud": 0.2}})["mud"]
    for name, wanted in (("garonne", 0.2), ("ocean", river.boundaries["ocean"].concentrations[
            "mud"])):
        np.testing.assert_allclose(found.sel(boundary=name), wanted)


@pytest.mark.parametrize(("given", "word"), [
    ({"loire": {"mud": 0.1}}, "loire"), ({"garonne": {"gold": 1.0}}, "gold"),
    ({"garonne": {"mud": -1.0}}, "-1")])
def test_what_is_no_concentration_is_refused(forcing, given, word):
    with pytest.raises(ForcingError, match=word):
        add_concentrations(forcing, river_definition("gironde"), given)
