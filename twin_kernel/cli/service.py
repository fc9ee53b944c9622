"""``twin service``: the process that hands runs out and watches them."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="The run service: it starts by itself on a laptop.")


@app.command()
def run() -> None:
    """Serve in this process until asked to stop: for systemd, a hub, or a job."""
    from twin_kernel.runs.service.main import main

    raise typer.Exit(main())


@app.command()
def status() -> None:
    """Say whether the service is up, and what it has to do."""
    from collections import Counter

    from twin_kernel.runs.ledger import open_ledger
    from twin_kernel.runs.service.starting import service_lives
    from twin_kernel.settings import get_settings

    if get_settings().runs_url is not None:
        typer.echo("the hub keeps the run service; twin runs shows your runs")
        return
    active = open_ledger().active()
    counts = Counter(one.state for one in active)
    said = ", ".join(f"{count} {state}" for state, count in counts.items()) or "no active run"
    typer.echo(f"the run service is {'up' if service_lives() else 'down'}; {said}\n"
               f"log: {get_settings().data_directory / 'service.log'}")


@app.command()
def start() -> None:
    """Start the service where it is not up."""
    from twin_kernel.runs.service.starting import ensure_service

    ensure_service()
    typer.echo("the run service is up, or starting")


@app.command()
def job(
    profile: Annotated[str, typer.Argument(help="A profile of the settings.")],
    walltime: Annotated[str, typer.Option(help="HH:MM:SS; it is asked for again.")] = "24:00:00",
) -> None:
    """Write the script of a small job that serves on a cluster and is requeued when it ends."""
    from twin_kernel.runs.service.as_job import job_script

    typer.echo(job_script(profile, walltime))
