"""Servers for tests: missing on a person's machine they are skipped, in CI they fail."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.machines.postgres import PostgresServer, binaries
from tests.machines.slurm import SlurmMachine

__all__ = ["postgres", "slurm"]


def _require(there: bool, what: str, packages: str) -> None:
    if there:
        return
    said = f"{what} is not installed here; as root: apt-get install {packages}"
    if os.environ.get("TWIN_TEST_SERVERS") == "required":
        pytest.fail(said)
    pytest.skip(said)


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL for the whole session; each test makes a database of its own."""
    _require(binaries() is not None, "PostgreSQL", "postgresql")
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def slurm():
    """A Slurm of three nodes of four cores for the whole session."""
    there = all(shutil.which(name) for name in ("slurmctld", "slurmd", "munged", "sbatch"))
    _require(there and os.getuid() == 0, "Slurm (or the right to start it)",
             "slurmctld slurmd slurm-client munge")
    with SlurmMachine() as machine:
        yield machine
