"""Builds the ``twin`` command and turns errors into messages and exit codes.

Exit codes: 0 done, 1 failed, 2 refused input, 130 interrupted.
"""

from __future__ import annotations

import sys

import typer

from twin_kernel.cli import calibrate, data, pages, runs, service, study
from twin_kernel.errors import InputError, StorageError, TwinError

__all__ = ["main"]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Estuary Twin: repeatable simulations of a river, from one command.")
app.add_typer(study.app, name="study")
app.add_typer(runs.app, name="run")
app.add_typer(data.catalog, name="catalog")
app.add_typer(data.mesh, name="mesh")
app.add_typer(runs.listing, name="runs")
app.add_typer(service.app, name="service")
app.command("calibrate")(calibrate.calibrate)
app.command("pages")(pages.pages)


def main() -> None:
    """Run the command; print an error of the twin as its message, without traceback."""
    try:
        app()
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(130)
    except TwinError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2 if isinstance(error, InputError | StorageError) else 1)
