"""The page of a study: the executed notebook as one HTML file that needs nothing else.

Pictures are inside, code is folded away behind each result, and no script is fetched from
elsewhere, so that the page can be sent, kept and read without a network.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

__all__ = ["write_page"]

_SENTENCE = re.compile(r"(?<=[.:!?])\s")
_MARKS = re.compile(r"[*_`]")
_LAYOUT = Path(__file__).parent / "page_layout"


def write_page(notebook: Path, page: Path) -> None:
    """Write the HTML page of an executed notebook.

    Parameters
    ----------
    notebook : Path
        Executed notebook; its metadata ``title`` is the title of the page.
    page : Path
        HTML file to write.
    """
    from nbconvert import HTMLExporter  # 0.5 s: only where a page is written

    exporter = HTMLExporter(
        template_name="twin", extra_template_basedirs=[str(_LAYOUT)],
        embed_images=True, exclude_input_prompt=True, exclude_output_prompt=True,
        mathjax_url="", require_js_url="", mermaid_js_url="",
    )
    body, _ = exporter.from_notebook_node(_described(nbformat.read(notebook, as_version=4)))
    page.write_text(body, encoding="utf-8")


def _described(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Give the pictures of each cell what the text before it says, for who does not see them."""
    said = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            lines = [line for line in cell.source.splitlines() if line and line[0] not in "#*|-"]
            said = _SENTENCE.split(lines[0])[0] if lines else said
        elif said:
            cell.metadata.setdefault("alt", _MARKS.sub("", said))
    return notebook
