"""Real runs of the real river through dask-jobqueue: repeated, stopped, killed, resumed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import psutil
import pytest
import xarray as xr

from tests.machines.tiny_runs import wait_for
from twin_kernel.runs import Case, find_run, launch
from twin_kernel.runs.lease import read_life

pytestmark = pytest.mark.long


def _case(**changes):
    values = {"start": "2015-09-10", "stop": "2015-09-11", "map_interval": 7200.0,
              "solver_options": {"time_step": 120.0, "checkpoint_interval": 7200.0}, **changes}
    return Case(**values)


def _hashes(run):
    provenance = json.loads((run.folder / "provenance.json").read_text())
    return {name: digest for name, digest in provenance["outputs_sha256"].items()
            if name != "summary.json"}  # which holds the seconds it took


@pytest.fixture(scope="module")
def undisturbed():
    """A run of the case that nothing happened to."""
    return launch(_case()).wait(progress=False)


def test_run_is_whole_and_closes_its_budgets(undisturbed):
    """Water and salt to 1e-10; no negative volume; salinity within its bounds."""
    summary = json.loads((undisturbed.folder / "summary.json").read_text())
    for budget in summary["budgets"].values():
        assert abs(budget["relative_error"]) < 1e-10
    assert summary["minimum_volume"] >= 0.0
    assert summary["salinity_range"][0] >= 0.0
    assert summary["salinity_range"][1] <= 35.0
    assert undisturbed.record.peak_memory < 2000


def test_same_case_is_answered_from_the_ledger(undisturbed, capsys):
    """The same content hash starts nothing."""
    again = launch(_case())
    assert again.id == undisturbed.id
    assert again.already_computed
    assert "already computed, shown" in capsys.readouterr().out


def test_recomputed_run_is_identical_to_the_last_bit(undisturbed):
    """Asked to compute anew, the same machine gives the same bytes."""
    again = launch(_case(), recompute=True).wait(progress=False)
    assert again.id != undisturbed.id
    assert _hashes(again) == _hashes(undisturbed)


def _slow_case():
    """A period that takes some seconds, so that one can strike while it runs."""
    return _case(stop="2015-09-11T12:00Z", solver_options={"time_step": 60.0,
                                                    "checkpoint_interval": 7200.0})


def _solver(run):
    return read_life(run.folder, run.record.token).get("pid")


def test_stopped_and_killed_run_resumes_to_the_same_values():
    """kill -9 of its worker, then cancelled: it goes on from a checkpoint, to the last bit."""
    run = launch(_slow_case())
    wait_for(lambda: run.progress > 0.05 and _solver(run))
    psutil.Process(_solver(run)).parent().kill()
    wait_for(lambda: run.record.attempts == 2, 120)
    run.cancel()
    assert run.state == "cancelled"
    done = launch(_slow_case()).wait(progress=False)
    assert done.id == run.id
    assert done.record.attempts == 3
    whole = launch(_slow_case(), recompute=True).wait(progress=False)
    for name in ("output.nc", "stations.nc"):
        # Every value to the last bit; HDF5 lays out a file that was opened again differently.
        xr.testing.assert_identical(xr.load_dataset(done.folder / name),
                                    xr.load_dataset(whole.folder / name))


def test_run_outlives_the_process_that_launched_it(undisturbed):
    """kill -9 of the client changes nothing."""
    script = ("import sys, os, signal\nfrom twin_kernel.runs import Case, launch\n"
              "run = launch(Case.model_validate_json(sys.argv[1]), quiet=True)\n"
              "print(run.id, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n")
    case = _case(sea_level_offset=0.25)
    client = subprocess.run([sys.executable, "-c", script, case.model_dump_json()],
                            capture_output=True, text=True, check=False)
    assert client.returncode == -signal.SIGKILL
    run = find_run(client.stdout.split()[-1])
    run.wait(progress=False)
    assert run.state == "complete"
    assert _hashes(run) != _hashes(undisturbed)


def test_killed_solver_ends_with_the_same_values():
    """kill -9 of the solver: resumed from its checkpoint, without anybody asking."""
    run = launch(_slow_case()).wait(progress=False)  # computed already where the test before ran
    killed = launch(_slow_case(), recompute=True)
    wait_for(lambda: killed.progress > 0.2 and _solver(killed))
    os.kill(_solver(killed), signal.SIGKILL)
    killed.wait(progress=False)
    assert killed.record.attempts == 2
    for name in ("output.nc", "stations.nc"):
        xr.testing.assert_identical(xr.load_dataset(killed.folder / name),
                                    xr.load_dataset(run.folder / name))
