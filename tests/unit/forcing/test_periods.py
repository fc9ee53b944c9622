"""Times are UTC; what may be a local time is not converted in silence."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from twin_kernel.errors import ForcingError
from twin_kernel.forcing.periods import to_period, to_utc

NOON = np.datetime64("2015-03-01T12:00:00", "ns")


@pytest.mark.parametrize(
    "given",
    ["2015-03-01T12:00:00Z", "2015-03-01 12:00", datetime(2015, 3, 1, 12, tzinfo=UTC),
     datetime(2015, 3, 1, 12), NOON, "2015-03-01T12:00+00:00"],
)
def test_utc_and_times_without_zone(given):
    assert to_utc(given) == NOON


def test_other_zone_is_refused_with_the_instant_in_utc():
    paris = datetime(2015, 3, 1, 13, tzinfo=timezone(timedelta(hours=1)))
    with pytest.raises(ForcingError, match=r"start is not in UTC.*write 2015-03-01T12:00:00Z"):
        to_utc(paris, "start")


@pytest.mark.parametrize("given", ["soon", None, float("nan"), 5, "2015-13-01", "05/08/2015",
                                   "28/09/2015", "2015", "1 March 2015"])
def test_not_an_instant(given):
    with pytest.raises(ForcingError, match=r"not an instant.*2015-03-01T00:00:00Z"):
        to_utc(given)


@pytest.mark.parametrize("given", ["1850-01-01", "2150-01-01", "0001-01-01", "2600-01-01"])
def test_years_without_prediction(given):
    with pytest.raises(ForcingError, match="1900-01-01 to 2100-01-01"):
        to_utc(given)


@pytest.mark.parametrize("stop", ["2015-03-01", "2015-02-01"])
def test_period_must_advance(stop):
    with pytest.raises(ForcingError, match=r"stop is not after start.*stop after 2015-03-01"):
        to_period("2015-03-01", stop)
