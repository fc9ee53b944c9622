"""Runs on a real Slurm of three nodes: cores, MPI, walltime, and every daemon killed in turn."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import psutil
import pytest

from tests.machines.processes import end_all, service_of
from tests.unit.runs.tiny_solver import result
from twin_kernel.runs import Case, launch
from twin_kernel.runs.lease import read_life
from twin_kernel.settings import get_settings

pytestmark = pytest.mark.long

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


@pytest.fixture(autouse=True)
def _on_slurm(tiny, slurm, tmp_path, monkeypatch):
    """Point the settings at the cluster, with a ledger of the test's own."""
    for name in ("munged", "slurmctld", *slurm.names):
        if not slurm.lives(name):
            slurm.start(name)
    slurm.wait_ready(60.0)
    settings, data = tmp_path / "twin.toml", tmp_path / "data"
    settings.write_text(SETTINGS)
    for name, value in {**slurm.environment, "TWIN_SETTINGS_FILE": str(settings),
                        "TWIN_DATA_DIRECTORY": str(data), "TWIN_LEASE_SECONDS": "6",
                        "OMPI_ALLOW_RUN_AS_ROOT": "1",
                        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    yield
    end_all(data)
    for job in slurm.jobs():
        if job["state"] in ("RUNNING", "PENDING"):
            slurm.cancel(job["id"])
    monkeypatch.undo()
    get_settings.cache_clear()


def _case(solver="tiny", **options):
    return Case(start="2015-09-10", stop="2015-09-11", solver=solver, solver_options=options)


def _wait_for(condition, seconds=90.0):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited too long"
        time.sleep(0.1)


def _computing(run, step=3):
    checkpoint = run.folder / "checkpoints" / "step"

    def far_enough():
        with suppress(OSError, ValueError):
            return int(checkpoint.read_text().split()[0]) >= step and run.record.state == "running"

    _wait_for(far_enough)


def _starts(run):
    return (run.folder / "log").read_text().count("from step")


def test_runs_share_the_nodes(slurm):
    """Two of one core and one of two at once, each in a job with its cores."""
    runs = [launch(_case(steps=50 + number), cores=cores, profile="slurm")
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
    run = launch(_case("tiny_mpi", steps=5), cores=processes, profile="slurm")
    run.wait(progress=False)
    ranks = [run.folder / f"rank{rank}" for rank in range(processes)]
    assert len({rank.read_text() for rank in ranks}) == nodes


def test_walltime_shorter_than_the_run_makes_a_chain(slurm):
    """35 s of computing in jobs that stop their solver 20 s after they begin."""
    run = launch(_case(steps=350), profile="short")
    run.wait(progress=False)
    assert run.record.attempts >= 2
    assert _starts(run) == run.record.attempts
    assert (run.folder / "output.nc").read_text() == result(350)


def test_cancelled_job_is_asked_for_again(slurm):
    """Scancel by an administrator: no orphan, and the run goes on elsewhere."""
    run = launch(_case(steps=60), profile="slurm")
    _computing(run)
    solver = psutil.Process(read_life(run.folder, run.record.token)["pid"])
    slurm.cancel(run.record.job)
    _wait_for(lambda: not solver.is_running() or solver.status() == psutil.STATUS_ZOMBIE)
    run.wait(progress=False)
    assert _starts(run) == 2


def test_lost_node_loses_no_run(slurm):
    """kill -9 of a slurmd: the worker may live on; the run is computed once at a time, and ends."""
    run = launch(_case(steps=150), profile="slurm")
    _computing(run)
    slurm.kill(run.record.node)
    run.wait(progress=False)
    assert (run.folder / "output.nc").read_text() == result(150)


def test_lost_controller_delays_and_loses_nothing(slurm):
    """kill -9 of slurmctld with one run computing and one asked for."""
    first = launch(_case(steps=100), profile="slurm")
    _computing(first)
    slurm.kill("slurmctld")
    second = launch(_case(steps=10), cores=2, profile="slurm")
    time.sleep(8.0)
    assert second.state == "requested"
    slurm.start("slurmctld")
    for run in (first, second):
        run.wait(progress=False)
    assert first.record.attempts == 1


def test_killed_service_leaves_jobs_running(tmp_path):
    run = launch(_case(steps=100), profile="slurm")
    _computing(run)
    os.kill(service_of(tmp_path / "data").pid, signal.SIGKILL)
    run.wait(progress=False)
    assert (run.record.attempts, _starts(run)) == (1, 1)
