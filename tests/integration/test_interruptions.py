"""Every process of a run killed in turn, through the real local cluster, with a solver of seconds.

What must hold: no run lost, none twice, none stuck, none complete without its outputs.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.machines.installation import installed
from tests.machines.processes import hear_interrupts, service_of
from tests.machines.tiny_runs import case_of_test, wait_computing, wait_for
from twin_kernel.errors import InputError, RunError, StorageError
from twin_kernel.runs import find_run, launch, list_runs
from twin_kernel.runs.lease import read_life
from twin_kernel.settings import get_settings

CLIENT = ("import sys\nfrom twin_kernel.runs import Case, launch\n"
          "run = launch(Case.model_validate_json(sys.argv[1]), quiet=True)\n"
          "print(run.id, flush=True)\n")


@pytest.fixture(autouse=True, scope="module")
def data(tmp_path_factory):
    """One installation for the module: what is lost is seen soon."""
    with installed(tmp_path_factory.mktemp("interruptions")) as folder:
        yield folder


def _computing(run, step=2):
    """Wait until the solver is some steps on; return its process."""
    wait_computing(run, step)
    return psutil.Process(read_life(run.folder, run.record.token)["pid"])


def _client(case, then=""):
    return subprocess.Popen(
        [sys.executable, "-c", CLIENT + then, case.model_dump_json()], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, preexec_fn=hear_interrupts)


def _starting_steps(run):
    return [int(line.split()[-1]) for line in (run.folder / "log").read_text().splitlines()
            if line.startswith("from step")]


def test_run_is_complete_with_its_provenance():
    """Versions, hashes, machine and cost are said; the same case starts nothing."""
    run = launch(case_of_test(), cores=1).wait(progress=False)
    told = json.loads((run.folder / "provenance.json").read_text())
    assert told["solver_from"] == "tiny-solver 1.0"
    assert set(told["outputs_sha256"]) == {"output.nc", "stations.nc", "summary.json"}
    assert set(told["inputs_sha256"]) == {"inputs/solver.json"}
    assert told["versions"]["dask-jobqueue"] != "not installed"
    assert told["wall_seconds"] > 0
    record = run.record
    assert record.node
    assert record.queue_seconds >= 0
    assert record.core_seconds == pytest.approx(record.wall_seconds)
    assert launch(case_of_test()).already_computed
    assert len(list_runs(case_hash=run.case_hash)) == 1


def test_cores_do_not_make_another_case():
    first = launch(case_of_test(), cores=1).wait(progress=False)
    limit = get_settings().profiles["local"].maximum_cores
    assert launch(case_of_test(), cores=min(2, limit)).id == first.id


def test_interrupted_wait_leaves_the_run_going():
    """Ctrl-C in the notebook: the client ends, the run does not."""
    client = _client(case_of_test(steps=30), "run.wait(progress=False)")
    run = find_run(client.stdout.readline().strip())
    _computing(run)
    client.send_signal(signal.SIGINT)
    _, said = client.communicate(timeout=20)
    assert "KeyboardInterrupt" in said
    assert run.state == "running"
    assert run.wait(progress=False).record.attempts == 1


def test_two_clients_at_once_get_one_run():
    clients = [_client(case_of_test(steps=10)) for _ in range(2)]
    said = [client.communicate(timeout=180) for client in clients]
    assert all(out for out, _ in said), said
    ids = {out.split()[-1] for out, _ in said}
    assert len(ids) == 1
    run = find_run(ids.pop())
    run.wait(progress=False)
    assert len(list_runs(case_hash=run.case_hash)) == 1
    folders = {path.name for path in run.folder.parent.iterdir()}
    assert folders == {record.id for record in list_runs(limit=None)}


def test_request_sent_twice_is_one_run():
    """By its key, whatever became of the first, and for no other case."""
    first = launch(case_of_test(), key="of monday").wait(progress=False)
    assert launch(case_of_test(), recompute=True, key="of monday").id == first.id
    with pytest.raises(InputError, match="belongs to another case"):
        launch(case_of_test(steps=3), key="of monday")


def test_asked_to_recompute_what_is_being_computed_joins_it():
    run = launch(case_of_test(steps=20))
    assert launch(case_of_test(steps=20), recompute=True).id == run.id
    run.wait(progress=False)
    again = launch(case_of_test(steps=20), recompute=True)
    assert again.id != run.id
    again.wait(progress=False)


def test_killed_worker_is_replaced_and_the_solver_goes_on():
    """The service sees to it alone; nobody has to ask."""
    run = launch(case_of_test(steps=40))
    solver = _computing(run, 5)
    solver.parent().kill()
    run.wait(progress=False)
    assert run.record.attempts == 2
    first, second = _starting_steps(run)
    assert first == 0
    assert second >= 5


def test_killed_solver_goes_on_from_its_checkpoint():
    run = launch(case_of_test(steps=40))
    _computing(run, 5).kill()
    run.wait(progress=False)
    assert _starting_steps(run)[1] >= 5
    assert run.record.attempts == 2


def test_killed_service_changes_nothing(data):
    """kill -9: the solver goes on under its worker, and the next service finds it alive."""
    run = launch(case_of_test(steps=60))
    solver = _computing(run, 5)
    service_of(data).kill()
    run.wait(progress=False)
    assert run.record.attempts == 1
    assert _starting_steps(run) == [0]
    wait_for(lambda: not solver.is_running())


def test_run_that_ended_without_a_service_is_concluded_by_the_next(data):
    run = launch(case_of_test(steps=30))
    _computing(run, 5)
    service_of(data).kill()
    wait_for(lambda: (run.folder / "outcome.json").is_file(), 30)
    assert run.state == "running"
    run.wait(progress=False)
    assert _starting_steps(run) == [0]


def test_service_and_worker_killed_together(data):
    """As when a machine loses its power: lost, seen, resumed."""
    run = launch(case_of_test(steps=60))
    solver = _computing(run, 5)
    service_of(data).kill()
    for process in (solver.parent(), solver):
        process.kill()
    run.wait(progress=False)
    first, second = _starting_steps(run)
    assert (first, run.record.attempts) == (0, 2)
    assert second >= 5


def test_solver_that_hangs_is_taken_from_its_worker():
    """A worker without a sign of life: its run goes to another, and its solver is ended."""
    run = launch(case_of_test(steps=60))
    solver = _computing(run, 5)
    worker = solver.parent()
    worker.suspend()
    wait_for(lambda: run.record.reason.startswith("asked for again"), 30)
    worker.resume()
    run.wait(progress=False)
    assert run.record.attempts == 2
    assert not solver.is_running()


def test_cancelled_run_keeps_its_checkpoint_and_goes_on():
    run = launch(case_of_test(steps=60))
    _computing(run, 3)
    begin = time.monotonic()
    run.cancel()
    assert run.state == "cancelled"
    assert time.monotonic() - begin < 20
    with pytest.raises(RunError, match="Only an active run can be stopped"):
        run.cancel()
    with pytest.raises(RunError, match=r"was cancelled.*twin run resume"):
        run.wait(progress=False)
    again = launch(case_of_test(steps=60))
    assert again.id == run.id
    again.wait(progress=False)
    assert _starting_steps(run)[1] >= 3


def test_paused_run_resumes():
    run = launch(case_of_test(steps=40))
    _computing(run, 3)
    run.pause()
    assert run.state == "paused"
    run.resume().wait(progress=False)
    assert len(_starting_steps(run)) == 2
    with pytest.raises(RunError, match=r"complete.*paused or cancelled"):
        run.resume()


def test_run_cancelled_in_the_queue_never_begins():
    """One core: the second waits for the first, and is withdrawn."""
    first = launch(case_of_test(steps=300), cores=2)
    second = launch(case_of_test(steps=31), cores=2)
    _computing(first)
    second.cancel()
    assert second.state == "cancelled"
    first.cancel()
    assert not (second.folder / "log").exists()


def test_run_waits_for_what_it_needs():
    first = launch(case_of_test(steps=20))
    second = launch(case_of_test(steps=2), after=[first])
    second.wait(progress=False)
    assert first.state == "complete"
    assert second.record.started >= first.record.finished


def test_run_whose_need_failed_fails():
    first = launch(case_of_test(fails=True))
    second = launch(case_of_test(steps=2), after=[first])
    with pytest.raises(RunError, match=f"needs run {first.id}, which did not complete"):
        second.wait(progress=False)
    assert not (second.folder / "log").exists()


@pytest.mark.parametrize(("options", "reason"), [
    ({"fails": True}, r"failed.*the river blew up \(return code 3\)"),
    ({"outputs": 0}, r"without writing output\.nc, stations\.nc, summary\.json"),
    ({"outputs": 2}, r"without writing summary\.json"),
])
def test_failed_run_says_why_and_is_never_complete(options, reason):
    run = launch(case_of_test(**options))
    with pytest.raises(RunError, match=reason):
        run.wait(progress=False)
    assert run.state == "failed"
    assert not (run.folder / "provenance.json").exists()


def test_solver_that_always_dies_is_given_up():
    """Killed before any checkpoint, again and again: out of memory, most often."""
    run = launch(case_of_test(dies=True))
    with pytest.raises(RunError, match=r"lost 5 times without reaching a checkpoint.*killed"):
        run.wait(progress=False)
    assert run.record.attempts == 5


def test_inputs_that_cannot_be_written_leave_nothing():
    """The disk fills up between the check and the inputs: said, and not in the way."""
    before = {record.id for record in list_runs(limit=None)}
    for _ in range(2):
        with pytest.raises(StorageError, match="No space left on device"):
            launch(case_of_test(prepare="fails"))
    assert {record.id for record in list_runs(limit=None)} == before
    assert {path.name for path in get_settings().runs_directory.iterdir()} == before
