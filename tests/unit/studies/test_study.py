import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from tests.machines.processes import hear_interrupts
from twin_kernel.errors import InputError, RunError, StorageError
from twin_kernel.studies import default_output, read_template, run_study

from .conftest import write_template


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Return the small study, run once for all the tests that look at what it left."""
    folder = tmp_path_factory.mktemp("study")
    template = write_template(folder / "small.ipynb")
    return run_study(
        template, {"discharge": "90 m3/s", "steps": 2}, folder / "out", progress=False
    )


def test_study_folder_holds_all_and_nothing_else(study):
    assert sorted(path.name for path in study.folder.iterdir()) == [
        "pictures", "provenance.json", "results", "small.html", "small.ipynb",
    ]
    assert [path.name for path in study.pictures] == ["line.png"]
    assert (study.folder / "results" / "discharge.csv").read_text().splitlines()[1] == "0,90.0"
    assert not list(study.folder.parent.glob("*.partial"))


def test_page_needs_nothing_else(study):
    text = study.page.read_text()
    assert "<title>A small study</title>" in text
    assert "data:image/png;base64," in text
    assert "<script src=" not in text
    assert '<details class="code">' in text


def test_executed_notebook_keeps_the_last_state_of_a_bar(study):
    cells = nbformat.read(study.notebook, as_version=4).cells
    streams = [out.text for cell in cells for out in cell.get("outputs", []) if "text" in out]
    assert streams == ["computing 2/2"]


def test_provenance_says_where_it_comes_from(study):
    provenance = study.provenance
    assert provenance["parameters"]["discharge"] == 90.0
    assert provenance["units"]["discharge"] == "m3/s"
    template = read_template(study.folder.parent / "small.ipynb")
    assert provenance["template"]["sha256"] == template.sha256
    assert provenance["data"][0]["licence"] == "CC-BY-4.0"
    assert provenance["versions"]["papermill"]
    assert provenance["durations_s"]["notebook"] > 0
    assert len(provenance["code"].get("commit", 40 * "0")) == 40


def test_bad_parameter_writes_nothing(small, tmp_path):
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputError):
        run_study(small, {"discharge": "3 kg"}, tmp_path / "a" / "out")
    assert sorted(tmp_path.iterdir()) == before


def test_folder_that_is_no_study_is_not_replaced(small, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("ten years")
    with pytest.raises(InputError, match="is not a study, so it is not replaced"):
        run_study(small, {}, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.tex").exists()


def test_folder_below_a_file_is_refused(small, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        run_study(small, {}, tmp_path / "file" / "out")


def test_failing_cell_leaves_nothing(tmp_path):
    path = write_template(tmp_path / "broken.ipynb", body="1 / 0")
    with pytest.raises(RunError, match=r"'broken' failed with ZeroDivisionError"):
        run_study(path, {}, tmp_path / "out", progress=False)
    assert [one.name for one in tmp_path.iterdir()] == ["broken.ipynb"]


def test_dead_kernel_is_told_as_one(tmp_path):
    path = write_template(tmp_path / "dead.ipynb", body="import os\nos._exit(1)")
    with pytest.raises(RunError, match=r"process that executed the study 'dead' died"):
        run_study(path, {}, tmp_path / "out", progress=False)
    assert not (tmp_path / "out.partial").exists()


def test_refusal_in_a_cell_comes_out_as_itself(tmp_path):
    body = "from twin_kernel.forcing import boundary_forcing\n" \
           "boundary_forcing('gironde', '2015-02-01', '2015-01-01')"
    path = write_template(tmp_path / "refused.ipynb", body=body)
    with pytest.raises(InputError, match=r"stop is not after start.*Allowed: stop after"):
        run_study(path, {}, tmp_path / "out", progress=False)


def test_same_question_has_the_same_folder(small):
    template = read_template(small)
    first = default_output(template, template.resolve({"discharge": "90 m3/s"}))
    assert first == default_output(template, template.resolve({"discharge": 90}))
    assert first != default_output(template, template.resolve({}))


def _start(template: Path, output: Path) -> subprocess.Popen:
    program = (
        "import sys; from twin_kernel.studies import run_study; "
        "run_study(sys.argv[1], {}, sys.argv[2], progress=False)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(template), str(output)],
        stderr=subprocess.PIPE, env={**os.environ}, start_new_session=True,
        preexec_fn=hear_interrupts,
    )
    deadline = time.monotonic() + 60
    while not (template.parent / "started").exists():
        assert time.monotonic() < deadline
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopped_study_leaves_nothing_that_is_taken_for_one(tmp_path, number):
    body = (
        f"from pathlib import Path\nimport time\n"
        f"marks = Path({str(tmp_path)!r})\n"
        "(marks / 'started').touch()\n"
        "while not (marks / 'go').exists():\n    time.sleep(0.05)\n"
    )
    path = write_template(tmp_path / "slow.ipynb", body=body)
    output = tmp_path / "out"
    process = _start(path, output)
    with pytest.raises(StorageError, match="another process is writing this study"):
        run_study(path, {}, output)
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode != 0
    assert not output.exists()
    if number != signal.SIGKILL:
        assert not output.with_name("out.partial").exists()
    (tmp_path / "go").touch()
    result = run_study(path, {}, output, progress=False)
    assert json.loads((result.folder / "provenance.json").read_text())["study"] == "slow"
    assert not output.with_name("out.partial").exists()


def test_earlier_study_is_replaced_whole(small, tmp_path):
    output = tmp_path / "out"
    run_study(small, {"steps": 2}, output, progress=False)
    (output / "note.txt").write_text("of the first")
    result = run_study(small, {"steps": 3}, output, progress=False)
    assert result.provenance["parameters"]["steps"] == 3
    assert not (output / "note.txt").exists()
    assert not output.with_name("out.replaced").exists()
