"""The notebook behind a run: what the page did, to be changed and run again."""

from __future__ import annotations

import json

import nbformat

from twin_kernel.runs import Run

__all__ = ["notebook_of"]


def notebook_of(run: Run) -> str:
    """Return a notebook that asks for the same case and draws its results.

    Parameters
    ----------
    run : Run

    Returns
    -------
    str
        JSON of the notebook, without outputs.
    """
    case = run.case.model_dump(mode="json", exclude_defaults=True)
    arguments = ",\n".join(f"    {name}={_literal(value)}" for name, value in case.items())
    record = run.record
    more = "".join([f", cores={record.cores}" if record.cores > 1 else "",
                    f', profile="{record.profile}"' if record.profile != "local" else "",
                    f', project="{record.project}"' if record.project else ""])
    cells = [
        nbformat.v4.new_markdown_cell(
            f"# Run {run.id}\n\nThe same case gives the same result: asked for again, it is shown "
            "at once. Change a value, and it is computed."),
        nbformat.v4.new_code_cell(f"import twin_kernel as twin\n\ncase = twin.Case(\n{arguments},"
                                  "\n)"),
        nbformat.v4.new_markdown_cell("Ask for the run and wait for it."),
        nbformat.v4.new_code_cell(f"run = twin.launch(case{more}).wait()\nrun"),
        nbformat.v4.new_markdown_cell("Look at the last map and at the stations."),
        nbformat.v4.new_code_cell(
            "from twin_kernel.results import plot_map, plot_stations\n\n"
            "results = twin.open_results(run.folder)\nplot_map(results, \"water_level\");"),
        nbformat.v4.new_code_cell("plot_stations(results);")]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": {
        "name": "python3", "display_name": "Python 3", "language": "python"}})
    return nbformat.writes(notebook)


def _literal(value: object) -> str:
    """Return a value of JSON as Python writes it."""
    return repr(json.loads(json.dumps(value)))
