"""A synthetic fortnight: the stations hold the published tide itself."""

import matplotlib
import numpy as np
import pytest

from tests.unit.results.synthetic import write_run
from twin_kernel.results import open_results

matplotlib.use("Agg")
AMPLITUDE, GROWTH = 1.5, 0.005  # m, m per km


def growing_tide(km, hours):
    """Return a tide of M2's period whose amplitude grows in proportion to the distance."""
    return (AMPLITUDE + GROWTH * km) * np.cos(2 * np.pi * hours / 12.4206 - 0.02 * km)


@pytest.fixture(scope="session")
def fortnight(tmp_path_factory):
    """Results of sixteen days."""
    folder = tmp_path_factory.mktemp("runs") / "fortnight"
    return open_results(write_run(folder, days=16.0, map_minutes=60, level=growing_tide))


@pytest.fixture(scope="session")
def half_day(tmp_path_factory):
    """Results too short for any constituent but M2's overtides."""
    return open_results(write_run(tmp_path_factory.mktemp("runs") / "short", days=0.4))
