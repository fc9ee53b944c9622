"""The salt intrusion of a profile that is linear in the distance."""

import numpy as np
import pytest

from tests.unit.results.synthetic import SALT_AT_MOUTH, SALT_SLOPE
from twin_kernel.errors import InputError
from twin_kernel.indicators import salt_intrusion_length
from twin_kernel.indicators.salt import intrusion_km

KM = np.array([1.0, 3.0, 5.0, 7.0])


@pytest.mark.parametrize("threshold", [2.0, 5.0, 20.0])
def test_linear_salinity_gives_the_place_of_the_threshold(fortnight, threshold):
    length = salt_intrusion_length(fortnight, threshold)
    expected = (SALT_AT_MOUTH - threshold) / SALT_SLOPE
    # The place of a reach's few triangles about its middle
    np.testing.assert_allclose(length, expected, atol=0.7)
    assert len(length) == len(fortnight.times)
    assert length.index.name == "time"


@pytest.mark.parametrize(("salinity", "expected"), [
    ([30, 20, 10, 0], 6.6),  # 2 lies at a fifth of the way from 0 to 10
    ([1, 1, 1, 1], 0.0),  # fresher than the threshold everywhere
    ([30, 30, 30, 30], 7.0),  # saltier everywhere: the end of the branch
    ([30, 1, 10, 0], 6.6),  # a pocket of salt farther up counts
    ([30, 12, np.nan, np.nan], 1.0 + 2.0 + 2.0 * 10 / 12),  # a dry reach holds no salt
])
def test_crossings(salinity, expected):
    assert intrusion_km(KM, np.array([salinity], float), 2.0)[0] == pytest.approx(expected)


def test_threshold_must_be_a_salinity(fortnight):
    with pytest.raises(InputError, match="more than 0 and less than 42"):
        salt_intrusion_length(fortnight, 0.0)


def test_period_is_kept(fortnight):
    length = salt_intrusion_length(fortnight, period=("2015-09-16", "2015-09-17"))
    assert len(length) == 25
