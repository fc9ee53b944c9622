"""Turns of the run service with clusters that only take note: what it decides, without any wait."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest

from twin_kernel.runs.folder import OUTPUTS, file_hash, make_folder
from twin_kernel.runs.lease import holds, show_life, write_outcome
from twin_kernel.runs.ledger import State, open_ledger
from twin_kernel.runs.ledger.people import current_user
from twin_kernel.runs.service.service import Service
from twin_kernel.settings import Profile, Project, Settings


class Clusters:
    """Takes attempts and never computes them; refuses those of two cores."""

    def __init__(self):
        self.attempts, self.wrong = {}, ""

    def submit(self, shape, attempt):
        if shape.cores == 2:
            raise RuntimeError("sbatch: no such partition")
        self.attempts[attempt.folder.split("/")[-1]] = attempt
        return SimpleNamespace(done=lambda: False, cancel=lambda: None)

    def close_idle(self, busy):
        pass

    def healthy(self, shape):
        return True

    def trouble(self, shape):
        return self.wrong


@pytest.fixture
def place(tmp_path):
    """A ledger, a service on it, and a way to ask for runs."""
    settings = Settings(data_directory=tmp_path, lease_seconds=1.0, profiles={
        "local": Profile(maximum_cores=2, simultaneous_cores=2)}, projects={
        "spent": Project(members=("me",), core_hours=0.0)})
    ledger = open_ledger(tmp_path / "ledger.sqlite")

    def ask(name, cores=1, **values):
        folder = tmp_path / "runs" / name
        make_folder(folder, "{}", lambda at: (at / "inputs").mkdir(),
                    {"command": ["true"], "distribution": "tiny 1"})
        return ledger.request(name, **{
            "case_hash": name, "case_json": "{}", "solver": "tiny 1", "profile": "local",
            "cores": cores, "folder": str(folder), **values})[0]

    def new_service():
        return Service(ledger, settings, Clusters())

    return SimpleNamespace(ledger=ledger, ask=ask, new_service=new_service,
                           service=new_service(), folder=tmp_path / "runs")


def _live(place, name, beat=1):
    token = place.ledger.get(name).token
    show_life(place.folder / name, token, beat, pid=1, node="n1", job="7", number=1)
    return token


def _whole(place, name, **told):
    """Write what a worker leaves at the end of a run."""
    folder = place.folder / name
    for output in OUTPUTS:
        (folder / output).write_text("whole")
    outputs = {output: {"sha256": file_hash(folder / output), "bytes": 5} for output in OUTPUTS}
    write_outcome(folder, place.ledger.get(name).token, **{
        "attempt": 1, "node": "n1", "job": "7", "code": 0, "why": "", "missing": [],
        "outputs": outputs, "wall_seconds": 2.0, "core_seconds": 2.0, "peak_memory": 10.0, **told})


def test_run_goes_from_asked_for_to_complete(place):
    place.ask("a")
    place.service.turn()
    assert holds(place.folder / "a", place.ledger.get("a").token)
    _live(place, "a")
    place.service.turn()
    assert place.ledger.get("a").state == "running"
    _whole(place, "a")
    place.service.turn()
    record = place.ledger.get("a")
    assert (record.state, record.wall_seconds, record.output_bytes) == ("complete", 2.0, 15)
    told = json.loads((place.folder / "a" / "provenance.json").read_text())
    assert set(told["outputs_sha256"]) == set(OUTPUTS)


def test_output_cut_short_is_never_complete(place):
    """A file system that lost the end of a file after the worker had told of it."""
    place.ask("a")
    place.service.turn()
    _whole(place, "a")
    (place.folder / "a" / "output.nc").write_text("who")
    place.service.turn()
    assert place.ledger.get("a").state == "failed"


def test_paused_need_is_waited_for_and_a_failed_one_is_not(place):
    for state, expected in ((State.PAUSED, "requested"), (State.FAILED, "failed")):
        place.ask(f"need{state}")
        place.ledger.move(f"need{state}", {State.REQUESTED}, state)
        place.ask(f"run{state}", after=[f"need{state}"])
        place.service.turn()
        record = place.ledger.get(f"run{state}")
        assert record.state == expected
        assert f"need{state}" in record.reason


def test_run_that_cannot_be_handed_out_stops_no_other(place, capsys):
    """It would have taken both cores: the next turn gives them to who came later."""
    place.ask("wide", cores=2)
    place.ask("narrow")
    place.service.turn()
    assert "no such partition" in capsys.readouterr().out
    assert "no such partition" in place.ledger.get("wide").reason
    place.service.turn()
    assert "narrow" in place.service.clusters.attempts


def test_run_whose_ending_is_refused_stops_no_other(place, capsys):
    """Something is wrong with one run's files: it is told, and the next is served."""
    place.ask("odd")
    place.service.turn()
    _whole(place, "odd", peak_memory="much")
    place.ask("next")
    place.service.turn()
    assert "run odd:" in capsys.readouterr().out
    assert "next" in place.service.clusters.attempts


def test_profile_that_is_gone_is_said(place):
    place.ask("a", profile="old cluster")
    place.service.turn()
    assert "no profile 'old cluster'" in place.ledger.get("a").reason


def test_spent_quota_holds_its_project_only(place):
    place.ask("a", project="spent")
    place.ask("b")
    place.service.turn()
    assert "core-hours of project 'spent' are used up" in place.ledger.get("a").reason
    assert list(place.service.clusters.attempts) == ["b"]


def test_folder_of_runs_that_is_not_seen_is_waited_for(place):
    place.ask("a")
    place.folder.rename(place.folder.with_name("unmounted"))
    place.service.turn()
    assert "is not seen by the service" in place.ledger.get("a").reason
    place.folder.with_name("unmounted").rename(place.folder)
    place.service.turn()
    assert "a" in place.service.clusters.attempts


def test_next_service_adopts_what_is_alive_and_asks_again_for_what_is_not(place):
    for name in ("alive", "dead"):
        place.ask(name, owner=current_user())
        place.service.turn()
        token = _live(place, name)
        place.service.turn()
    follower = place.new_service()
    follower.adopt()
    limit = time.monotonic() + 10.0
    beat = 2
    while place.ledger.get("dead").state == "running" and time.monotonic() < limit:
        _live(place, "alive", beat)
        beat += 1
        follower.turn()
        time.sleep(0.2)
    assert place.ledger.get("alive").state == "running"
    assert place.ledger.get("dead").reason == "asked for again: no sign of life"
    assert not holds(place.folder / "dead", token), "who comes back must find another lease"


def test_wish_before_it_begins_takes_it_back(place):
    place.ask("a")
    place.service.turn()
    token = place.ledger.get("a").token
    place.ledger.wish("a", "pause")
    place.service.turn()
    assert place.ledger.get("a").state == "paused"
    assert not holds(place.folder / "a", token)
    assert not place.service.flights


def test_wish_while_it_computes_asks_its_worker(place):
    place.ask("a")
    place.service.turn()
    _live(place, "a")
    place.service.turn()
    place.ledger.wish("a", "cancel")
    place.service.turn()
    assert (place.folder / "a" / "stop").exists()
    _whole(place, "a", code=130, outputs={})
    place.service.turn()
    record = place.ledger.get("a")
    assert (record.state, record.wish) == ("cancelled", "")
    assert not (place.folder / "a" / "stop").exists()


def test_older_outcome_ends_nothing(place):
    """An attempt of yesterday writes its end: the one of today goes on."""
    place.ask("a")
    place.service.turn()
    write_outcome(place.folder / "a", "yesterday", code=0)
    place.service.turn()
    assert place.ledger.get("a").state == "requested"
    assert "a" in place.service.flights


def test_what_keeps_a_job_from_its_queue_is_said_until_it_passes(place):
    place.ask("a")
    place.service.turn()
    for wrong, reason in (("login, port 22, is not reached.",
                           "waits for its cluster: login, port 22, is not reached."), ("", "")):
        place.service.clusters.wrong = wrong
        place.service.turn()
        record = place.ledger.get("a")
        assert (record.state, record.reason, record.losses) == ("requested", reason, 0)


def test_services_that_end_while_a_job_waits_for_its_queue_lose_nothing(place):
    """More often than a run may be lost: none of them had a worker begin it."""
    place.ask("a")
    place.service.turn()
    for _ in range(6):
        service = place.new_service()
        service.adopt()
        for flight in service.flights.values():
            flight.seen = time.monotonic() - 60.0
        service.turn()
        service.turn()
    record = place.ledger.get("a")
    assert (record.state, record.losses) == ("requested", 0)
