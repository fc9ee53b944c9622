"""``twin calibrate``: fit a river to its gauges and write the evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["calibrate"]


def calibrate(
    river: Annotated[str, typer.Argument(help="River of the catalogue.")] = "gironde",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the evidence and its pictures.")
    ] = Path("calibration_out"),
    workers: Annotated[
        int, typer.Option("--workers", "-w", min=1, max=256, help="Runs at the same time.")] = 2,
    steps: Annotated[int, typer.Option(min=1, max=20, help="Most steps of the search.")] = 3,
    progress: Annotated[bool, typer.Option(help="Show progress bars.")] = True,
) -> None:
    """Fit friction, bed and ocean tide to the gauges, judging each gauge with it left out.

    An interrupted calibration repeats none of its runs when the same command is typed again.
    """
    from twin_kernel.studies import calibration as room

    found = room.calibrate(river, workers=workers, steps=steps, progress=progress)
    output.mkdir(parents=True, exist_ok=True)
    path = output / f"{river}.json"
    found.write(path)
    for name in ("skill", "parameters", "sensitivity"):
        figure = getattr(room, f"plot_{name}")(found)
        figure.savefig(output / f"{river}_{name}.png")
    tables = room.evidence_tables(found)
    (output / f"{river}.md").write_text(tables, encoding="utf-8")
    typer.echo(f"{tables}\nEvidence, tables and pictures are in {output.resolve()}\n"
               f"To adopt it: copy {path.name} into {room.evidence_path(river).parent}, and its "
               "values into the river's definition, the recipe of its mesh and its ocean tide; "
               f"{river}.md goes into docs/calibration.md.")
