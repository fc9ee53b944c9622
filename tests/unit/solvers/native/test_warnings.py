"""What would be silently wrong: an age without marked water, weather that is not given."""

from __future__ import annotations

import json
import subprocess

import pytest

from twin_kernel.errors import ForcingError
from twin_kernel.runs.case import Case
from twin_kernel.runs.run import _told_at_the_end
from twin_kernel.runs.setup import build_setup
from twin_kernel.solvers.registry import get_solver


def _setup(processes, **given):
    return build_setup(Case(start="2015-09-10", stop="2015-09-10T00:10", processes=processes,
                            map_interval=600.0, **given))


def test_an_age_of_water_that_is_marked_nowhere_is_refused():
    """It would be nought everywhere; the message says how to mark it."""
    solver = get_solver("native")
    with pytest.raises(ForcingError, match="marked_water") as refused:
        solver.check(_setup({"dye": {"water_age": True}}))
    assert "concentrations=" in str(refused.value)
    solver.check(_setup({"dye": {"water_age": True}},
                        concentrations={"garonne": {"marked_water": 1.0}}))


@pytest.mark.parametrize(("weather", "assumed"), [
    (None, {"air_temperature": 13.5, "relative_humidity": 0.78, "cloud_cover": 0.6,
            "wind_speed": 3.5}),
    ({"air_temperature": 20.0}, {"relative_humidity": 0.78, "cloud_cover": 0.6,
                                 "wind_speed": 3.5}),
])
def test_a_run_says_which_constants_stand_for_the_weather(weather, assumed, tmp_path):
    """In its log, and in its summary."""
    solver = get_solver("native")
    (tmp_path / "checkpoints").mkdir()
    solver.prepare(_setup({"temperature": {}}, weather=weather), tmp_path)
    done = subprocess.run(list(solver.command(tmp_path, 1)), capture_output=True, text=True,
                          check=True)
    for name, value in assumed.items():
        assert f"the weather does not say {name}; {value:g}" in done.stdout
    assert done.stdout.count("warning:") == len(assumed)
    assert json.loads((tmp_path / "summary.json").read_text())["assumed"] == assumed


def test_oxygen_says_which_water_it_takes_where_no_process_computes_it(tmp_path):
    """At 15 degC and fresh, sea water would begin at nine tenths of its own saturation."""
    solver = get_solver("native")
    (tmp_path / "checkpoints").mkdir()
    solver.prepare(_setup({"water_quality": {}}, weather={"wind_speed": 3.0,
                                                          "wind_from_direction": 0.0}), tmp_path)
    done = subprocess.run(list(solver.command(tmp_path, 1)), capture_output=True, text=True,
                          check=True)
    assert "no process computes temperature; 15 degC is taken" in done.stdout
    taken = json.loads((tmp_path / "summary.json").read_text())["assumed"]
    assert taken["temperature"] == 15.0
    assert "case say: temperature 15 degC" in _told_at_the_end(tmp_path)
    assert ("salinity" in taken) == ("no process computes salinity" in done.stdout)


def test_a_damaged_checkpoint_is_told_with_what_to_type(tmp_path):
    """Not a traceback: the file, and the command that starts the run over."""
    solver = get_solver("native")
    (tmp_path / "checkpoints").mkdir()
    solver.prepare(_setup({}), tmp_path)
    (tmp_path / "checkpoints" / "state.npz").write_bytes(b"PK\x03\x04 not the rest of it")
    done = subprocess.run(list(solver.command(tmp_path, 1)), capture_output=True, text=True,
                          check=False)
    assert done.returncode == 1
    assert "rm '" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("cores", ["0", "two", "-1", "²"])
def test_a_number_of_cores_that_is_none_is_refused(cores, tmp_path):
    """With what is allowed and a command."""
    (tmp_path / "inputs").mkdir()
    done = subprocess.run([*list(get_solver("native").command(tmp_path, 1))[:-1], cores],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Allowed:" in done.stderr
