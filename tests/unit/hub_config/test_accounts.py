"""Limits that the machine holds: what is asked of its programs, and what is refused."""

from __future__ import annotations

import grp
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from hub_config import accounts
from hub_config.__main__ import app
from twin_kernel.errors import InputError, StorageError


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Return what ``setquota`` was asked; it stands where the machine has its own."""
    said = tmp_path / "asked"
    program = tmp_path / "setquota"
    program.write_text(f'#!/bin/sh\necho "$@" >> {said}\n[ ! -e {tmp_path}/fails ] || '
                       "{ echo no quota here >&2; exit 1; }\n")
    program.chmod(0o755)
    monkeypatch.setattr(accounts, "_SYSTEM_PATH", str(tmp_path))
    monkeypatch.setattr(grp, "getgrnam", lambda name: SimpleNamespace(gr_name=name))
    return said


def test_disk_of_a_project_is_a_quota_of_its_group(asked, tmp_path):
    accounts.limit_disk("harbour", tmp_path / "projects", 1.0)
    group, soft, hard, *rest = asked.read_text().split()[1:]
    assert group == accounts.group_name("harbour")
    assert soft == hard
    assert 1e9 <= int(hard) * 1024 < 1e9 + 1024
    assert rest[:2] == ["0", "0"]


def test_file_system_without_quotas_is_refused_and_nothing_is_said_to_hold(asked, tmp_path):
    (tmp_path / "fails").touch()
    with pytest.raises(StorageError, match="no quota here"):
        accounts.limit_disk("harbour", tmp_path, 1.0)
    accounts.limit_disk("harbour", tmp_path, None)  # none there to be taken away


def test_disk_of_an_unknown_project_is_refused(tmp_path):
    with pytest.raises(InputError, match="Unknown project"):
        accounts.limit_disk("never-made", tmp_path, 1.0)


@pytest.mark.parametrize("arguments", [
    [], ["--core-hours", "-1"], ["--core-hours", "many"], ["--disk-gigabytes", "inf"]])
def test_quota_of_a_project_is_refused_before_anything_is_set(arguments, tmp_path, monkeypatch):
    monkeypatch.setenv("TWIN_HUB_DIRECTORY", str(tmp_path))
    told = CliRunner().invoke(app, ["quota", "harbour", *arguments])
    assert isinstance(told.exception, InputError)
    assert not list(tmp_path.iterdir())
