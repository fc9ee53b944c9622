"""What is refused of pinning, and what a pin says."""

from __future__ import annotations

import json

import pytest

from hub_config import pinning
from hub_config.installation import Hub
from twin_kernel.errors import InputError, StorageError


@pytest.fixture
def hub(tmp_path):
    """A hub with the folder of a project."""
    (tmp_path / "projects" / "harbour").mkdir(parents=True)
    return Hub(directory=tmp_path)


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """An environment with the twin in it."""
    prefix = tmp_path / "prefix"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin" / "python").write_text("the program")
    monkeypatch.setattr(pinning.sys, "prefix", str(prefix))
    monkeypatch.setattr(pinning.twin_kernel, "__file__", str(prefix / "twin_kernel" / "x.py"))
    return prefix


def test_project_that_is_not_pinned_has_the_hubs_software(hub):
    assert pinning.pinned(hub, "harbour") is None
    assert pinning.python_of(hub, "harbour") is None
    assert pinning.kernel_folders(hub, ["harbour"]) == ""
    with pytest.raises(InputError, match="not pinned"):
        pinning.unpin(hub, "harbour")


@pytest.mark.parametrize("name", ["../harbour", "nowhere", "Harbour", ""])
def test_name_that_is_no_projects_is_refused(hub, environment, name):
    with pytest.raises(InputError, match="Unknown project"):
        pinning.pin(hub, name)
    assert pinning.python_of(hub, name) is None


def test_checkout_is_not_pinned(hub):
    with pytest.raises(InputError, match="runs a checkout"):
        pinning.pin(hub, "harbour")


def test_pin_stays_when_the_environment_is_upgraded(hub, environment):
    kept = pinning.pin(hub, "harbour")
    assert (kept / "bin" / "python").stat().st_ino == (
        environment / "bin" / "python").stat().st_ino  # a link: no room is taken
    (environment / "bin" / "python").unlink()
    (environment / "bin" / "python").write_text("another")
    assert pinning.python_of(hub, "harbour").read_text() == "the program"
    assert any(one.startswith("numpy==") for one in pinning.pinned(hub, "harbour")["packages"])
    kernel, = (kept / "pinned" / "kernels").glob("*/kernel.json")
    assert json.loads(kernel.read_text())["argv"][0] == str(kept / "bin" / "python")
    pinning.pin(hub, "harbour")
    assert pinning.python_of(hub, "harbour").read_text() == "another"
    assert sorted(one.name for one in kept.parent.iterdir()) == ["harbour"]
    pinning.unpin(hub, "harbour")
    assert not kept.exists()


def test_pin_that_fails_leaves_the_one_before(hub, environment, monkeypatch):
    kept = pinning.pin(hub, "harbour")
    (environment / "bin" / "python").unlink()
    monkeypatch.setattr(pinning, "_write_kernel", _full)
    with pytest.raises(StorageError, match="no space"):
        pinning.pin(hub, "harbour")
    assert pinning.python_of(hub, "harbour").read_text() == "the program"
    assert kept.is_dir()


def _full(*_arguments):
    raise OSError("no space left")


def test_environment_that_is_lost_is_not_replaced_by_another(hub, environment):
    kept = pinning.pin(hub, "harbour")
    kept.rename(kept.with_name("away"))
    with pytest.raises(StorageError, match="is not here"):
        pinning.python_of(hub, "harbour")
