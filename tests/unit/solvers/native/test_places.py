"""The nearest water to a point."""

import numpy as np
import pytest

from tests.unit.solvers.native.parcels import site_of
from twin_kernel.errors import InputError
from twin_kernel.solvers.native.places import SHALLOWEST, nearest_first, nearest_wet


def test_nearest_first_with_ties_in_the_order_of_the_mesh():
    site = site_of(4)
    assert nearest_first(site, (site.x[1], site.y[1]), "the dye")[0] == 1
    middle = (0.5 * (site.x[1] + site.x[2]), 0.5 * (site.y[1] + site.y[2]))
    assert nearest_first(site, middle, "the dye")[:2].tolist() == [1, 2]


@pytest.mark.parametrize("point", [(1e7, 0.0), (0.0, -9e5), (float("nan"), 0.0)])
def test_a_place_off_the_water_is_refused_with_where_the_water_is(point):
    with pytest.raises(InputError, match="not in the water") as refusal:
        nearest_first(site_of(4), point, "the effluent 'town'")
    assert "the effluent 'town'" in str(refusal.value)
    assert "nearest water" in str(refusal.value)


def test_degrees_are_told_from_metres():
    """Bordeaux by longitude and latitude, on a mesh in metres far from its origin."""
    site = site_of(4)
    far = type(site)(**{**vars(site), "x": site.x + 4.2e5, "y": site.y + 6.4e6})
    with pytest.raises(InputError, match="look like degrees") as refusal:
        nearest_first(far, (-0.55, 44.84), "the release of dye_1")
    assert "EPSG:4326" in str(refusal.value)


def test_nearest_wet_skips_films_and_says_when_there_is_none():
    order = np.array([2, 0, 1])
    assert nearest_wet(order, np.array([SHALLOWEST, 5.0, 0.9 * SHALLOWEST])) == 0
    assert nearest_wet(order, np.zeros(3)) == -1
