"""Two people: neither sees, changes or reads what is the other's and private."""

from __future__ import annotations

import multiprocessing
import os
import secrets

import pytest
from sqlalchemy import create_engine, text

from tests.machines.fixtures import require
from twin_kernel.errors import RunError, StorageError
from twin_kernel.runs.folder import make_folder
from twin_kernel.runs.ledger import State, open_ledger

VALUES = {"case_json": "{}", "solver": "native 1", "profile": "local", "cores": 1,
          "folder": "/runs/of"}


@pytest.fixture
def shared(postgres):
    """Ledgers of one server as its keeper, alice, bob and carol see them; two share a project."""
    name = f"p{secrets.token_hex(6)}"
    keeper = open_ledger(postgres.new_database(name))
    with keeper.engine.begin() as connection:
        for person in ("alice", "bob", "carol"):
            if not connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"),
                                      {"name": person}).first():
                connection.execute(text(f"CREATE ROLE {person} LOGIN IN ROLE twin_users"))
    keeper.declare({"harbour": (("alice", "carol"), None)})
    return {"keeper": keeper, **{person: open_ledger(postgres.address(name, person))
                                 for person in ("alice", "bob", "carol")}}


def _ask(ledger, owner, identity, **values):
    return ledger.request(identity, **{**VALUES, "owner": owner, "case_hash": identity, **values})


def test_private_run_is_seen_by_its_owner_only(shared):
    _ask(shared["alice"], "alice", "a1")
    assert [one.id for one in shared["alice"].list()] == ["a1"]
    assert [one.id for one in shared["keeper"].list()] == ["a1"]
    for other in ("bob", "carol"):
        assert shared[other].list() == []
        assert shared[other].active() == []
        with pytest.raises(RunError, match="Unknown run"):
            shared[other].get("a1")


def test_nobody_stops_or_changes_the_run_of_another(shared):
    _ask(shared["alice"], "alice", "a1")
    assert not shared["bob"].move("a1", {State.REQUESTED}, State.CANCELLED)
    shared["bob"].set("a1", wish="cancel")
    record = shared["alice"].get("a1")
    assert (record.state, record.wish) == ("requested", "")


def test_project_is_seen_by_its_members_and_changed_by_its_owner(shared):
    _ask(shared["alice"], "alice", "a1", project="harbour")
    assert [one.id for one in shared["carol"].list()] == ["a1"]
    assert not shared["carol"].move("a1", {State.REQUESTED}, State.CANCELLED)
    assert shared["bob"].list() == []


def test_nobody_asks_in_the_name_of_another_or_for_others_projects(shared):
    for owner, project in (("alice", ""), ("bob", "harbour")):
        with pytest.raises(StorageError, match="row-level security"):
            _ask(shared["bob"], owner, "b1", project=project)
    assert shared["keeper"].list() == []


def test_same_case_of_another_tells_nothing(shared):
    _ask(shared["alice"], "alice", "a1", request_key="monday")
    _, new = _ask(shared["bob"], "bob", "b1", case_hash="a1", request_key="monday")
    assert new


def test_waiting_for_the_run_of_another_is_refused(shared):
    _ask(shared["alice"], "alice", "a1")
    with pytest.raises(StorageError, match="row-level security"):
        _ask(shared["bob"], "bob", "b1", after=["a1"])


def test_person_cannot_delete_or_give_away_runs(shared):
    _ask(shared["bob"], "bob", "b1")
    for statement in ("DELETE FROM runs", "UPDATE runs SET owner = 'alice'",
                      "UPDATE runs SET project = 'harbour'", "DELETE FROM members",
                      "INSERT INTO members VALUES ('harbour', 'bob')", "SET ROLE twin"):
        with pytest.raises(Exception, match=r"permission denied|row-level security"), \
                shared["bob"].engine.begin() as connection:
            connection.execute(text(statement))


def _as_nobody(action, told):
    """Do something as another user of the machine; tell the error."""
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    try:
        action()
        told.put("done")
    except (OSError, StorageError) as error:
        told.put(f"{type(error).__name__}: {error}")


def test_ledger_and_runs_of_a_person_are_closed_to_other_users(tmp_path):
    """Whatever the umask: no listing, no reading, no writing, no opening of the ledger."""
    require(os.getuid() == 0, "the right to become somebody else", "run as root")
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_uid == 0 and str(parent) != "/":
            parent.chmod(0o755)  # what is tested is the twin's own folder
        if parent.name == "tmp":
            break
    old = os.umask(0)
    try:
        data = tmp_path / "data"
        open_ledger(data / "ledger.sqlite")
        run = tmp_path / "runs" / "r1"
        run.parent.mkdir()
        make_folder(run, "{}", lambda place: (place / "inputs").mkdir(), {"command": []})
        (run / "output.nc").write_text("private")
    finally:
        os.umask(old)
    create_engine("sqlite://").connect().close()  # loads what the other user may not read
    context = multiprocessing.get_context("fork")
    for action in (lambda: open_ledger(data / "ledger.sqlite").list(),
                   lambda: list(data.iterdir()), lambda: list(run.iterdir()),
                   lambda: (run / "output.nc").read_text(),
                   lambda: (run / "stop").touch()):
        told = context.Queue()
        other = context.Process(target=_as_nobody, args=(action, told))
        other.start()
        assert "rmission denied" in told.get(timeout=30)
        other.join()
