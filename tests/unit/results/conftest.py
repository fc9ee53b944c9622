"""A synthetic run shared by the tests of the room."""

import matplotlib
import pytest

from tests.unit.results.synthetic import write_run
from twin_kernel.results import open_results

matplotlib.use("Agg")


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory):
    """Two days of a synthetic run, the last third of it dry."""
    return write_run(tmp_path_factory.mktemp("runs") / "synthetic", days=2.0,
                     dry=lambda km: km > 120)


@pytest.fixture
def results(run_folder):
    """Its results, opened anew for each test."""
    return open_results(run_folder)


@pytest.fixture(autouse=True)
def _close_figures():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")
