"""The ledger is durable, finds runs by the beginning of their id, and says when it is damaged."""

from __future__ import annotations

import multiprocessing

import pytest

from twin_kernel.errors import RunError, StorageError
from twin_kernel.runs.ledger import State, open_ledger

VALUES = {"case_hash": "0" * 64, "case_json": "{}", "solver": "native 1", "profile": "local",
          "cores": 1, "folder": "/runs"}


def test_record_is_there_for_another_reader(tmp_path):
    record = open_ledger(tmp_path / "ledger.sqlite").add(**VALUES)
    other = open_ledger(tmp_path / "ledger.sqlite")
    assert other.get(record.id[:-2]).case_hash == VALUES["case_hash"]
    assert other.list(state="requested")[0].id == record.id


def test_state_moves_only_from_where_it_was(tmp_path):
    ledger = open_ledger(tmp_path / "ledger.sqlite")
    record = ledger.add(**VALUES)
    assert ledger.move(record.id, {State.REQUESTED}, State.RUNNING)
    assert not ledger.move(record.id, {State.REQUESTED}, State.RUNNING)
    assert ledger.get(record.id).state == State.RUNNING


def test_unknown_run_is_told_with_the_next_command(tmp_path):
    with pytest.raises(RunError, match=r"Unknown run.*nope.*twin runs"):
        open_ledger(tmp_path / "ledger.sqlite").get("nope")


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
