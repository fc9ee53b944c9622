"""Runs on a cluster elsewhere: a real sshd before a real Slurm, and what can be wrong between."""

from __future__ import annotations

import os
import time
from contextlib import suppress

import psutil
import pytest

from tests.machines.installation import installed
from tests.machines.processes import of
from tests.unit.runs.tiny_solver import result
from twin_kernel.runs import Case, launch
from twin_kernel.runs.lease import read_life

pytestmark = pytest.mark.long

SETTINGS = """
[profiles.local]
[profiles.far]
cluster = "slurm"
maximum_cores = 4
simultaneous_cores = 8
memory = "500MB"
walltime = "00:10:00"
prologue = ['export PYTHONPATH="{plugins}"']
[profiles.far.ssh]
{ssh}
"""


@pytest.fixture(scope="module")
def data(slurm, login_node, tmp_path_factory):
    """One installation for the module, with the cluster behind its login node.

    Its own processes do not know the cluster's configuration: all goes by ssh, or fails.
    """
    folder = tmp_path_factory.mktemp("far")
    settings = SETTINGS.format(plugins=folder / "plugins",
                               ssh=login_node.settings(folder / "data"))
    with installed(folder, settings) as place:
        yield place
        for job in slurm.jobs():
            if job["state"] in ("RUNNING", "PENDING"):
                slurm.cancel(job["id"])


def _case(**options):
    test = os.environ["PYTEST_CURRENT_TEST"].split("::")[-1].split(" ")[0]
    return Case(start="2015-09-10", stop="2015-09-11", solver="tiny",
                solver_options={"steps": 5, **options, "test": test})


def _wait_for(condition, seconds=60.0):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited too long"
        time.sleep(0.1)


def _complete_once(run, steps=5):
    run.wait(progress=False)
    assert (run.folder / "output.nc").read_text() == result(steps)
    made = (run.folder / "made").read_text().splitlines()
    assert [line.split()[1] for line in made] == [str(step) for step in range(steps)]
    assert run.record.attempts == 1


def test_run_completes_and_its_key_stays_with_the_service(slurm, data, login_node):
    """On a node, in a job of its own name; the key is in no file, environment or command line."""
    secret = login_node.key.read_text().splitlines()[2]
    run, seen = launch(_case(steps=30), profile="far"), []
    while run.record.state in ("requested", "running"):
        solver = [psutil.Process(read_life(run.folder, run.record.token)["pid"])] \
            if run.record.state == "running" else []
        for process in (*of(data), *solver):
            with suppress(psutil.Error):
                seen.append((process.name(), " ".join([*process.environ().values(),
                                                       *process.cmdline()])))
        time.sleep(0.3)
    _complete_once(run, 30)
    assert run.record.node in slurm.names
    jobs = {job["id"]: job["name"] for job in slurm.jobs()}
    assert jobs[run.record.job].startswith("twin-")
    written = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert {"provenance.json", "ledger.sqlite", "service.log", "log"} <= {
        path.name for path in written}
    for part in (secret, secret[:20]):
        assert not [path for path, held in written.items() if part.encode() in held]
        assert not [name for name, told in seen if part in told]
    on_node = [told for _, told in seen if str(run.folder) in told]
    assert on_node and not any(str(login_node.key) in told for told in on_node)
    assert not [path for path in run.folder.rglob("*") if path.is_file()
                and str(login_node.key).encode() in path.read_bytes()]


def _reason(run, *parts):
    """Wait until a run says why it waits."""
    _wait_for(lambda: all(part in run.record.reason for part in parts), 30.0)
    assert run.record.state == "requested"
    told = run.record.reason
    assert "waits for its cluster" in told and "Next: " in told


def test_key_that_others_may_read_is_refused(data, login_node):
    login_node.key.chmod(0o640)
    run = launch(_case(), profile="far")
    _reason(run, "mode 0640", f"chmod 0600 {login_node.key}")
    login_node.key.chmod(0o600)
    _complete_once(run)


def test_login_node_that_is_away_delays_runs(slurm, data, login_node):
    """Killed with its connections, it is waited for; one job was submitted in the end."""
    before = len(slurm.jobs())
    login_node.kill()
    run = launch(_case(), profile="far")
    _reason(run, "is not reached", "Connection refused")
    login_node.start()
    _complete_once(run)
    assert len(slurm.jobs()) - before <= 1


def test_key_that_the_cluster_does_not_know_is_refused(data, login_node):
    known = login_node.folder / "authorized_keys"
    said = known.read_text()
    login_node.kill()
    known.write_text("")
    login_node.start()
    run = launch(_case(), profile="far")
    _reason(run, "refuses the service's key", "ssh-keygen -yf")
    known.write_text(said)
    _complete_once(run)


def test_changed_host_key_is_refused(data, login_node):
    login_node.kill()
    login_node.new_host_key()
    login_node.start()
    run = launch(_case(), profile="far")
    _reason(run, "shows another host key", "fingerprint", f"ssh-keygen -f {login_node.known_hosts}")
    login_node.trust()
    _complete_once(run)


def test_connection_lost_after_the_job_was_taken_submits_it_once(slurm, data, login_node):
    """The scheduler has the job and the service does not know: it finds it by its name."""
    drop, before = login_node.drop_after_submission(), {job["id"] for job in slurm.jobs()}
    run = launch(_case(steps=60), cores=2, profile="far")  # no other test has two cores
    _wait_for(lambda: not drop.exists())
    _complete_once(run, 60)
    assert {job["id"] for job in slurm.jobs()} - before == {run.record.job}


def test_run_cancelled_while_the_login_node_is_away_leaves_no_job(slurm, data, login_node):
    login_node.kill()
    before = len(slurm.jobs())
    run = launch(_case(steps=3000), cores=3, profile="far")
    _reason(run, "is not reached")
    run.cancel()
    _wait_for(lambda: run.record.state == "cancelled")
    login_node.start()
    time.sleep(8.0)
    assert not [job for job in slurm.jobs()[before:] if job["state"] in ("PENDING", "RUNNING")]
