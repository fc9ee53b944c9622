"""Launch refuses before anything is written or started."""

from __future__ import annotations

import os
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from twin_kernel.catalog import river_mesh
from twin_kernel.errors import InputError, StorageError
from twin_kernel.mesh import write_ugrid
from twin_kernel.runs import Case, launch, list_runs
from twin_kernel.settings import get_settings

PERIOD = {"start": "2015-09-10", "stop": "2015-09-11"}


@pytest.fixture
def nothing_written():
    """Assert that no run was recorded and no folder made."""
    before = {record.id for record in list_runs(limit=1000)}
    yield
    assert {record.id for record in list_runs(limit=1000)} == before
    runs = get_settings().runs_directory
    assert not runs.is_dir() or not list(runs.glob("*.part"))


@pytest.mark.usefixtures("nothing_written")
class TestRefusals:
    """Each refusal leaves the ledger and the disk as they were."""

    @pytest.mark.parametrize("cores", [0, -1, 1.5, True])
    def test_cores(self, cores):
        with pytest.raises(InputError, match=r"cores is refused.*from 1 to \d+"):
            launch(Case(**PERIOD), cores=cores)

    def test_cores_above_the_limit_are_not_clamped(self):
        with pytest.raises(InputError, match=r"Received: 4000.*launch\(case, cores=\d+\)"):
            launch(Case(**PERIOD), cores=4000)

    def test_profile(self):
        with pytest.raises(InputError, match=r"Unknown profile.*nowhere.*local"):
            launch(Case(**PERIOD), profile="nowhere")

    def test_solver(self):
        with pytest.raises(InputError, match=r"Unknown solver.*telemac.*native"):
            launch(Case(**PERIOD, solver="telemac"))

    @pytest.mark.parametrize(("options", "words"), [
        ({"timestep": 60}, "timestep"), ({"time_step": -1}, "time_step=-1"),
        ({"time_step": 7.0}, "whole number of time steps"), ({"theta": 0.5}, "theta=0.5"),
    ])
    def test_solver_options(self, options, words):
        with pytest.raises(InputError, match=words):
            launch(Case(**PERIOD, solver_options=options))

    def test_period_outside_the_forcing(self, tmp_path):
        series = tmp_path / "garonne.csv"
        series.write_text("time,discharge\n2015-01-01,100\n2015-02-01,120\n")
        with pytest.raises(InputError, match=r"2015-02-01"):
            launch(Case(**PERIOD, discharge={"garonne": str(series)}))

    def test_full_disk(self, monkeypatch):
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr("shutil.disk_usage", lambda path: usage(10, 9, 1_000_000))
        with pytest.raises(StorageError, match=r"too full.*1 MB free.*at least \d+ MB"):
            launch(Case(**PERIOD))


def _broken(change):
    mesh = river_mesh("gironde")
    arrays = {"node_bed": mesh.node_bed.copy(), "face_nodes": mesh.face_nodes.copy()}
    change(arrays)
    return type(mesh)(**{**mesh.__dict__, **arrays})


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize(("change", "words"), [
    (lambda a: a["node_bed"].__setitem__(7, np.nan), "(?i)nan|not finite|missing"),
    (lambda a: a["face_nodes"].__setitem__(3, a["face_nodes"][3][::-1].copy()),
     "(?i)invert|clockwise"),
])
def test_broken_meshes(change, words, tmp_path):
    """NaN in the bed and an inverted triangle are refused before launch."""
    path = tmp_path / "mesh.nc"
    write_ugrid(_broken(change), path)
    with pytest.raises(InputError, match=words):
        launch(Case(**PERIOD, mesh=str(path)))


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("crs", ["unknown", "EPSG:4326"])
def test_mesh_without_projection(crs, tmp_path):
    """Gauges are never put on a mesh by guessing where it lies."""
    path = tmp_path / "mesh.nc"
    write_ugrid(replace(river_mesh("gironde"), crs=crs), path)
    with pytest.raises(InputError, match=r"(?i)projection|geographic|projected|degrees"):
        launch(Case(**PERIOD, mesh=path))


def test_unwritable_folder(tmp_path, monkeypatch):
    """A data folder that cannot be made is refused with what to set."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("TWIN_DATA_DIRECTORY", str(blocked / "data"))
    get_settings.cache_clear()
    try:
        with pytest.raises(StorageError, match=r"cannot be written.*set TWIN_DATA_DIRECTORY"):
            launch(Case(**PERIOD))
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert os.environ["TWIN_DATA_DIRECTORY"] != str(blocked / "data")
    assert Path(blocked).read_text() == "not a folder"
