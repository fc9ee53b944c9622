"""Cases of the tiny solvers, and waiting for what a run does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from twin_kernel.runs import Case, Run


def tiny_case(solver: str = "tiny", **options: Any) -> Case:
    """Return a case of a tiny solver; the same options make the same case."""
    return Case(start="2015-09-10", stop="2015-09-11", solver=solver, solver_options=options)


def case_of_test(solver: str = "tiny", **options: Any) -> Case:
    """Return a case of the test that calls: no two tests share one."""
    test = os.environ["PYTEST_CURRENT_TEST"].split("::")[-1].split(" ")[0]
    return tiny_case(solver, **options, test=test)


def wait_for(condition: Callable[[], Any], seconds: float = 60.0) -> None:
    """Wait until a condition holds; fail after some seconds."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited too long"
        time.sleep(0.05)


def wait_computing(run: Run, step: int, seconds: float = 60.0) -> None:
    """Wait until the ledger calls a run running and its checkpoint is some steps on."""
    checkpoint = run.folder / "checkpoints" / "step"

    def far_enough() -> bool:
        try:
            reached = int(checkpoint.read_text().split()[0])
        except (OSError, ValueError, IndexError):  # not there yet, or half-written
            return False
        return reached >= step and run.record.state == "running"

    wait_for(far_enough, seconds)
