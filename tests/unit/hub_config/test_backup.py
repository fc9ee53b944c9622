"""What is saved of a hub is all of it, what is no saved hub is refused before anything is made."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile

import pytest

from hub_config.backup import restore, save
from hub_config.installation import Hub
from twin_kernel.errors import InputError, StorageError


@pytest.fixture
def hub(tmp_path):
    """A hub that was never started, with files of people."""
    home = tmp_path / "hub" / "homes" / "ann"
    home.mkdir(parents=True)
    (home / "note").write_text("mine")
    (home / "elsewhere").symlink_to("/etc")
    os.link(home / "note", home / "same note")
    os.mkfifo(home / "pipe")
    (tmp_path / "hub" / "logs").mkdir()
    (tmp_path / "hub" / "logs" / "hub.log").write_text("left out")
    (tmp_path / "hub" / "logsheet").write_text("kept")
    return Hub(directory=tmp_path / "hub")


def test_all_files_come_back_and_links_stay_links(hub, tmp_path):
    save(hub, tmp_path / "saved.tar.gz")
    assert not list(tmp_path.glob("*.part"))
    again = Hub(directory=tmp_path / "again")
    restore(again, tmp_path / "saved.tar.gz")
    home = again.directory / "homes" / "ann"
    assert (home / "note").read_text() == (home / "same note").read_text() == "mine"
    assert os.readlink(home / "elsewhere") == "/etc"
    assert sorted(path.name for path in again.directory.iterdir()) == ["homes", "logsheet"]
    assert not (home / "pipe").exists()
    with pytest.raises(StorageError, match="There is a hub already"):
        restore(again, tmp_path / "saved.tar.gz")


def _archive(path, *entries, about=None):
    """Write an archive of (name, kind, link or text)."""
    with tarfile.open(path, "w:gz") as archive:
        told = {"kind": "estuary-twin-hub", "version": 1} if about is None else about
        for name, kind, said in (("about.json", tarfile.REGTYPE, json.dumps(told)), *entries):
            entry = tarfile.TarInfo(name)
            entry.type = kind
            content = said.encode() if kind == tarfile.REGTYPE else b""
            entry.size = len(content)
            entry.linkname = said if kind != tarfile.REGTYPE else ""
            archive.addfile(entry, io.BytesIO(content))
    return path


FILE, LINK, FOLDER = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.DIRTYPE
TAMPERED = {
    "below a link": [("files/out", LINK, "{outside}"), ("files/out/planted", FILE, "x")],
    "over a link": [("files/out", LINK, "{outside}/planted"), ("files/out", FILE, "x")],
    "the root a link": [("files", LINK, "{outside}"), ("files/planted", FILE, "x")],
    "above": [("files/../../outside/planted", FILE, "x")],
    "absolute": [("{outside}/planted", FILE, "x")],
    "elsewhere": [("planted", FILE, "x")],
    "hard link": [("files/out", tarfile.LNKTYPE, "{outside}/secret")],
    "device": [("files/out", tarfile.CHRTYPE, "")],
}


@pytest.mark.parametrize("entries", TAMPERED.values(), ids=TAMPERED)
def test_tampered_file_writes_nothing_anywhere(tmp_path, entries):
    outside = tmp_path / "outside"
    outside.mkdir()
    filled = [(name.format(outside=outside), kind, said.format(outside=outside))
              for name, kind, said in entries]
    archive = _archive(tmp_path / "saved.tar.gz", *filled)
    with pytest.raises(InputError, match="not a saved hub, or is damaged"):
        restore(Hub(directory=tmp_path / "hub"), archive)
    assert list(outside.iterdir()) == []
    assert not (tmp_path / "hub").exists()
    assert not (tmp_path / "hub.part").exists()


@pytest.mark.parametrize("about", [{"kind": "other"}, [], "x", {}])
def test_file_of_another_kind_is_refused(tmp_path, about):
    with pytest.raises(InputError, match="not a saved hub"):
        restore(Hub(directory=tmp_path / "hub"), _archive(tmp_path / "a.tar.gz", about=about))


def test_damaged_files_are_refused_without_a_traceback(hub, tmp_path):
    save(hub, tmp_path / "saved.tar.gz")
    whole = (tmp_path / "saved.tar.gz").read_bytes()
    broken = {"cut": whole[:-40], "empty": b"", "text": b"hello", "zeros": gzip.compress(b"0" * 99),
              "turned": whole[:200] + bytes(byte ^ 255 for byte in whole[200:260]) + whole[260:]}
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="not a saved hub"):
            restore(Hub(directory=tmp_path / "again"), tmp_path / name)
        assert not (tmp_path / "again").exists()
    with pytest.raises(StorageError, match=r"cannot be restored.*No such file"):
        restore(Hub(directory=tmp_path / "again"), tmp_path / "nowhere")
