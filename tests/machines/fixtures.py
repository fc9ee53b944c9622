"""Servers for tests: missing on a person's machine they are skipped, in CI they fail."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.machines.postgres import PostgresServer, binaries
from tests.machines.slurm import SlurmMachine
from tests.machines.sshd import LoginNodeServer, daemon

__all__ = ["login_node", "postgres", "require", "slurm"]


def require(there: bool, what: str, remedy: str) -> None:
    """Skip a test whose machine lacks something; where CI says that it must be there, fail."""
    if there:
        return
    said = f"{what} is not here; {remedy}"
    if os.environ.get("TWIN_TEST_SERVERS") == "required":
        pytest.fail(said)
    pytest.skip(said)


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL for the whole session; each test makes a database of its own."""
    require(binaries() is not None, "PostgreSQL", "as root: apt-get install postgresql")
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def slurm():
    """A Slurm of three nodes of four cores for the whole session."""
    there = all(shutil.which(name) for name in ("slurmctld", "slurmd", "munged", "sbatch"))
    require(there and os.getuid() == 0, "Slurm (or the right to start it)",
            "as root: apt-get install slurmctld slurmd slurm-client munge")
    with SlurmMachine() as machine:
        yield machine


@pytest.fixture(scope="module")
def login_node(slurm):
    """A login node of that Slurm: an OpenSSH server with keys of its own."""
    there = daemon() is not None and shutil.which("ssh") is not None
    require(there, "OpenSSH", "as root: apt-get install openssh-server openssh-client")
    with LoginNodeServer(**slurm.environment) as server:
        yield server
