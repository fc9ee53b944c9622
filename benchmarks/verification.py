"""Runs every verification case of the flow on finer meshes than the tests, and draws the result.

    python -m benchmarks.verification [--output FOLDER] [--quick]

The cases are those that ``tests/analytic`` asserts: what is drawn here is what is tested there.
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
    test_steady_channels,
    test_tides,
)
from tests.analytic.convergence import Case, Outcome, order

__all__ = ["cases", "main", "write_report"]


def cases() -> tuple[Case, ...]:
    """Return all cases that have an exact solution and an order."""
    modules = (test_dam_breaks, test_basins, test_steady_channels, test_tides, test_manufactured)
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


def write_report(folder: Path, quick: bool = False) -> Path:
    """Write ``verification.md`` and a picture for each case; return the path of the page.

    Parameters
    ----------
    folder : Path
    quick : bool
        On the meshes of the tests.
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
    page = folder / "verification.md"
    page.write_text("\n".join([
        "# Verification of the native solver's flow", "",
        "Written by `make verify`: do not edit. Orders by regression over all meshes named.", "",
        "| case | exact solution | error | columns | error, finest | order |",
        "| --- | --- | --- | --- | --- | --- |", *rows, "", *pictures, ""]))
    return page


def main() -> None:
    """Read the command line and write the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=Path("build/verification"))
    parser.add_argument("--quick", action="store_true", help="on the meshes of the tests")
    given = parser.parse_args()
    print(f"Look at {write_report(given.output, given.quick)}")


if __name__ == "__main__":
    main()
