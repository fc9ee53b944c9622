"""Runs every verification case of the flow on finer meshes than the tests, and draws the result.

    python -m benchmarks.verification [--output FOLDER] [--quick] [--write-docs]

The cases are those that ``tests/analytic`` asserts: what is drawn here is what is tested there.
With --write-docs the tables also replace those of ``docs/verification.md``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

from tests.analytic import (
    test_basins,
    test_dam_breaks,
    test_manufactured,
    test_mesh_independence,
    test_reaches,
    test_steady_channels,
    test_tides,
)
from tests.analytic.convergence import Case, Outcome, order

__all__ = ["cases", "main", "upstream_table", "write_report"]

DOCS = Path(__file__).resolve().parents[1] / "docs" / "verification.md"
_BEGIN, _END = "<!-- written by make verify: begin -->", "<!-- written by make verify: end -->"


def cases() -> tuple[Case, ...]:
    """Return all cases that have an exact solution and an order."""
    modules = (test_dam_breaks, test_basins, test_steady_channels, test_tides, test_reaches,
               test_manufactured)
    return tuple(case for module in modules for case in module.CASES)


def _draw(case: Case, columns: tuple[int, ...], outcomes: list[Outcome], path: Path) -> None:
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    finest = outcomes[-1]
    left.plot(finest.x, finest.computed, ".", ms=3, label=f"computed, {columns[-1]} columns")
    along = np.argsort(finest.x)
    left.plot(finest.x[along], finest.exact[along], "k-", lw=1, label="exact")
    left.set(title=case.name, xlabel=case.abscissa, ylabel=case.ordinate)
    left.legend()
    errors = np.array([outcome.error for outcome in outcomes])
    right.loglog(columns, errors, "o-", label=f"order {order(columns, errors):.2f}")
    right.set(title=case.error_is, xlabel="columns", ylabel="relative error")
    right.set_xticks(columns, [str(n) for n in columns])
    right.minorticks_off()
    right.grid(which="both", alpha=0.3)
    right.legend()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def upstream_table(rows: tuple[int, ...], path: Path) -> list[str]:
    """Return lines on the tide at the head of a funnel against the mesh, and draw it.

    Parameters
    ----------
    rows : tuple of int
        Triangles across.
    path : Path
        Of the picture.
    """
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    lines = [f"| section | {' | '.join(f'{n} across' for n in rows)} | spread |",
             "| --- |" + " --- |" * (len(rows) + 1)]
    for section in test_mesh_independence.SECTIONS:
        found = [test_mesh_independence.tide_at_head(section, n) for n in rows]
        amplitude = np.abs([one for _, one in found])
        axes.semilogx([n for n, _ in found], amplitude, "o-", label=section)
        spread = np.ptp(amplitude) / amplitude.mean()
        lines.append(f"| {section} | {' | '.join(f'{one:.3f}' for one in amplitude)}"
                     f" | {100 * spread:.1f} % |")
    axes.set(title="M2 at the head of a funnel", xlabel="triangles", ylabel="amplitude (m)",
             ylim=(0.0, None))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return lines


def _report(rows: list[str], upstream: list[str]) -> list[str]:
    """Return the lines of both tables."""
    return [
        "Orders by regression over all meshes named.", "",
        "| case | exact solution | error | columns | error, finest | order |",
        "| --- | --- | --- | --- | --- | --- |", *rows, "",
        "M2 amplitude (m) at km 112 of a funnel 115 km long, by number of triangles across:", "",
        *upstream]


def write_report(folder: Path, quick: bool = False, docs: Path | None = None) -> Path:
    """Write ``verification.md`` and a picture for each case; return the path of the page.

    Parameters
    ----------
    folder : Path
    quick : bool
        On the meshes of the tests.
    docs : Path or None
        Page whose tables, between two marks, are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows, pictures = [], []
    for case in tqdm(cases(), desc="verified"):
        columns = case.meshes if quick else case.fine
        outcomes = [case.run(n) for n in columns]
        errors = np.array([outcome.error for outcome in outcomes])
        name = case.name.lower().replace(" ", "_").replace(",", "").replace("'", "")
        _draw(case, columns, outcomes, folder / f"{name}.png")
        rows.append(f"| {case.name} | {case.source} | {case.error_is} | {columns[0]}–{columns[-1]}"
                    f" | {errors[-1]:.2e} | {order(columns, errors):.2f} |")
        pictures.append(f"![{case.name}]({name}.png)")
    upstream = upstream_table((2, 3) if quick else (2, 3, 4, 6, 8, 12), folder / "upstream.png")
    tables = _report(rows, upstream)
    page = folder / "verification.md"
    page.write_text("\n".join(["# Verification of the native solver's flow", "", *tables, "",
                               *pictures, "![The tide upstream](upstream.png)", ""]))
    if docs is not None:
        before, rest = docs.read_text().split(_BEGIN)
        docs.write_text("\n".join([before + _BEGIN, *tables, _END + rest.split(_END)[1]]))
    return page


def main() -> None:
    """Read the command line and write the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=Path("build/verification"))
    parser.add_argument("--quick", action="store_true", help="on the meshes of the tests")
    parser.add_argument("--write-docs", action="store_true",
                        help="replace the tables of docs/verification.md")
    given = parser.parse_args()
    page = write_report(given.output, given.quick, DOCS if given.write_docs else None)
    print(f"Look at {page}")


if __name__ == "__main__":
    main()
