"""What a case becomes for the solver, where the case leaves it open."""

from __future__ import annotations

import pytest

from twin_kernel.runs import Case
from twin_kernel.runs.setup import build_setup


def _heat(month, **given):
    case = Case(start=f"2015-{month:02d}-01", stop=f"2015-{month:02d}-02",
                processes={"salinity": {}, "temperature": given}, weather="climatology")
    return build_setup(case).processes["temperature"]


@pytest.mark.parametrize(("month", "sea", "river"), [(1, 12.5, 7.25), (8, 20.0, 24.25)])
def test_water_starts_as_warm_as_what_enters_in_its_season(month, sea, river):
    """Monthly means of the river's definition, between those of the months beside."""
    found = _heat(month)
    assert found["initial"] == pytest.approx(sea, abs=0.3)
    assert found["initial_fresh"] == pytest.approx(river, abs=0.3)


def test_a_temperature_that_is_given_is_kept():
    assert _heat(8, initial=18.0) == {"initial": 18.0}
