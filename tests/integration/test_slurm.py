"""Runs on a real Slurm of three nodes: cores, MPI, walltime, and every daemon killed in turn."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from tests.machines.installation import installed
from tests.machines.processes import service_of
from tests.machines.tiny_runs import case_of_test, wait_computing, wait_for
from tests.unit.runs.tiny_solver import result
from twin_kernel.runs import launch
from twin_kernel.runs.lease import read_life

pytestmark = pytest.mark.long

PATIENCE = 90.0  # s; Slurm hands jobs out in turns of its own

SETTINGS = """
[profiles.local]
[profiles.slurm]
cluster = "slurm"
maximum_cores = 8
cores_per_node = 4
simultaneous_cores = 12
memory = "500MB"
walltime = "00:10:00"
[profiles.short]
cluster = "slurm"
maximum_cores = 4
memory = "500MB"
walltime = "00:01:00"
stop_before = 40
queue = "short"
"""


@pytest.fixture(scope="module")
def data(slurm, tmp_path_factory):
    """One installation for the module, its settings pointing at the cluster."""
    with installed(tmp_path_factory.mktemp("slurm"), SETTINGS, **slurm.environment,
                   OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1") as folder:
        yield folder
        for job in slurm.jobs():
            if job["state"] in ("RUNNING", "PENDING"):
                slurm.cancel(job["id"])


@pytest.fixture(autouse=True)
def _whole_cluster(slurm, data):
    """Start what the test before has killed."""
    slurm.revive()


def _pending(slurm):
    return [job["id"] for job in slurm.jobs() if job["state"] == "PENDING"]


def _starts(run):
    return (run.folder / "log").read_text().count("from step")


def test_runs_share_the_nodes(slurm):
    """Two of one core and one of two at once, each in a job with its cores."""
    runs = [launch(case_of_test(steps=50 + number), cores=cores, profile="slurm")
            for number, cores in enumerate((1, 1, 2))]
    for run in runs:
        run.wait(progress=False)
    assert {run.record.node for run in runs} <= set(slurm.names)
    assert len({run.record.job for run in runs}) == 3
    begins = [run.record.started for run in runs]
    assert max(begins) < min(run.record.finished for run in runs)


@pytest.mark.parametrize(("processes", "nodes"), [(4, 1), (8, 2)])
def test_mpi_solver_runs_in_its_allocation(processes, nodes):
    """One process for each core asked for, on one node and across two."""
    run = launch(case_of_test("tiny_mpi", steps=5), cores=processes, profile="slurm")
    run.wait(progress=False)
    ranks = [run.folder / f"rank{rank}" for rank in range(processes)]
    assert len({rank.read_text() for rank in ranks}) == nodes


def test_walltime_shorter_than_the_run_makes_a_chain(slurm):
    """35 s of computing in jobs that stop their solver 20 s after they begin."""
    run = launch(case_of_test(steps=350), profile="short")
    run.wait(progress=False)
    assert run.record.attempts >= 2
    assert _starts(run) == run.record.attempts
    assert (run.folder / "output.nc").read_text() == result(350)


def test_cancelled_job_is_asked_for_again(slurm):
    """Scancel by an administrator: no orphan, and the run goes on elsewhere."""
    run = launch(case_of_test(steps=60), profile="slurm")
    wait_computing(run, 3, PATIENCE)
    solver = psutil.Process(read_life(run.folder, run.record.token)["pid"])
    slurm.cancel(run.record.job)
    wait_for(lambda: not solver.is_running() or solver.status() == psutil.STATUS_ZOMBIE,
             PATIENCE)
    run.wait(progress=False)
    assert _starts(run) == 2


def test_lost_node_loses_no_run(slurm):
    """kill -9 of a slurmd: the worker may live on; the run is computed once at a time, and ends."""
    run = launch(case_of_test(steps=150), profile="slurm")
    wait_computing(run, 3, PATIENCE)
    slurm.kill(run.record.node)
    run.wait(progress=False)
    assert (run.folder / "output.nc").read_text() == result(150)


def test_lost_controller_delays_and_loses_nothing(slurm):
    """kill -9 of slurmctld with one run computing and one asked for.

    The controller writes its state some seconds after a job begins; killed before, it does not
    know the job when it comes back, and ends it. No other test has workers of three cores.
    """
    first = launch(case_of_test(steps=220), profile="slurm")
    wait_computing(first, 100, PATIENCE)
    slurm.kill("slurmctld")
    second = launch(case_of_test("tiny_mpi", steps=10), cores=3, profile="slurm")
    time.sleep(8.0)
    assert second.state == "requested"
    slurm.start("slurmctld")
    for run, steps in ((first, 220), (second, 10)):
        run.wait(progress=False)
        assert (run.folder / "output.nc").read_text() == result(steps)
    assert first.record.attempts == 1


def test_job_cancelled_while_it_waits_is_submitted_again(slurm):
    """By an administrator, say, or lost with the controller's state; Dask is told by nobody.

    No node takes jobs meanwhile, and no other test has workers of six cores.
    """
    for name in slurm.names:
        slurm.run("scontrol", "update", f"nodename={name}", "state=drain", "reason=test")
    run = launch(case_of_test("tiny_mpi", steps=5), cores=6, profile="slurm")
    wait_for(lambda: _pending(slurm), PATIENCE)
    cancelled = _pending(slurm)
    for job in cancelled:
        slurm.cancel(job)
    for name in slurm.names:
        slurm.run("scontrol", "update", f"nodename={name}", "state=resume")
    run.wait(progress=False)
    assert run.record.job not in cancelled
    assert (run.folder / "output.nc").read_text() == result(5)


def test_killed_service_leaves_jobs_running(data):
    run = launch(case_of_test(steps=100), profile="slurm")
    wait_computing(run, 3, PATIENCE)
    os.kill(service_of(data).pid, signal.SIGKILL)
    run.wait(progress=False)
    assert (run.record.attempts, _starts(run)) == (1, 1)
