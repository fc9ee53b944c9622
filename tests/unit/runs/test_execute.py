"""The worker's part: one solver in a folder, none orphaned, none resumed from half an output."""

from __future__ import annotations

import fcntl
import json
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.machines.tiny_runs import wait_for
from twin_kernel.errors import RunError
from twin_kernel.runs.execute import FENCED, INTERRUPTED, NO_TIME, STOP, Attempt, execute
from twin_kernel.runs.lease import folder_lock, grant, read_life, read_outcome

SLEEPER = [sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(60)"]
WORKER = ("import sys, json\nfrom twin_kernel.runs.execute import Attempt, execute\n"
          "print(execute(Attempt(sys.argv[1], 'mine', 1, json.loads(sys.argv[2]), 1)))")
OUTPUTS = ("output.nc", "stations.nc", "summary.json")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    grant(tmp_path, "mine", 1)
    return tmp_path


def _attempt(folder, command, **values):
    return Attempt(str(folder), values.pop("token", "mine"), 1, tuple(command), 1, **values)


@pytest.fixture
def worker(folder):
    """A process that executes the sleeper in the folder, as a Dask worker would."""
    process = subprocess.Popen([sys.executable, "-c", WORKER, str(folder), json.dumps(SLEEPER)],
                               stdout=subprocess.PIPE, text=True)
    wait_for(lambda: (folder / "log").is_file()
             and "begun" in (folder / "log").read_text(), 20.0)
    yield process
    process.kill()
    process.communicate()


def test_measures_what_it_ran(folder):
    outcome = execute(_attempt(folder, [sys.executable, "-c", "print('said')"]))
    assert outcome["code"] == 0
    assert outcome["wall_seconds"] > 0
    assert outcome["peak_memory"] > 1
    assert (folder / "log").read_text() == "said\n"


def test_solver_ends_with_its_worker(worker, folder):
    """kill -9 of a worker leaves no orphan."""
    solver = psutil.Process(read_life(folder, "mine")["pid"])
    worker.kill()
    wait_for(lambda: not solver.is_running() or solver.status() == psutil.STATUS_ZOMBIE, 20.0)


def test_file_asks_the_solver_to_stop(worker, folder):
    """A request in the folder is passed on, from whatever machine it was written."""
    (folder / STOP).touch()
    said, _ = worker.communicate(timeout=10)
    assert f"'code': {-signal.SIGTERM}" in said
    assert read_outcome(folder, "mine")["why"] == "asked"


def test_stop_before_the_start_starts_nothing(folder):
    (folder / STOP).touch()
    assert execute(_attempt(folder, SLEEPER))["code"] == INTERRUPTED
    assert not (folder / "log").exists()


def test_second_worker_is_refused(worker, folder):
    with pytest.raises(RunError, match="Another process computes this run"), \
            folder_lock(folder, seconds=0.3):
        pass


def test_lock_outlives_a_killed_worker_until_its_solver_has_ended(folder, tmp_path):
    """The solver that still writes its checkpoint keeps the run."""
    lingering = [sys.executable, "-c", "import signal, time\n"
                 "signal.signal(signal.SIGTERM, lambda *a: None)\n"
                 "print('begun', flush=True)\nend = time.time() + 3\n"
                 "while time.time() < end: time.sleep(0.1)"]
    process = subprocess.Popen([sys.executable, "-c", WORKER, str(folder), json.dumps(lingering)])
    wait_for(lambda: (folder / "log").is_file()
             and "begun" in (folder / "log").read_text(), 20.0)
    process.kill()
    process.wait()
    with (folder / "lock").open("w") as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with folder_lock(folder, seconds=20.0):
        pass


def test_finished_solver_is_not_run_again(folder):
    """A driver lost after the solver's end costs no second computation."""
    for name in OUTPUTS:
        (folder / name).write_text("whole")
    assert execute(_attempt(folder, [sys.executable, "-c", "raise SystemExit(9)"]))["code"] == 0


@pytest.mark.parametrize("named", [OUTPUTS[:1], OUTPUTS[:2]])
def test_half_named_outputs_are_computed_from_the_start(folder, named):
    """A checkpoint whose partial files are gone is never resumed from."""
    (folder / "checkpoints" / "state.npz").write_text("at 90 %")
    (folder / "stations.nc.part").write_text("at 90 %")
    for name in named:
        (folder / name).write_text("whole")
    listing = ("import os, sys; here = sys.argv[1]\n"
               "print([n for n in sorted(os.listdir(here)) if '.nc' in n or 'summary' in n],"
               " os.listdir(here + '/checkpoints'))")
    execute(_attempt(folder, [sys.executable, "-c", listing, str(folder)]))
    assert (folder / "log").read_text() == "[] []\n"


@pytest.mark.parametrize(("checkpoint", "stay"), [
    ((), []),
    (("state.npz",), ["checkpoints/state.npz", "output.nc.part", "stations.nc.part"])])
@pytest.mark.parametrize("end", ["raise SystemExit(1)", "os.kill(os.getpid(), 9)"])
def test_failed_solver_leaves_nothing_half_written(folder, checkpoint, stay, end):
    """But for what its last good checkpoint goes with: a run tried again goes on from both."""
    written = ["output.nc.part", "stations.nc.part", "summary.json.part",
               "checkpoints/state.part", *(f"checkpoints/{name}" for name in checkpoint)]
    solver = f"import os\nfor name in {written}:\n    open(name, 'w').write('half')\n{end}"
    assert execute(_attempt(folder, [sys.executable, "-c", solver]))["code"] in (1, -9)
    assert [name for name in sorted(written) if (folder / name).exists()] == stay
    assert (folder / "log").is_file()


def test_older_lease_computes_nothing(folder):
    """A worker that comes late finds the run handed to another."""
    assert execute(_attempt(folder, SLEEPER, token="older")) == {"code": FENCED}
    assert not (folder / "log").exists()


def test_solver_is_ended_when_its_lease_is_taken(worker, folder):
    """A node thought dead, which is not, stops within a few signs of life."""
    grant(folder, "another", 2)
    said, _ = worker.communicate(timeout=10)
    assert f"'code': {FENCED}" in said
    assert not read_outcome(folder, "mine")
    with folder_lock(folder, seconds=1.0):
        pass


def test_outcome_is_told_with_the_hashes_of_what_was_written(folder):
    """The folder says how the attempt ended, for a service that was not there."""
    writes = ";".join(f"open('{name}','w').write('whole')" for name in OUTPUTS)
    execute(_attempt(folder, [sys.executable, "-c", writes]))
    told = read_outcome(folder, "mine")
    assert told["code"] == 0
    assert {name: one["bytes"] for name, one in told["outputs"].items()} == dict.fromkeys(
        OUTPUTS, 5)
    assert not read_outcome(folder, "another")


def test_job_that_ends_too_soon_begins_nothing(folder):
    assert execute(_attempt(folder, SLEEPER, job_seconds=0.5))["code"] == NO_TIME


def test_solver_is_stopped_before_its_job_ends(folder):
    """By the age of the worker's process, on a clock that nobody sets."""
    age = time.time() - psutil.Process().create_time()
    outcome = execute(_attempt(folder, SLEEPER, job_seconds=age + 4.0))
    assert outcome["code"] == -signal.SIGTERM
    assert outcome["why"] == "walltime"
    assert outcome["wall_seconds"] < 10.0
