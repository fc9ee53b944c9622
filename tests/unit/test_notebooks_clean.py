"""Notebooks are committed as they are written: no outputs, each with a parameters cell it needs."""

import subprocess
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]


def notebooks() -> list[Path]:
    """Return the notebooks of the working tree, without what tools leave beside them."""
    found = (ROOT / "notebooks").rglob("*.ipynb")
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def test_there_are_notebooks():
    assert notebooks()


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.name)
def test_notebook_carries_no_output(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    ran = [
        number
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count is not None)
    ]
    assert not ran, (
        f"cells {ran} of {path.name} carry outputs. Next: "
        f"jupyter nbconvert --clear-output --inplace {path.relative_to(ROOT)}"
    )


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.name)
def test_notebook_says_something_before_it_computes(path):
    cells = nbformat.read(path, as_version=4).cells
    assert cells[0].cell_type == "markdown"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks" / "studies").glob("*.ipynb")), ids=lambda path: path.name
)
def test_study_template_has_one_parameters_cell(path):
    cells = nbformat.read(path, as_version=4).cells
    tagged = [cell for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1


def test_no_study_output_is_committed():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert not [name for name in tracked if name.startswith("studies_out/")]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.name)
def test_text_is_markdown_and_not_commented_code(path):
    """A converter's comment marks would show every line of text as a title."""
    for cell in nbformat.read(path, as_version=4).cells:
        lines = cell.source.splitlines()
        if cell.cell_type == "markdown":
            assert len(lines) == 1 or not all(line.startswith("#") for line in lines), lines[:2]
            assert not lines[0].startswith("# #"), lines[0]
