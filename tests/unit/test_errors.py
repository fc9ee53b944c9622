"""Messages repeat what was received, but not a book of it."""

from __future__ import annotations

import pickle
import sys

from twin_kernel.errors import InputError, as_typed_here, did_you_mean


def test_long_values_are_shortened_in_the_message_and_kept_in_the_error():
    error = InputError("Too long", received="a" * 100_000, allowed="less")
    assert len(str(error)) < 1100
    assert "(100000 characters)" in str(error)
    assert len(pickle.loads(pickle.dumps(error)).received) == 100_000


def test_commands_can_be_typed_as_they_are_told(tmp_path, monkeypatch):
    """Only where the shell knows no ``twin`` do they become the program beside this Python."""
    program = tmp_path / ".venv" / "bin" / "twin"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.chdir(tmp_path)
    told = "twin run resume 1a, or import twin_kernel; twin runs lists them, the twin knows"
    here = told.replace("twin run", ".venv/bin/twin run")
    assert as_typed_here(told) == here
    assert as_typed_here(here) == here
    assert str(InputError("No", next_step="twin runs")).endswith("Next: .venv/bin/twin runs")
    monkeypatch.chdir(program.parents[1])
    assert as_typed_here("twin runs") == "bin/twin runs"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert as_typed_here("twin mesh check") == f"{program} mesh check"
    monkeypatch.setenv("PATH", str(program.parent))
    assert as_typed_here(told) == told


def test_the_word_nearly_written_is_asked_for():
    known = ["tide_gauges", "river_sections", "shoreline"]
    assert did_you_mean("shorline", known) == "did you mean 'shoreline'?"
    assert did_you_mean("Gauges", known) == "did you mean 'tide_gauges'?"
    assert did_you_mean("xyz", known, "list them") == "list them"
    assert did_you_mean("", known) == did_you_mean("e", known) == did_you_mean("a", []) == ""
