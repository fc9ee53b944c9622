"""The command ends with a message, never a traceback, and with a code that scripts can use."""

from __future__ import annotations

import sys

import pytest

from twin_kernel.cli import main
from twin_kernel.cli.main import app


def _type(monkeypatch, capsys, *words):
    monkeypatch.setattr(sys, "argv", ["twin", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return ended.value.code or 0, told.out, told.err


def test_list_of_runs(monkeypatch, capsys):
    code, _, _ = _type(monkeypatch, capsys, "runs", "--limit", "1")
    assert code == 0


@pytest.mark.parametrize(("words", "code", "said"), [
    (("runs", "--state", "lost"), 2, "Received: lost. Allowed: requested, running, complete"),
    (("runs", "--limit", "0"), 2, "limit"),
    (("run", "show", "nope"), 1, "Unknown run. Received: nope"),
    (("run", "cancel", "nope"), 1, "twin runs lists them"),
    (("catalog", "show", "nope"), 2, "nope"),
    (("mesh", "quality", "/nowhere.nc"), 2, "/nowhere.nc"),
    (("nope",), 2, "No such command"),
])
def test_refusals(words, code, said, monkeypatch, capsys):
    found, _, told = _type(monkeypatch, capsys, *words)
    assert found == code
    assert said in told


def test_interrupted_command(monkeypatch, capsys):
    """Ctrl-C gives 130, as shells do."""
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "registered_commands", [*app.registered_commands])
    app.command("hang")(interrupted)
    assert _type(monkeypatch, capsys, "hang")[0] == 130
