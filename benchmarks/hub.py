"""Many people on one hub at once: what each request takes, and what each person costs.

    python -m benchmarks.hub [--people 50]

Everybody logs in, starts a server (a light process in place of JupyterLab), opens the pages and
asks for their runs, all at the same time. Times are of this machine while it also plays the
people; the report goes to ``build/hub.md``. As root, on a machine where accounts can be made.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import requests

from tests.machines.hub import PREFIX, Hub, Visitor

__all__ = ["Crowd", "main"]

ROOT = Path(__file__).resolve().parents[1]


class Crowd:
    """People who do the same things at the same time.

    Parameters
    ----------
    hub : Hub
        Started with the profile of `light_settings`.
    people : int
    """

    def __init__(self, hub: Hub, people: int) -> None:
        self.hub, self.names = hub, [f"visitor{number:03d}" for number in range(people)]
        self.errors: list[str] = []
        self._seconds: dict[str, list[float]] = defaultdict(list)
        self._lock = threading.Lock()

    def come(self, rounds: int = 3) -> None:
        """Let everybody in, and let all of them work at once."""
        self.hub.add(*self.names)
        with ThreadPoolExecutor(len(self.names)) as pool:
            list(pool.map(lambda name: self._visit(name, rounds), self.names))

    def _visit(self, name: str, rounds: int) -> None:
        try:
            visitor = Visitor(self.hub, name)
            self._timed("log in", lambda: visitor.log_in("correct-horse-battery"))
            self._timed("server starts", lambda: visitor.start_server(180.0))
            token = visitor.token()
            for _ in range(rounds):
                self._page("hub API", lambda: visitor.api("GET", "user"))
                self._page("hub API", lambda: visitor.api("GET", f"users/{name}"))
                self._page("hub page", lambda: visitor.get("/hub/home"))
                self._page("own server", lambda: visitor.get(f"/user/{name}/hello"))
                self._page("projects", lambda: visitor.get("/services/projects/"))
                self._page("studies", lambda: visitor.get("/services/studies/studies"))
                self._page("runs", lambda: requests.get(
                    f"{self.hub.address}/services/runs/api/runs", timeout=60,
                    headers={"Authorization": f"token {token}"}))
        except Exception as error:
            with self._lock:
                self.errors.append(f"{name}: {error!r}"[:300])

    def _timed(self, what: str, do: Callable[[], object]) -> object:
        began = time.monotonic()
        result = do()
        with self._lock:
            self._seconds[what].append(time.monotonic() - began)
        return result

    def _page(self, what: str, do: Callable[[], requests.Response]) -> None:
        answer = self._timed(what, do)
        if answer.status_code != 200:
            with self._lock:
                self.errors.append(f"{what}: {answer.status_code} {answer.url}")

    def table(self) -> pd.DataFrame:
        """Return for each kind of request: how many, median, 95th percentile, most, s."""
        rows = {what: {"requests": len(all_of_it), "median s": np.median(all_of_it),
                       "p95 s": np.percentile(all_of_it, 95.0), "most s": max(all_of_it)}
                for what, all_of_it in self._seconds.items()}
        return pd.DataFrame.from_dict(rows, orient="index")

    def memory(self) -> dict[str, float]:
        """Return the memory of the hub, of the proxy, of the pages and of one server, MB."""
        found = {name: _megabytes(self.hub.pid(name))
                 for name in ("hub", "proxy", "studies", "projects", "runs")}
        servers = [one.memory_info().rss / 1e6 for one in psutil.process_iter()
                   if any(word.endswith("light_server.py") for word in _command(one))]
        return {**found, "light server, each": float(np.mean(servers)) if servers else 0.0}


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _megabytes(pid: int) -> float:
    return psutil.Process(pid).memory_info().rss / 1e6


def light_settings(folder: Path) -> dict[str, str]:
    """Return settings of a hub whose servers are light, with the program copied to a folder."""
    program = folder / "light_server.py"
    shutil.copyfile(ROOT / "tests" / "machines" / "light_server.py", program)
    program.chmod(0o644)
    return {"profiles": json.dumps({"light": {
        "title": "light", "title_french": "léger",
        "options": {"cmd": [str(PREFIX / "bin" / "python"), str(program)]}}}),
        "simultaneous_starts": "100"}


def main() -> int:
    """Measure, write the report; return 1 where anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--people", type=int, default=50)
    given = parser.parse_args()
    subprocess.run(["make", "hub-environment"], cwd=ROOT, check=True)
    folder = Path(tempfile.mkdtemp(prefix="crowd-", dir="/tmp"))
    folder.chmod(0o711)
    hub = Hub(folder / "h", **light_settings(folder))
    try:
        hub.start()
        crowd = Crowd(hub, given.people)
        before = crowd.memory()
        crowd.come()
        text = report(crowd, before)
    finally:
        hub.stop()
    place = ROOT / "build" / "hub.md"
    place.parent.mkdir(exist_ok=True)
    place.write_text(text)
    print(text)
    return int(bool(crowd.errors))


def report(crowd: Crowd, before: dict[str, float]) -> str:
    """Return the report."""
    after = crowd.memory()
    memory = pd.DataFrame({"before, MB": before, "after, MB": after})
    errors = "\n".join(f"- {one}" for one in crowd.errors[:20]) or "None."
    return (f"# {len(crowd.names)} people at once\n\n```\n{crowd.table().round(3).to_string()}\n\n"
            f"{memory.round().to_string()}\n```\n\nErrors: {len(crowd.errors)}\n\n{errors}\n")


if __name__ == "__main__":
    sys.exit(main())
