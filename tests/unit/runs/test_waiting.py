"""Who waits for a run is told what it does before it can tell how far it is."""

from __future__ import annotations

import io
from types import SimpleNamespace

from tqdm import tqdm

from twin_kernel.runs.run import Run


class _Logged(Run):
    def __init__(self) -> None:
        self.id, self.case, self.lines = "1a2b", SimpleNamespace(solver="native"), []

    def log_tail(self, lines: int = 20) -> list[str]:
        return self.lines[-lines:]


def test_bar_says_what_is_prepared_until_the_first_fraction():
    run, bar = _Logged(), tqdm(total=100, file=io.StringIO())
    run._show(tqdm(total=100, disable=True))
    run._show(bar)
    assert bar.desc == "run 1a2b"
    run.lines = ["preparing: compiling, once", "warning: the weather does not say it"]
    run._show(bar)
    assert bar.desc == "run 1a2b, compiling, once"
    run.lines.append("progress 0.25000 2015-09-01T06:00:00Z")
    run._show(bar)
    assert (bar.desc, bar.n) == ("run 1a2b", 25)
