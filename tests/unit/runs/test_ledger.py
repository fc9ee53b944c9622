"""The ledger is durable, finds runs by the beginning of their id, and says when it is damaged."""

from __future__ import annotations

import multiprocessing
import secrets
import sqlite3

import pytest

from twin_kernel.errors import RunError, StorageError
from twin_kernel.runs.ledger import State, open_ledger
from twin_kernel.runs.ledger.tables import Base

VALUES = {"case_hash": "0" * 64, "case_json": "{}", "solver": "native 1", "profile": "local",
          "cores": 1, "folder": "/runs/of"}


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """Address of an empty ledger, a file and then a database of a real server."""
    if request.param == "sqlite":
        return tmp_path / "ledger.sqlite"
    return request.getfixturevalue("postgres").new_database(f"l{secrets.token_hex(6)}")


def _ask(ledger, identity="20150901T000000-00000001", **values):
    record, new = ledger.request(identity, **{**VALUES, "case_hash": identity[-8:], **values})
    assert new
    return record


def test_record_is_there_for_another_reader(address):
    record = _ask(open_ledger(address))
    other = open_ledger(address)
    assert other.get(record.id[:-2]).case_hash == record.case_hash
    assert other.list(state="requested")[0].id == record.id


def test_state_moves_only_from_where_it_was(address):
    ledger = open_ledger(address)
    record = _ask(ledger)
    assert ledger.move(record.id, {State.REQUESTED}, State.RUNNING)
    assert not ledger.move(record.id, {State.REQUESTED}, State.RUNNING)
    assert ledger.get(record.id).state == State.RUNNING


def test_older_lease_moves_nothing(address):
    ledger = open_ledger(address)
    record = _ask(ledger)
    assert ledger.move(record.id, {State.REQUESTED}, State.REQUESTED, held="", token="second")
    assert not ledger.move(record.id, {State.REQUESTED}, State.COMPLETE, held="first")
    assert not ledger.move(record.id, {State.REQUESTED}, State.COMPLETE, held="")
    assert ledger.move(record.id, {State.REQUESTED}, State.COMPLETE, held="second")


def test_active_case_is_recorded_once_for_one_person(address):
    """The same case of somebody else, of a project, or computed anew, is another run."""
    ledger = open_ledger(address)
    first = _ask(ledger, "a1", case_hash="same", owner="alice")
    again, new = ledger.request("a2", **{**VALUES, "case_hash": "same", "owner": "alice"})
    assert (again.id, new) == (first.id, False)
    _ask(ledger, "a3", case_hash="same", owner="bob")
    _ask(ledger, "a4", case_hash="same", owner="alice", project="harbour")
    ledger.move(first.id, {State.REQUESTED}, State.COMPLETE)
    _ask(ledger, "a5", case_hash="same", owner="alice")


def test_request_with_a_key_is_recorded_once_for_ever(address):
    ledger = open_ledger(address)
    first = _ask(ledger, "b1", request_key="k", owner="alice")
    ledger.move(first.id, {State.REQUESTED}, State.FAILED)
    again, new = ledger.request("b2", **{**VALUES, "request_key": "k", "owner": "alice"})
    assert (again.id, new) == (first.id, False)
    _ask(ledger, "b3", request_key="k", owner="bob")


def test_run_waits_for_what_is_not_complete(address):
    ledger = open_ledger(address)
    first, second = _ask(ledger, "c1"), _ask(ledger, "c2", after=["c1"])
    assert ledger.unmet() == {"c2": [("c1", "requested")]}
    assert ledger.needs(second.id) == ["c1"]
    ledger.move(first.id, {State.REQUESTED}, State.COMPLETE)
    assert ledger.unmet() == {}


def test_use_is_summed_by_owner_and_project(address):
    ledger = open_ledger(address)
    for number, (owner, project) in enumerate([("alice", ""), ("alice", "p"), ("bob", "p")]):
        ledger.set(_ask(ledger, f"d{number}", owner=owner, project=project).id,
                   core_seconds=10.0 + number)
    assert ledger.used("owner") == {"alice": 21.0, "bob": 12.0}
    assert ledger.used("project") == {"": 10.0, "p": 23.0}


def test_unknown_run_is_told_with_the_next_command(address):
    with pytest.raises(RunError, match=r"Unknown run.*nope.*twin runs"):
        open_ledger(address).get("nope")


def test_ledger_of_before_the_migrations_is_brought_up_to_date(tmp_path):
    """Its runs are kept; what was interrupted is cancelled, what nobody drives is asked again."""
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE runs (id VARCHAR(40) PRIMARY KEY, case_hash VARCHAR(64), case_json "
            "VARCHAR, state VARCHAR(16), solver VARCHAR(80), profile VARCHAR(80), cores INTEGER, "
            "owner VARCHAR(80), folder VARCHAR, attempts INTEGER, created VARCHAR(32), started "
            "VARCHAR(32), finished VARCHAR(32), wall_seconds FLOAT, peak_memory FLOAT, driver_pid "
            "INTEGER, driver_started FLOAT, reason VARCHAR)")
        for number, state in enumerate(("complete", "interrupted", "running")):
            connection.execute(
                "INSERT INTO runs VALUES (?, ?, '{}', ?, 'native 1', 'local', 2, 'me', '/runs', "
                "1, '2026-01-01', NULL, NULL, 10.0, 1.0, 1, 1.0, '')",
                (f"r{number}", f"h{number}", state))
    ledger = open_ledger(path)
    found = {record.id: record for record in ledger.list()}
    assert [found[f"r{n}"].state for n in range(3)] == ["complete", "cancelled", "requested"]
    assert found["r0"].core_seconds == 20.0
    assert found["r0"].project == ""


def test_ledger_of_a_later_version_is_refused(tmp_path):
    path = tmp_path / "ledger.sqlite"
    open_ledger(path).engine.dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match=r"later version.*9999.*update the twin"):
        open_ledger(path)


def test_tables_are_what_the_migrations_make(address):
    """Nothing is left to migrate: names, types and indexes agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with open_ledger(address).engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_damaged_ledger_is_told_without_traceback(tmp_path):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(StorageError, match=r"cannot be opened.*not a database.*TWIN_DATA_DIR"):
        open_ledger(path)
    assert path.read_bytes() == bytes(range(256)) * 40


def _open(path, barrier, told):
    barrier.wait()
    try:
        open_ledger(path)
        told.put("")
    except StorageError as error:
        told.put(str(error))


def test_eight_processes_make_one_new_ledger(tmp_path):
    """Without a lock about half of the openings fail."""
    context = multiprocessing.get_context("fork")
    for number in range(4):
        barrier, told = context.Barrier(8), context.Queue()
        openers = [context.Process(target=_open,
                                   args=(tmp_path / f"{number}.sqlite", barrier, told))
                   for _ in range(8)]
        for opener in openers:
            opener.start()
        assert [told.get(timeout=60) for _ in openers] == [""] * 8
        for opener in openers:
            opener.join()
