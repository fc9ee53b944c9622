"""The page of a study: one file that also those can use who do not see its pictures."""

from __future__ import annotations

import base64
import re

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from twin_kernel.studies.page import write_page

PIXEL = base64.b64encode(bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360"
    "000000020001e527debc0000000049454e44ae426082")).decode()


def test_pictures_have_what_the_text_before_them_says(tmp_path):
    picture = new_output("display_data", {"image/png": PIXEL})
    notebook = new_notebook(cells=[
        new_markdown_cell("## Salt\n\nWhere the *salt* of the sea goes. More of it here."),
        new_code_cell("plot()", outputs=[picture])])
    path = tmp_path / "study.ipynb"
    nbformat.write(notebook, path)
    write_page(path, tmp_path / "study.html")
    page = (tmp_path / "study.html").read_text()
    assert re.findall(r'alt="([^"]*)"', page) == ["Where the salt of the sea goes."]
