"""Time, machine and report: what all benchmarks share.

Costs are CPU seconds of the process (all its threads), since other work on the machine lengthens
wall time; it lengthens CPU time too, by sharing caches and memory bandwidth, so that the bandwidth
is measured in the same run and repeated measurements are given by their median.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

__all__ = ["Report", "Stopwatch", "arguments", "machine", "median_of"]

RAW = Path(__file__).resolve().parents[1] / "build" / "bench"


class Stopwatch:
    """Adds up CPU and wall seconds spent inside ``with`` blocks.

    Attributes
    ----------
    cpu, wall : float
        Seconds so far.
    """

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    def __enter__(self) -> Stopwatch:
        self._cpu, self._wall = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu += time.process_time() - self._cpu
        self.wall += time.perf_counter() - self._wall


def median_of(rows: list[dict]) -> dict:
    """Return the median of each number over repeats; texts are those of the first."""
    return {key: float(np.median([row[key] for row in rows]))
            if isinstance(value, float) else value for key, value in rows[0].items()}


def machine() -> str:
    """Return date, processor, cores, load and versions in one line."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        names = [line.split(":")[1].strip() for line in information.read_text().splitlines()
                 if line.startswith("model name")]
        model = names[0] if names else model
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba"))
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return (f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {model}, {os.cpu_count()} cores, "
            f"load {load:.1f} from all users; Python {platform.python_version()}, {versions}")


@dataclass
class Report:
    """Tables, remarks and a picture of one benchmark.

    Attributes
    ----------
    name : str
        Of the files written.
    title : str
    remarks : list of str
        What was measured, how, and what it does not show.
    tables : dict of str to DataFrame
        By caption.
    figure : Figure, optional
    """

    name: str
    title: str
    remarks: list[str] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    figure: Figure | None = None

    def markdown(self) -> str:
        """Return the report as a section of a page."""
        parts = [f"## {self.title}", f"*{machine()}*", *self.remarks]
        for caption, table in self.tables.items():
            parts += [f"**{caption}**", _markdown_table(table)]
        if self.figure is not None:
            parts.append(f"![{self.title}](benchmarks/{self.name}.png)")
        return "\n\n".join(parts) + "\n"

    def write(self, folder: Path = RAW) -> None:
        """Write ``name.md``, a CSV per table and ``benchmarks/name.png``; print the text."""
        (folder / "benchmarks").mkdir(parents=True, exist_ok=True)
        text = self.markdown()
        (folder / f"{self.name}.md").write_text(text)
        for number, table in enumerate(self.tables.values(), start=1):
            table.to_csv(folder / f"{self.name}-{number}.csv", index=False)
        if self.figure is not None:
            self.figure.savefig(folder / "benchmarks" / f"{self.name}.png", dpi=110)
        print(text)


def _markdown_table(table: pd.DataFrame) -> str:
    def text(value: object) -> str:
        return f"{value:.4g}" if isinstance(value, float) else str(value)

    rows = [list(table.columns), ["---"] * len(table.columns),
            *([text(value) for value in row] for row in table.itertuples(index=False))]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)


def arguments(description: str) -> argparse.Namespace:
    """Read the command line that every benchmark shares."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--quick", action="store_true",
                        help="tiny meshes and short runs: shows that it works, measures nothing")
    parser.add_argument("--output", type=Path, default=RAW, help="folder of tables and pictures")
    return parser.parse_args()
