import pytest
from typer.testing import CliRunner

from twin_kernel.cli.study import app
from twin_kernel.errors import InputError


def call(*words: str):
    return CliRunner().invoke(app, list(words), catch_exceptions=True)


def test_list_names_the_studies():
    done = call("list")
    assert done.exit_code == 0
    assert "tide_and_salt" in done.stdout


def test_show_names_parameters_in_both_languages():
    done = call("show", "tide_and_salt")
    assert done.exit_code == 0
    for word in ("garonne_discharge", "m3/s", "discharge of the Garonne", "débit de la Garonne",
                 "allowed: a number from"):
        assert word in done.stdout


@pytest.mark.parametrize(("words", "message"), [
    (["-p", "garonne_dicharge=120"], "did you mean garonne_discharge"),
    (["-p", "garonne_discharge=120 kg"], "cannot be converted to m3/s"),
    (["-p", "garonne_discharge=-5"], r"garonne_discharge is out of range"),
    (["-p", "cores=0"], "cores is out of range"),
    (["-p", "garonne_discharge"], "is not written NAME=VALUE"),
    (["-p", "days=15", "-p", "days=3"], "is given twice"),
    (["-p", "start=yesterday noon"], "start is not an instant"),
])
def test_run_refuses_before_it_writes(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    done = call("run", "tide_and_salt", *words)
    assert isinstance(done.exception, InputError)
    assert message in str(done.exception)
    assert not list(tmp_path.iterdir())
