"""The contract that every registered solver passes, built in or plugged in."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from tests.analytic.channels import rectangle
from twin_kernel.errors import InputError
from twin_kernel.solvers.protocol import Setup, Solver, Station
from twin_kernel.solvers.registry import available_solvers, get_solver
from twin_kernel.variables import VARIABLES

START = np.datetime64("2020-01-01T00:00", "ns")
FIELDS = ("water_level", "water_depth", "velocity_x", "velocity_y", "salinity")


def _setup(hours: float = 6.0) -> Setup:
    mesh = rectangle(6000.0, 600.0, 60, 6, lambda x, y: -5.0 + 6.0 * x / 6000.0,
                     ("west", "east"))
    mesh = replace(mesh, open_boundaries={"west": mesh.open_boundaries["west"]})
    stop = START + np.timedelta64(round(hours * 3600), "s")
    time_axis = np.arange(START, stop + np.timedelta64(1, "s"), np.timedelta64(300, "s"))
    seconds = (time_axis - START) / np.timedelta64(1, "s")
    forcing = xr.Dataset(
        {"kind": ("boundary", ["water_level"]),
         "value": (("boundary", "time"), [0.8 * np.sin(2 * np.pi * seconds / 44714.0)]),
         "salinity": ("boundary", [35.0])},
        coords={"time": time_axis, "boundary": ["west"]})
    return Setup(mesh=mesh, forcing=forcing, start=START, stop=stop,
                 manning={"everywhere": 0.02}, initial_level=0.0,
                 initial_salinity=np.full(mesh.n_face, 20.0), latitude=45.0,
                 map_interval=1800.0, station_interval=600.0,
                 stations=(Station("middle", 3000.0, 300.0),))


@pytest.fixture(params=sorted(available_solvers()))
def solver(request) -> Solver:
    """Each registered solver in turn; a broken one fails here with its reason."""
    return get_solver(request.param)


def _prepared(solver, folder, hours=6.0):
    folder.mkdir()
    (folder / "checkpoints").mkdir()
    solver.prepare(_setup(hours), folder)
    return folder


def test_says_what_it_is(solver):
    """Name, version, processes and limits are there, and the protocol is complete."""
    assert isinstance(solver, Solver)
    assert solver.name
    assert solver.version
    assert "hydrodynamics" in solver.processes
    assert solver.maximum_cores is None or solver.maximum_cores >= 1


def test_computes_and_collects(solver, tmp_path):
    """Return code 0, progress to 1, and every field in the twin's names, units and order."""
    folder = _prepared(solver, tmp_path / "run")
    done = subprocess.run(list(solver.command(folder, 1)), capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    told = [solver.progress(line) for line in done.stdout.splitlines()]
    told = [fraction for fraction in told if fraction is not None]
    assert told == sorted(told)
    assert told[-1] == 1.0
    dataset = solver.collect(folder)
    assert dataset.sizes["time"] == 13
    for name in FIELDS:
        assert dataset[name].attrs["units"] == VARIABLES[name].units
        assert dataset[name].chunks is not None
        low, high = VARIABLES[name].valid_range
        assert float(dataset[name].min()) >= low
        assert float(dataset[name].max()) <= high
    stations = xr.open_dataset(folder / "stations.nc")
    assert stations.sizes == {"time": 37, "station": 1}
    assert not list(folder.rglob("*.part"))


def test_output_does_not_exist_before_the_end(solver, tmp_path):
    """Collecting a run that has not been computed is refused."""
    folder = _prepared(solver, tmp_path / "run")
    with pytest.raises(RuntimeError, match=r"no complete output"):
        solver.collect(folder)


def test_stopped_run_resumes_to_the_same_bits(solver, tmp_path):
    """SIGTERM leaves no output; the same command then ends as an undisturbed one."""
    if not solver.resumes:
        return
    whole, stopped = (_prepared(solver, tmp_path / name, 240.0) for name in ("whole", "stopped"))
    subprocess.run(list(solver.command(whole, 1)), check=True, capture_output=True)
    process = subprocess.Popen(list(solver.command(stopped, 1)), stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if (solver.progress(line) or 0.0) > 0.1:
            break
    process.send_signal(signal.SIGTERM)
    process.stdout.read()
    assert process.wait(60) != 0
    assert not (stopped / "summary.json").exists()
    assert not (stopped / "output.nc").exists()
    time.sleep(0.1)
    subprocess.run(list(solver.command(stopped, 1)), check=True, capture_output=True)
    for name in ("output.nc", "stations.nc"):
        one, other = (xr.open_dataset(folder / name).load() for folder in (whole, stopped))
        xr.testing.assert_identical(one, other)
    budgets = [json.loads((f / "summary.json").read_text())["budgets"] for f in (whole, stopped)]
    assert budgets[0] == budgets[1]


@pytest.mark.parametrize(("change", "words"), [
    ({"options": {"no_such_option": 1}}, "no_such_option"),
    ({"manning": {}}, "everywhere"),
    ({"manning": {"everywhere": -0.02}}, "-0.02"),
    ({"stop": START}, "ends before it starts"),
    ({"stop": START + np.timedelta64(30, "D")}, "outside the forcing"),
    ({"initial_salinity": np.full(3, 20.0)}, "shape"),
])
def test_refuses_before_writing(solver, tmp_path, change, words):
    """Bad setups are refused by `prepare` with nothing in the folder."""
    with pytest.raises(InputError, match=words):
        solver.prepare(replace(_setup(), **change), tmp_path)
    assert list(tmp_path.iterdir()) == []
