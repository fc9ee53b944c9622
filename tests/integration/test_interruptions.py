"""Every process of a run killed in turn, through the real local cluster, with a solver of seconds.

What must hold: no run lost, none twice, none stuck, none complete without its outputs.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from twin_kernel.errors import RunError, StorageError
from twin_kernel.runs import Case, find_run, launch, list_runs
from twin_kernel.runs.execute import PID
from twin_kernel.runs.ledger import open_ledger
from twin_kernel.settings import get_settings

CLIENT = ("import sys\nfrom twin_kernel.runs import Case, launch\n"
          "run = launch(Case.model_validate_json(sys.argv[1]))\n"
          "print(run.id, flush=True)\n")


@pytest.fixture(autouse=True)
def _own_ledger(tiny, tmp_path, monkeypatch):
    """Give each test a data folder of its own, and end what it left running."""
    monkeypatch.setenv("TWIN_DATA_DIRECTORY", str(tmp_path / "data"))
    get_settings.cache_clear()
    yield
    for record in list_runs(limit=None):
        if record.state == "running":
            find_run(record.id).cancel()
    monkeypatch.undo()
    get_settings.cache_clear()


def _case(**options):
    return Case(start="2015-09-10", stop="2015-09-11", solver="tiny", solver_options=options)


def _wait_for(condition, seconds=60.0):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited too long"
        time.sleep(0.05)


def _computing(run, step=2):
    """Wait until the solver is some steps on; return its process."""
    checkpoint = run.folder / "checkpoints" / "step"
    _wait_for(lambda: checkpoint.is_file() and checkpoint.read_text()
              and int(checkpoint.read_text()) >= step and (run.folder / PID).is_file())
    return psutil.Process(int((run.folder / PID).read_text()))


def _client(case, then=""):
    return subprocess.Popen([sys.executable, "-c", CLIENT + then, case.model_dump_json()],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _starting_steps(run):
    return [int(line.split()[-1]) for line in (run.folder / "log").read_text().splitlines()
            if line.startswith("from step")]


def test_run_is_complete_with_its_provenance():
    """Versions, hashes, machine and cost are said; the same case starts nothing."""
    run = launch(_case(), cores=1).wait(progress=False)
    told = json.loads((run.folder / "provenance.json").read_text())
    assert told["solver_from"] == "tiny-solver 1.0"
    assert set(told["outputs_sha256"]) == {"output.nc", "stations.nc", "summary.json"}
    assert set(told["inputs_sha256"]) == {"inputs/solver.json"}
    assert told["versions"]["dask-jobqueue"] != "not installed"
    assert told["wall_seconds"] > 0
    assert launch(_case()).already_computed
    assert len(list_runs()) == 1


def test_cores_do_not_make_another_case():
    first = launch(_case(), cores=1).wait(progress=False)
    limit = get_settings().profiles["local"].maximum_cores
    assert launch(_case(), cores=min(2, limit)).id == first.id


def test_interrupted_wait_leaves_the_run_going():
    """Ctrl-C in the notebook: the client ends, the run does not."""
    client = _client(_case(steps=30), "run.wait(progress=False)")
    run = find_run(client.stdout.readline().strip())
    _computing(run)
    client.send_signal(signal.SIGINT)
    _, said = client.communicate(timeout=20)
    assert "KeyboardInterrupt" in said
    assert run.state == "running"
    assert run.wait(progress=False).record.attempts == 1


def test_two_clients_at_once_get_one_run():
    clients = [_client(_case(steps=10)) for _ in range(2)]
    ids = {client.communicate(timeout=60)[0].split()[-1] for client in clients}
    assert len(ids) == len(list_runs()) == 1
    find_run(ids.pop()).wait(progress=False)


def test_asked_to_recompute_what_is_being_computed_joins_it():
    run = launch(_case(steps=20))
    assert launch(_case(steps=20), recompute=True).id == run.id
    run.wait(progress=False)
    again = launch(_case(steps=20), recompute=True)
    assert again.id != run.id
    again.wait(progress=False)


def test_killed_worker_is_replaced_and_the_solver_goes_on():
    """The driver sees to it alone; nobody has to ask."""
    run = launch(_case(steps=40))
    solver = _computing(run, 5)
    solver.parent().kill()
    run.wait(progress=False)
    assert run.record.attempts == 1
    first, second = _starting_steps(run)
    assert first == 0
    assert second >= 5


def test_killed_driver_leaves_no_orphan_and_an_interrupted_run():
    run = launch(_case(steps=300, linger=2.0))
    solver = _computing(run, 5)
    os.kill(run.record.driver_pid, signal.SIGKILL)
    _wait_for(lambda: run.state == "interrupted", 5)
    _wait_for(lambda: not psutil.pid_exists(solver.pid), 60)


def test_killed_solver_is_interrupted_and_resumed():
    run = launch(_case(steps=40))
    _computing(run, 5).kill()
    with pytest.raises(RunError, match=r"interrupted.*killed \(signal 9\).*launch the same case"):
        run.wait(progress=False)
    again = launch(_case(steps=40))
    assert again.id == run.id
    again.wait(progress=False)
    assert _starting_steps(run)[1] >= 5
    assert again.record.attempts == 2


def test_cancelled_run_keeps_its_checkpoint():
    run = launch(_case(steps=300))
    _computing(run, 3)
    begin = time.monotonic()
    run.cancel()
    assert run.state == "interrupted"
    assert time.monotonic() - begin < 20
    assert (run.folder / "checkpoints" / "step").is_file()
    with pytest.raises(RunError, match="Only an active run can be stopped"):
        run.cancel()


def test_driver_that_never_begins_is_not_waited_for(monkeypatch):
    """Its process is known from the start: its death is seen at once."""
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    run = launch(_case())
    begin = time.monotonic()
    with pytest.raises(RunError, match="driver was lost"):
        run.wait(progress=False)
    assert time.monotonic() - begin < 5
    monkeypatch.undo()


@pytest.mark.parametrize(("options", "reason"), [
    ({"fails": True}, r"failed.*the river blew up \(return code 3\)"),
    ({"outputs": 0}, r"without writing output\.nc, stations\.nc, summary\.json"),
    ({"outputs": 2}, r"without writing summary\.json"),
])
def test_failed_run_says_why_and_is_never_complete(options, reason):
    run = launch(_case(**options))
    with pytest.raises(RunError, match=reason):
        run.wait(progress=False)
    assert run.state == "failed"
    assert not (run.folder / "provenance.json").exists()


def test_inputs_that_cannot_be_written_leave_no_active_run():
    """The disk fills up between the check and the inputs: said, recorded, and not in the way."""
    for _ in range(2):
        with pytest.raises(StorageError, match="No space left on device"):
            launch(_case(prepare="fails"))
    assert [record.state for record in list_runs()] == ["failed", "failed"]
    assert not list(get_settings().runs_directory.iterdir())


def test_run_lost_after_the_solver_ended_is_concluded_without_computing():
    run = launch(_case()).wait(progress=False)
    (run.folder / "provenance.json").unlink()
    open_ledger().set(run.id, state="interrupted")
    again = launch(_case())
    assert again.id == run.id
    again.wait(progress=False)
    assert _starting_steps(run) == [0]
    assert (run.folder / "provenance.json").is_file()
