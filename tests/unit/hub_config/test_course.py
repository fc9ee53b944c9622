"""The course comes up to date and nothing that a person did in it is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from hub_config.course import bring_course, publish_course

ROOT = Path(__file__).resolve().parents[3]


def write(folder: Path, name: str, *cells: str) -> None:
    """Write a notebook as JupyterLab does."""
    notebook = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_code_cell(text, id=f"cell-{number}") for number, text in enumerate(cells)])
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / name)


def read(folder: Path, name: str) -> list[str]:
    """Return the source of each cell; a notebook that is not valid fails."""
    notebook = nbformat.read(folder / name, as_version=4)
    nbformat.validate(notebook)
    return [cell.source for cell in notebook.cells]


@pytest.fixture
def course(tmp_path):
    """A teacher's notebooks, published, and a student's copy of them."""
    notebooks, repository, home = tmp_path / "notebooks", tmp_path / "course", tmp_path / "home"
    home.mkdir()
    for name in ("same.ipynb", "other.ipynb", "untouched.ipynb"):
        write(notebooks, name, "first", "second", "third")
    publish_course(notebooks, repository)
    folder = home / "estuary-twin"
    bring_course(folder, str(repository))
    return notebooks, repository, folder


def test_first_login_brings_everything(course):
    notebooks, _, folder = course
    assert {path.name for path in folder.glob("*.ipynb")} == {
        path.name for path in notebooks.iterdir()}


def test_changes_of_the_student_stay_and_the_others_come(course):
    """Twice, as the student's copy has a history of its own after the first time."""
    notebooks, repository, folder = course
    write(folder, "same.ipynb", "first", "what I tried", "third", "my notes")
    write(folder, "mine.ipynb", "my own")
    for lesson in ("corrected", "corrected again"):
        write(notebooks, "same.ipynb", "first", lesson, "third")
        write(notebooks, "other.ipynb", "first", lesson, "third")
        write(notebooks, f"new {lesson}.ipynb", lesson)
        publish_course(notebooks, repository)
        bring_course(folder, str(repository))
        assert read(folder, "same.ipynb") == ["first", "what I tried", "third", "my notes"]
        assert read(folder, "mine.ipynb") == ["my own"]
        assert read(folder, "other.ipynb") == ["first", lesson, "third"]
        assert read(folder, f"new {lesson}.ipynb") == [lesson]
    assert read(folder, "untouched.ipynb") == ["first", "second", "third"]


def test_changes_far_apart_in_one_notebook_are_not_mixed(course):
    """Git would merge these lines, and half of each would be nobody's notebook."""
    notebooks, repository, folder = course
    write(folder, "same.ipynb", "my first", "second", "third")
    write(notebooks, "same.ipynb", "first", "second", "their third")
    publish_course(notebooks, repository)
    bring_course(folder, str(repository))
    assert read(folder, "same.ipynb") == ["my first", "second", "third"]


def test_deleted_or_renamed_notebook_comes_back_new_and_a_file_in_the_way_is_kept(course):
    notebooks, repository, folder = course
    (folder / "same.ipynb").rename(folder / "my same.ipynb")
    write(folder, "coming.ipynb", "was here first")
    write(notebooks, "same.ipynb", "corrected")
    write(notebooks, "coming.ipynb", "of the course")
    publish_course(notebooks, repository)
    bring_course(folder, str(repository))
    assert read(folder, "same.ipynb") == ["corrected"]
    assert read(folder, "my same.ipynb") == ["first", "second", "third"]
    assert read(folder, "coming.ipynb") == ["of the course"]
    kept = list(folder.glob("coming__*.ipynb"))
    assert [read(folder, path.name) for path in kept] == [["was here first"]]


def test_notebook_taken_from_the_course_stays_with_who_changed_it(course):
    notebooks, repository, folder = course
    write(folder, "same.ipynb", "mine")
    for name in ("same.ipynb", "other.ipynb"):
        (notebooks / name).unlink()
    publish_course(notebooks, repository)
    bring_course(folder, str(repository))
    assert read(folder, "same.ipynb") == ["mine"]
    assert not (folder / "other.ipynb").exists()


def test_publishing_what_has_not_changed_adds_nothing(course):
    notebooks, repository, _ = course
    def history():
        return subprocess.check_output(["git", "log", "--oneline"], cwd=repository)
    before = history()
    publish_course(notebooks, repository)
    assert history() == before


@pytest.mark.parametrize("address", [
    "/nowhere/at/all", "https://127.0.0.1:1/course", "ssh://nobody@127.0.0.1:1/course", "--help"])
def test_repository_out_of_reach_keeps_nobody_waiting(course, address, capfd):
    _, _, folder = course
    subprocess.run(["git", "remote", "set-url", "origin", "--", address], cwd=folder, check=True)
    write(folder, "same.ipynb", "mine")
    begun = time.monotonic()
    bring_course(folder, address)
    assert time.monotonic() - begun < 2.0
    assert read(folder, "same.ipynb") == ["mine"]
    assert "what is there stays" in capfd.readouterr().err


def test_slow_repository_goes_on_arriving_beside_the_server(course, tmp_path, monkeypatch, capfd):
    """A git of two seconds a command: the caller is gone when the course is there."""
    _, repository, _ = course
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "git").write_text(f'#!/bin/sh\nsleep 2\nexec {shutil.which("git")} "$@"\n')
    (slow / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow}:{os.environ['PATH']}")
    folder = tmp_path / "home" / "second"
    code = ("import sys; from pathlib import Path; from hub_config.course import bring_course; "
            "bring_course(Path(sys.argv[1]), sys.argv[2])")
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", code, folder, repository], check=True, cwd=ROOT)
    assert time.monotonic() - begun < 4.0  # 1.5 s of patience and the start of Python
    assert "still arriving" in capfd.readouterr().err
    while not (folder / "same.ipynb").exists():
        assert time.monotonic() - begun < 30.0
        time.sleep(0.1)


def test_folder_that_is_no_copy_of_the_course_is_left_alone(course, tmp_path, capfd):
    _, repository, _ = course
    folder = tmp_path / "home" / "older"
    write(folder, "same.ipynb", "mine")
    bring_course(folder, str(repository))
    assert [path.name for path in folder.iterdir()] == ["same.ipynb"]
    assert read(folder, "same.ipynb") == ["mine"]
    assert "left as it is" in capfd.readouterr().err


def test_without_a_repository_the_notebooks_of_the_installation_are_copied_once(tmp_path):
    folder = tmp_path / "estuary-twin"
    bring_course(folder, None)
    wanted = {path.relative_to(ROOT / "notebooks") for path in (ROOT / "notebooks").rglob("*.ipynb")
              if ".ipynb_checkpoints" not in path.parts}
    assert {path.relative_to(folder) for path in folder.rglob("*.ipynb")} == wanted
    (folder / "00_welcome.ipynb").write_text(json.dumps({"mine": True}))
    bring_course(folder, None)
    assert json.loads((folder / "00_welcome.ipynb").read_text()) == {"mine": True}


def test_nothing_that_goes_wrong_reaches_the_server(tmp_path, capfd):
    (tmp_path / "file").write_text("")
    bring_course(tmp_path / "file" / "estuary-twin", None)
    bring_course(tmp_path / "file" / "estuary-twin", "/nowhere")
    assert capfd.readouterr().err.count("the course stays as it is") == 2


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files to somebody else")
def test_course_of_another_account_is_followed(course, capfd):
    """Git refuses repositories of others unless told."""
    notebooks, repository, folder = course
    write(notebooks, "other.ipynb", "corrected")
    publish_course(notebooks, repository)
    for path in (repository, *repository.rglob("*")):
        os.chown(path, 65534, 65534)
    refused = subprocess.run(["git", "fetch"], cwd=folder, capture_output=True, text=True)
    assert "dubious ownership" in refused.stderr
    bring_course(folder, str(repository))
    assert read(folder, "other.ipynb") == ["corrected"]
