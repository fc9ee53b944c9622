"""A template small enough to run in a few seconds: a number, a picture, a table."""

from pathlib import Path

import nbformat
import pytest

PARAMETERS = '''discharge: float = 150.0
river: str = "garonne"
steps: int = 3
start: str = "2015-09-01T00:00Z"
upstream: float | str = "climatology"
fast: bool = False
'''
DECLARED = {
    "discharge": {"unit": "m3/s", "minimum": 0.0, "maximum": 5000.0,
                  "english": "discharge", "french": "débit"},
    "river": {"choices": ["garonne", "dordogne"], "english": "river", "french": "rivière"},
    "steps": {"minimum": 1, "maximum": 10, "english": "steps", "french": "pas"},
    "start": {"kind": "time", "minimum": "2000-01-01T00:00Z", "maximum": "2030-01-01T00:00Z",
              "english": "start", "french": "début"},
    "upstream": {"unit": "m3/s", "minimum": 0.0, "words": ["climatology"],
                 "english": "upstream discharge", "french": "débit amont"},
    "fast": {"english": "fast", "french": "rapide"},
}
BODY = '''import sys
import matplotlib.pyplot as plt
import pandas as pd
from twin_kernel.studies import open_record

record = open_record()
record.cite("tide_gauges")
for step in range(steps):
    print(f"\\rcomputing {step + 1}/{steps}", end="", file=sys.stderr, flush=True)
figure, axes = plt.subplots(figsize=(2, 1))
axes.plot([0, steps], [0, discharge])
record.picture(figure, "line")
record.table(pd.DataFrame({"discharge": [discharge]}), "discharge")
'''


def write_template(
    path: Path, body: str = BODY, parameters: str = PARAMETERS, declared: dict | None = None,
) -> Path:
    """Write a notebook with a tagged cell and its declarations."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {
        "name": "python3", "language": "python", "display_name": "Python 3"
    }
    notebook.metadata["twin"] = {
        "title": {"en": "A small study", "fr": "Une petite étude"},
        "parameters": DECLARED if declared is None else declared,
    }
    tagged = nbformat.v4.new_code_cell(parameters)
    tagged.metadata["tags"] = ["parameters"]
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# A small study"), tagged,
        nbformat.v4.new_code_cell(body),
    ]
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return the path of the small template."""
    return write_template(tmp_path / "small.ipynb")
