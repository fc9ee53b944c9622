"""``python -m twin_kernel.runs.asked``: a launch asked for by a program of another environment.

It reads the arguments of `launch` as JSON and answers with JSON, so that whoever asks need not be
of the version that prepares and computes the run.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import Any

from twin_kernel.errors import TwinError
from twin_kernel.runs.case import Case
from twin_kernel.runs.launching import launch

__all__ = ["answer"]


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Launch what is asked and tell of it.

    Parameters
    ----------
    asked : dict
        ``case``, and any other argument of `launch`.

    Returns
    -------
    dict
        ``run``, ``said`` and ``already_computed``; or ``kind``, ``what``, ``received``,
        ``allowed`` and ``next_step`` of a refusal.
    """
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            run = launch(Case(**asked.pop("case")), **asked)
    except TwinError as error:
        return error.told()
    return {"run": run.id, "said": said.getvalue().strip(),
            "already_computed": run.already_computed}


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
