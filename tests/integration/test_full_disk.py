"""Disks that are really too small, really full, really read-only: file systems of a few MB."""

from __future__ import annotations

import errno
import os
import subprocess
import time
from contextlib import contextmanager

import pytest

from twin_kernel.errors import RunError, StorageError
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
    if made.returncode != 0:
        pytest.skip(f"file systems cannot be mounted here: {made.stderr.strip()}")
    monkeypatch.setenv("TWIN_DATA_DIRECTORY", str(place))
    get_settings.cache_clear()
    yield place
    get_settings.cache_clear()
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
    """Solver, log and ledger all fail to write; with space again, the same case completes."""
    monkeypatch.setattr(folder, "expected_bytes", lambda setup: 0)
    monkeypatch.setattr(folder, "_RESERVE", 0)
    case = Case(**CASE, solver_options={"steps": 60})
    run = launch(case)
    limit = time.monotonic() + 60
    while not (run.folder / "checkpoints" / "step").is_file():
        assert time.monotonic() < limit
        time.sleep(0.05)
    time.sleep(1.0)
    driver = run.record.driver_pid
    with _filled(small_disk):
        limit = time.monotonic() + 60
        while run_is_driven(driver):
            assert time.monotonic() < limit, "the driver hangs"
            time.sleep(0.2)
    assert run.state in ("failed", "interrupted")
    with pytest.raises(RunError, match=r"failed|interrupted"):
        run.wait(progress=False)
    assert launch(case).wait(progress=False).state == "complete"


def run_is_driven(pid):
    """Tell whether the process still works: ended, it stays a zombie of the test."""
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
