"""The native program, stopped, without room, without power, or resumed by another version."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest
import xarray as xr

from tests.contract.test_solvers import _setup
from twin_kernel.solvers.native import program
from twin_kernel.solvers.native.model import Model
from twin_kernel.solvers.native.source import source_hash
from twin_kernel.solvers.native.state import load_state
from twin_kernel.solvers.registry import get_solver

HOURS, STEPS = 2.0, 120
MAPS, STATIONS = 1800.0, 600.0  # s
OUTPUTS = ("output.nc", "stations.nc")
ADVANCE, USAGE = Model.advance, shutil.disk_usage


@pytest.fixture(autouse=True)
def _handlers():
    """Give the tests' process its signals back: the program runs in it."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def _prepared(folder, **changes):
    (folder / "checkpoints").mkdir(parents=True)
    setup = replace(_setup(HOURS), **{"options": {"checkpoint_interval": 3600.0}, **changes})
    get_solver("native").prepare(setup, folder)
    return folder


def _run(folder):
    return program.main([str(folder)])


def _results(folder):
    assert not list(folder.rglob("*.part"))
    budgets = json.loads((folder / "summary.json").read_text())["budgets"]
    return [xr.load_dataset(folder / name) for name in OUTPUTS], budgets


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Results of the run when nothing disturbs it."""
    folder = _prepared(tmp_path_factory.mktemp("whole") / "run")
    assert _run(folder) == 0
    return _results(folder)


def _same(folder, whole):
    (datasets, budgets), (expected, expected_budgets) = _results(folder), whole
    for one, other in zip(datasets, expected, strict=True):
        xr.testing.assert_identical(one, other)
    assert budgets == expected_budgets


def _stop_after(monkeypatch, step):
    """Have SIGTERM arrive while the model makes the step after a number of them."""
    def advance(model, state, steps):
        ADVANCE(model, state, steps)
        if state.step > step:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Model, "advance", advance)


def _stopped(folder, monkeypatch, step=70):
    with monkeypatch.context() as patched:
        _stop_after(patched, step)
        assert _run(folder) == program.INTERRUPTED
    return load_state(folder / "checkpoints" / "state.npz")[0]


def test_a_signal_is_obeyed_between_outputs_that_are_far_apart(tmp_path, monkeypatch):
    """Not after the whole run, where nothing is due before its end; the bits are the same."""
    seldom = {"map_interval": 3600.0 * HOURS, "station_interval": 3600.0 * HOURS,
              "options": {"checkpoint_interval": 3600.0 * HOURS}}
    undisturbed = _prepared(tmp_path / "undisturbed", **seldom)
    assert _run(undisturbed) == 0
    folder = _prepared(tmp_path / "run", **seldom)
    assert _stopped(folder, monkeypatch, 0).step == 1
    assert _stopped(folder, monkeypatch, 30).step < STEPS
    assert _run(folder) == 0
    _same(folder, _results(undisturbed))


def test_a_call_of_the_model_is_short_where_steps_are_slow_and_long_where_not(
        tmp_path, monkeypatch):
    """Half a second at the most, and yet not one step at a time."""
    calls = []

    def advance(model, state, steps):
        calls.append(steps)
        time.sleep(0.02 * steps)
        ADVANCE(model, state, steps)

    monkeypatch.setattr(Model, "advance", advance)
    seconds = 3600.0 * HOURS
    assert _run(_prepared(tmp_path / "run", map_interval=seconds, station_interval=seconds,
                          options={"checkpoint_interval": seconds})) == 0
    assert sum(calls) == STEPS
    assert 0.02 * max(calls) < 0.5
    assert max(calls) > 3


def test_a_checkpoint_of_another_version_is_refused(tmp_path, monkeypatch, capsys):
    """Half a run of each would be of neither: both are named, and what to type."""
    folder = _prepared(tmp_path / "run")
    _stopped(folder, monkeypatch)
    monkeypatch.setattr("twin_kernel.solvers.native.state.source_hash", lambda: "0123abcd")
    assert _run(folder) == 1  # which the run service does not ask for again
    told = capsys.readouterr().err
    assert f"source {source_hash()}" in told
    assert "source 0123abcd" in told
    assert f"rm '{folder / 'checkpoints' / 'state.npz'}'" in told


def _watch_disk(monkeypatch):
    """Return the list in which what is put on disk, and what is renamed, will be noted."""
    noted, fsync, rename = [], os.fsync, os.replace

    def put(descriptor):
        noted.append(("fsync", Path(os.readlink(f"/proc/self/fd/{descriptor}")).name))
        fsync(descriptor)

    def named(source, target):
        noted.append(("replace", Path(source).name))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", put)
    monkeypatch.setattr(os, "replace", named)
    return noted


def test_a_power_cut_leaves_no_checkpoint_without_its_results(tmp_path, monkeypatch):
    """Each file is on disk before its name, the results before the checkpoint, names at once."""
    folder = _prepared(tmp_path / "run")
    noted = _watch_disk(monkeypatch)
    assert _run(folder) == 0
    renames = [at for at, (what, _) in enumerate(noted) if what == "replace"]
    names = [noted[at][1] for at in renames]
    assert names == ["state.part", "state.part", *(f"{name}.part" for name in OUTPUTS),
                     "summary.json.part"]
    previous = -1
    for at, name in zip(renames, names, strict=True):
        before = {file for _, file in noted[previous + 1:at]}
        assert name in before
        if name == "state.part":
            assert {"output.nc.part", "stations.nc.part", "run"} <= before
        assert noted[at + 1] == ("fsync", "checkpoints" if name == "state.part" else "run")
        previous = at


def _fill_after(monkeypatch, questions):
    """Have the disk be full from a number of questions on."""
    asked = []

    def usage(path):
        asked.append(path)
        total, used, free = USAGE(path)
        Usage = namedtuple("Usage", "total used free")
        return Usage(total, used, free if len(asked) <= questions else 4_900_000)

    monkeypatch.setattr(shutil, "disk_usage", usage)


@pytest.mark.parametrize(("questions", "kept"), [(0, 0), (1, 0), (5, 0), (10, 60)])
def test_a_disk_without_room_ends_the_run_before_it_spoils_results(
        tmp_path, monkeypatch, capsys, whole, questions, kept):
    """At the start, at a frame, after a checkpoint: with room again, the run goes on."""
    folder = _prepared(tmp_path / "run")
    with monkeypatch.context() as patched:
        _fill_after(patched, questions)
        assert _run(folder) == program.INTERRUPTED  # the run service asks again, with room
    told = capsys.readouterr().err
    assert "error: The disk is too full" in told
    assert "4.9 MB free" in told
    assert "at least 5." in told
    assert "Next: free some space" in told
    checkpoint = folder / "checkpoints" / "state.npz"
    assert (load_state(checkpoint)[0].step if checkpoint.exists() else 0) == kept
    assert _run(folder) == 0
    _same(folder, whole)


def test_a_stop_without_room_for_its_checkpoint_keeps_the_one_before(tmp_path, monkeypatch, whole):
    """It is not written in part, and the results are those of the one before."""
    folder = _prepared(tmp_path / "run")
    _stopped(folder, monkeypatch, 70)
    before = (folder / "checkpoints" / "state.npz").read_bytes()
    with monkeypatch.context() as patched:
        _fill_after(patched, 1)
        _stop_after(patched, 0)
        assert _run(folder) == program.INTERRUPTED
    assert (folder / "checkpoints" / "state.npz").read_bytes() == before
    assert _run(folder) == 0
    _same(folder, whole)


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_run_whose_results_cannot_be_read_starts_over_and_says_so(
        tmp_path, monkeypatch, capsys, whole, name):
    """A file cut short, as by a failed write: not refused for ever."""
    folder = _prepared(tmp_path / "run")
    _stopped(folder, monkeypatch)
    partial = folder / f"{name}.part"
    os.truncate(partial, partial.stat().st_size // 2)
    assert _run(folder) == 0
    told = capsys.readouterr().out
    assert "warning: the results before the checkpoint cannot be read" in told
    assert "starts over" in told
    assert partial.name in told
    _same(folder, whole)
