"""``twin study``: list, show and run studies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from twin_kernel.errors import InputError

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Studies: notebooks with typed parameters.")

_NAME = Annotated[str, typer.Argument(help="Name of a study, or path of a notebook.")]


@app.command("list")
def list_studies() -> None:
    """List the studies of this installation."""
    from twin_kernel.studies import list_templates

    for template in list_templates():
        typer.echo(f"{template.name:20} {template.title['en']}")


@app.command()
def show(name: _NAME) -> None:
    """Show every parameter of a study, its default, its unit and what is allowed."""
    from twin_kernel.studies import find_template

    template = find_template(name)
    typer.echo(f"{template.title['en']} · {template.title['fr']}\n{template.summary['en']}\n")
    width = max((len(one) for one in template.parameters), default=0)
    for parameter in template.parameters.values():
        unit = f" {parameter.unit}" if parameter.unit and parameter.unit != "1" else ""
        if isinstance(parameter.default, str):
            unit = ""
        typer.echo(f"{parameter.name:{width}}  {parameter.default}{unit}")
        typer.echo(f"{'':{width}}  {parameter.english} · {parameter.french}")
        typer.echo(f"{'':{width}}  allowed: {parameter.allowed()}")


@app.command()
def run(
    name: _NAME,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE",
                     help='A value, with a unit if you like: -p garonne_discharge="120 m3/s".'),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder of the study.")
    ] = None,
    progress: Annotated[bool, typer.Option(help="Show a progress bar.")] = True,
) -> None:
    """Run a study and say where its page is."""
    from twin_kernel.studies import run_study

    try:
        result = run_study(name, _given(parameter or []), output, progress=progress)
    except KeyboardInterrupt:
        typer.echo("interrupted: nothing is left of the study; its run kept its checkpoint and "
                   "goes on from there when you type the same command again", err=True)
        raise typer.Exit(130) from None
    seconds = sum(result.provenance["durations_s"].values())
    typer.echo(f"The study is complete ({seconds:.0f} s), its page is\n{result.page}")


def _given(assignments: list[str]) -> dict[str, Any]:
    """Return the values written NAME=VALUE; a name given twice is refused."""
    given: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        name = name.strip()
        if not equals or not name:
            raise InputError(
                "a parameter is not written NAME=VALUE", received=repr(assignment),
                allowed="NAME=VALUE", next_step='for example -p garonne_discharge="120 m3/s"',
            )
        if name in given:
            raise InputError("a parameter is given twice", received=name, allowed="once each",
                             next_step=f"keep one -p {name}=VALUE")
        given[name] = value.strip()
    return given
