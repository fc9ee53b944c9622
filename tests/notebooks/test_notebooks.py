"""Every notebook runs from its first cell to its last, with the small parameters beside them."""

from pathlib import Path

import pytest
import yaml
from papermill.execute import execute_notebook

from twin_kernel.studies import run_study

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
PARAMETERS = yaml.safe_load((NOTEBOOKS / "test_parameters.yaml").read_text())
FOUND = sorted(
    path.relative_to(NOTEBOOKS).as_posix()
    for path in NOTEBOOKS.rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)


def pictures_of(notebook) -> int:
    """Return the number of pictures in the outputs of an executed notebook."""
    return sum(
        "image/png" in output.get("data", {})
        for cell in notebook.cells for output in cell.get("outputs", [])
    )


def test_every_notebook_has_test_parameters():
    assert sorted(PARAMETERS) == FOUND


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in FOUND if "/" not in name])
def test_notebook_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    executed = execute_notebook(
        str(NOTEBOOKS / name), str(tmp_path / "executed.ipynb"),
        parameters=PARAMETERS[name], progress_bar=False,
    )
    assert pictures_of(executed) >= 2


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in FOUND if name.startswith("studies/")])
def test_study_runs_and_publishes(name, tmp_path):
    result = run_study(NOTEBOOKS / name, PARAMETERS[name], tmp_path / "study", progress=False)
    assert len(result.pictures) >= 3
    assert all(picture.stat().st_size > 10_000 for picture in result.pictures)
    assert list((result.folder / "results").glob("*/output.nc"))
    assert list((result.folder / "results").glob("*/stations.nc"))
    provenance = result.provenance
    assert provenance["runs"][0]["case_hash"]
    assert {source["licence"] for source in provenance["data"]} >= {"CC-BY-4.0"}
    page = result.page.read_text()
    assert page.count("data:image/png;base64,") >= 3
    assert "<script src=" not in page
