"""Disks that are really too small, really full, really read-only: file systems of a few MB."""

from __future__ import annotations

import errno
import os
import subprocess
import time
from contextlib import contextmanager

import pytest

from tests.machines.fixtures import require
from tests.machines.processes import end_all
from tests.unit.runs.tiny_solver import result
from twin_kernel.errors import StorageError
from twin_kernel.runs import Case, folder, launch
from twin_kernel.settings import get_settings

CASE = {"start": "2015-09-10", "stop": "2015-09-11", "solver": "tiny"}


@pytest.fixture
def small_disk(tiny, tmp_path, monkeypatch):
    """A data folder on a file system of 4 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)],
                          capture_output=True, text=True, check=False)
    require(made.returncode == 0, "the right to mount file systems",
            f"run as root ({made.stderr.strip()})")
    monkeypatch.setenv("TWIN_DATA_DIRECTORY", str(place))
    get_settings.cache_clear()
    yield place
    get_settings.cache_clear()
    end_all(place)
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def _write_until_refused(path):
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)


@contextmanager
def _filled(place):
    """Fill the disk to the last byte, then give the space back."""
    filler = place / "filler"
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        _write_until_refused(filler)
    try:
        yield
    finally:
        filler.unlink()


def test_too_small_disk_is_refused(small_disk):
    with pytest.raises(StorageError, match=r"too full.*[34] MB free.*at least \d+ MB.*Next: free"):
        launch(Case(**CASE))
    assert not list((small_disk / "runs").iterdir())


def test_read_only_disk_is_refused(small_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StorageError, match=r"ledger cannot.*set TWIN_DATA_DIRECTORY"):
        launch(Case(**CASE))


def test_disk_that_fills_up_during_a_run_loses_nothing(small_disk, monkeypatch):
    """Solver, log and ledger all fail to write; with space again, the run goes on by itself."""
    monkeypatch.setattr(folder, "expected_bytes", lambda setup: 0)
    monkeypatch.setenv("TWIN_DISK_RESERVE", "300000")
    monkeypatch.setenv("TWIN_LEASE_SECONDS", "5")
    get_settings.cache_clear()
    case = Case(**CASE, solver_options={"steps": 60})
    run = launch(case)
    limit = time.monotonic() + 60
    while not (run.folder / "checkpoints" / "step").is_file():
        assert time.monotonic() < limit
        time.sleep(0.05)
    time.sleep(1.0)
    with _filled(small_disk):
        time.sleep(15.0)  # the solver dies of it, and the service finds no place to write
        assert run.state.active
    assert run.wait(progress=False).state == "complete"
    assert (run.folder / "output.nc").read_text() == result(60)
