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

from twin_kernel.errors import RunError
from twin_kernel.runs.execute import INTERRUPTED, PID, STOP, execute, folder_lock

SLEEPER = [sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(60)"]
OUTPUTS = ("output.nc", "stations.nc", "summary.json")


def _wait_for(condition, seconds=20.0):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited too long"
        time.sleep(0.02)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    return tmp_path


@pytest.fixture
def worker(folder):
    """A process that executes the sleeper in the folder, as a Dask worker would."""
    code = ("import sys, json\nfrom twin_kernel.runs.execute import execute\n"
            "print(execute(sys.argv[1], json.loads(sys.argv[2]), 1))")
    process = subprocess.Popen([sys.executable, "-c", code, str(folder), json.dumps(SLEEPER)],
                               stdout=subprocess.PIPE, text=True)
    _wait_for(lambda: (folder / "log").is_file() and "begun" in (folder / "log").read_text())
    yield process
    process.kill()
    process.communicate()


def test_measures_what_it_ran(folder):
    outcome = execute(str(folder), [sys.executable, "-c", "print('said')"], 1)
    assert outcome["code"] == 0
    assert outcome["wall_seconds"] > 0
    assert outcome["peak_memory"] > 1
    assert (folder / "log").read_text() == "said\n"


def test_solver_ends_with_its_worker(worker, folder):
    """kill -9 of a worker leaves no orphan."""
    solver = psutil.Process(int((folder / PID).read_text()))
    worker.kill()
    _wait_for(lambda: not solver.is_running() or solver.status() == psutil.STATUS_ZOMBIE)


def test_file_asks_the_solver_to_stop(worker, folder):
    """A request in the folder is passed on, from whatever machine it was written."""
    (folder / STOP).touch()
    said, _ = worker.communicate(timeout=10)
    assert f"'code': {-signal.SIGTERM}" in said
    assert not (folder / PID).exists()


def test_stop_before_the_start_starts_nothing(folder):
    (folder / STOP).touch()
    assert execute(str(folder), SLEEPER, 1) == {"code": INTERRUPTED}


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
    code = ("import sys, json\nfrom twin_kernel.runs.execute import execute\n"
            "execute(sys.argv[1], json.loads(sys.argv[2]), 1)")
    process = subprocess.Popen([sys.executable, "-c", code, str(folder), json.dumps(lingering)])
    _wait_for(lambda: (folder / "log").is_file() and "begun" in (folder / "log").read_text())
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
    assert execute(str(folder), [sys.executable, "-c", "raise SystemExit(9)"], 1) == {"code": 0}


@pytest.mark.parametrize("named", [OUTPUTS[:1], OUTPUTS[:2]])
def test_half_named_outputs_are_computed_from_the_start(folder, named):
    """A checkpoint whose partial files are gone is never resumed from."""
    (folder / "checkpoints" / "state.npz").write_text("at 90 %")
    (folder / "stations.nc.part").write_text("at 90 %")
    for name in named:
        (folder / name).write_text("whole")
    listing = ("import os, sys; here = sys.argv[1]\n"
               "print([n for n in sorted(os.listdir(here)) if '.nc' in n or '.json' in n],"
               " os.listdir(here + '/checkpoints'))")
    execute(str(folder), [sys.executable, "-c", listing, str(folder)], 1)
    assert (folder / "log").read_text() == "[] []\n"
