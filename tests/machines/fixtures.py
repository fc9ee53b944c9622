"""Servers for tests: missing on a person's machine they are skipped, in CI they fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.machines.hub import AS_ROOT, ROOT, Hub
from tests.machines.postgres import PostgresServer, binaries
from tests.machines.slurm import SlurmMachine
from tests.machines.sshd import LoginNodeServer, daemon

__all__ = ["hub", "login_node", "new_hub", "postgres", "require", "slurm"]


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


@pytest.fixture(scope="session")
def new_hub():
    """Return what makes hubs; all are stopped at the end."""
    require(AS_ROOT and shutil.which("useradd") is not None and Path("/usr/bin/python3").exists(),
            "A machine whose accounts may be made", "run the tests as root, with passwd, python3")
    subprocess.run(["make", "hub-environment"], cwd=ROOT, check=True)
    made: list[Hub] = []

    def make(**settings: str) -> Hub:
        folder = Path(tempfile.mkdtemp(prefix="hub-", dir="/tmp"))
        folder.chmod(0o711)
        made.append(Hub(folder / "h", **settings))
        return made[-1]

    yield make
    for one in made:
        one.stop()
        shutil.rmtree(one.folder.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def hub(new_hub):
    """A hub with alice, bob and carol; alice and bob share the project "harbour"."""
    one = new_hub()
    one.start()
    one.add("alice", "bob", "carol")
    alice, bob = one.log_in("alice"), one.log_in("bob")
    alice.fill_in("/services/projects/", name="harbour", title="The harbour").raise_for_status()
    alice.fill_in("/services/projects/harbour", do="add", person="bob").raise_for_status()
    for visitor in (alice, bob, one.log_in("carol")):
        visitor.start_server()
    return one


@pytest.fixture(scope="module")
def login_node(slurm):
    """A login node of that Slurm: an OpenSSH server with keys of its own."""
    there = daemon() is not None and shutil.which("ssh") is not None
    require(there, "OpenSSH", "as root: apt-get install openssh-server openssh-client")
    with LoginNodeServer(**slurm.environment) as server:
        yield server
