"""Tests keep to a folder of their own: no test reads or writes a person's runs and ledger."""

import os
import shutil
import tempfile
from pathlib import Path

from tests.machines.fixtures import hub, login_node, new_hub, postgres, slurm

__all__ = ["hub", "login_node", "new_hub", "postgres", "slurm"]

# Set before any test module is imported, since settings are read once per process, and in the
# environment, since notebooks and drivers under test are processes of their own.
_DATA = Path(tempfile.mkdtemp(prefix="estuary-twin-tests-"))
os.environ["TWIN_DATA_DIRECTORY"] = str(_DATA)
os.environ.pop("TWIN_SETTINGS_FILE", None)
os.environ.setdefault("MPLBACKEND", "Agg")


def pytest_sessionfinish(session, exitstatus):
    """Remove what the tests wrote; a failed session keeps it, so that one can look."""
    if exitstatus == 0:
        shutil.rmtree(_DATA, ignore_errors=True)


def pytest_report_header(config):
    """Say where the tests write."""
    return f"data of this session: {_DATA}"
