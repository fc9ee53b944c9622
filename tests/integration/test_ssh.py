"""Runs on a cluster elsewhere: a real sshd before a real Slurm, and what can be wrong between."""

from __future__ import annotations

import time
from contextlib import suppress

import psutil
import pytest

from tests.machines.installation import installed
from tests.machines.processes import service_of
from tests.machines.tiny_runs import case_of_test, wait_for
from tests.unit.runs.tiny_solver import result
from twin_kernel.runs import launch
from twin_kernel.runs.describing import described

pytestmark = pytest.mark.long

# One profile for each test: an idle worker of the test before would need no submission.
NAMES = ("key_stays", "wrong_mode", "away", "unknown_key", "changed_host", "dropped", "killed",
         "cancelled")
PROFILE = """
[profiles.{name}]
cluster = "slurm"
maximum_cores = 4
simultaneous_cores = 8
memory = "500MB"
walltime = "00:10:00"
options = {{scheduler_options = {{host = "127.0.0.1"}}}}
prologue = ['export PYTHONPATH="{plugins}"']
[profiles.{name}.ssh]
{ssh}
"""


@pytest.fixture(scope="module")
def data(slurm, login_node, tmp_path_factory):
    """One installation for the module, with the cluster behind its login node.

    Its own processes do not know the cluster's configuration: all goes by ssh, or fails.
    """
    slurm.revive()
    folder = tmp_path_factory.mktemp("far")
    ssh = login_node.settings(folder / "data")
    settings = "[profiles.local]\n" + "".join(
        PROFILE.format(name=name, plugins=folder / "plugins", ssh=ssh) for name in NAMES)
    with installed(folder, settings) as place:
        yield place
        for job in slurm.jobs():
            if job["state"] in ("RUNNING", "PENDING"):
                slurm.cancel(job["id"])


def _case(**options):
    return case_of_test(steps=options.pop("steps", 5), **options)


def _complete_once(run, steps=5):
    run.wait(progress=False)
    assert (run.folder / "output.nc").read_text() == result(steps)
    made = (run.folder / "made").read_text().splitlines()
    assert [line.split()[1] for line in made] == [str(step) for step in range(steps)]
    assert run.record.attempts == 1


def _told(process):
    """Return the environment and the command line of a process."""
    with suppress(psutil.Error):
        return " ".join([*process.environ(), *process.environ().values(), *process.cmdline()])
    return ""


def test_run_completes_and_its_key_stays_with_the_service(slurm, data, login_node):
    """On a node, in a job of its own name; the key is in no file, environment or command line."""
    secret = login_node.key.read_text().splitlines()[1:-1]
    assert len(secret) == 5
    run, seen = launch(_case(steps=30), profile="key_stays"), []
    while run.record.state in ("requested", "running"):
        seen += [told for process in psutil.process_iter()
                 if str(data.parent) in (told := _told(process))]
        time.sleep(0.3)
    _complete_once(run, 30)
    assert run.record.node in slurm.names
    jobs = {job["id"]: job["name"] for job in slurm.jobs()}
    assert jobs[run.record.job].startswith("twin-")
    worker = next((data / "jobs").glob(f"{jobs[run.record.job]}-*.err")).read_text()
    assert "Waiting to connect to:      tls://127.0.0.1" in worker
    assert "tcp://" not in worker
    written = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert {"provenance.json", "ledger.sqlite", "service.log", "log"} <= {
        path.name for path in written}
    for part in secret:
        assert not [path for path, held in written.items() if part.encode() in held]
        assert not [told for told in seen if part in told]
    on_node = [told for told in seen if str(run.folder) in told and "SLURM_JOB_ID" in told]
    assert on_node
    assert not any(str(login_node.key) in told for told in on_node)
    assert not [path for path in run.folder.rglob("*") if path.is_file()
                and str(login_node.key).encode() in path.read_bytes()]


def _reason(run, *parts):
    """Wait until a run says why it waits."""
    wait_for(lambda: all(part in run.record.reason for part in parts), 30.0)
    assert run.record.state == "requested"
    told = described(run)["reason"]
    assert "waits for its cluster" in told
    assert "Next: " in told


def test_key_that_others_may_read_is_refused(data, login_node):
    """Six runs wait; then all are submitted at once, each to its own job."""
    login_node.key.chmod(0o640)
    runs = [launch(_case(number=number), profile="wrong_mode") for number in range(6)]
    for run in runs:
        _reason(run, "mode 0640", f"chmod 0600 {login_node.key}")
    login_node.key.chmod(0o600)
    for run in runs:
        _complete_once(run)


def test_login_node_that_is_away_delays_runs(slurm, data, login_node):
    """Killed with its connections: what computes goes on, what waits is submitted once after."""
    before = len(slurm.jobs())
    first = launch(_case(steps=60), profile="away")
    wait_for(lambda: first.record.state == "running")
    login_node.kill()
    second = launch(_case(), profile="away")
    _reason(second, "is not reached", "Connection refused")
    assert first.record.state == "running"
    login_node.start()
    for run, steps in ((first, 60), (second, 5)):
        _complete_once(run, steps)
    assert len(slurm.jobs()) - before == 2


def test_key_that_the_cluster_does_not_know_is_refused(data, login_node):
    known = login_node.folder / "authorized_keys"
    said = known.read_text()
    login_node.kill()
    known.write_text("")
    login_node.start()
    run = launch(_case(), profile="unknown_key")
    _reason(run, "refuses the service's key", "ssh-keygen -yf")
    known.write_text(said)
    _complete_once(run)


def test_changed_host_key_is_refused(data, login_node):
    login_node.kill()
    login_node.new_host_key()
    login_node.start()
    run = launch(_case(), profile="changed_host")
    _reason(run, "shows another host key", "fingerprint", f"ssh-keygen -f {login_node.known_hosts}")
    login_node.trust()
    _complete_once(run)


def test_connection_lost_after_the_job_was_taken_submits_it_once(slurm, data, login_node):
    """The scheduler has the job and the service does not know: it finds it by its name."""
    drop, before = login_node.drop_after_submission(), {job["id"] for job in slurm.jobs()}
    run = launch(_case(steps=60), profile="dropped")
    wait_for(lambda: not drop.exists())
    _complete_once(run, 60)
    assert {job["id"] for job in slurm.jobs()} - before == {run.record.job}


def test_killed_service_leaves_the_far_job_running(data):
    run = launch(_case(steps=60), profile="killed")
    wait_for(lambda: run.record.state == "running")
    service_of(data).kill()
    _complete_once(run, 60)


def test_run_cancelled_while_the_login_node_is_away_leaves_no_job(slurm, data, login_node):
    login_node.kill()
    before = len(slurm.jobs())
    run = launch(_case(steps=3000), profile="cancelled")
    _reason(run, "is not reached")
    run.cancel()
    wait_for(lambda: run.record.state == "cancelled")
    time.sleep(13.0)  # Dask takes a worker back after ten seconds without need of it
    login_node.start()
    time.sleep(5.0)  # the longest pause so far is four
    assert len(slurm.jobs()) == before
