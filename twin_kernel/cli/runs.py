"""``twin runs`` and ``twin run``: what was computed, and what is being computed."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["app", "list_all"]

app = typer.Typer(no_args_is_help=True, help="One run: show it or stop it.")

_ID = Annotated[str, typer.Argument(help="Id of a run, or the beginning of it.")]


def list_all(
    state: Annotated[str | None, typer.Option(help="Only runs in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
) -> None:
    """List the runs of this installation, newest first."""
    from twin_kernel.errors import InputError
    from twin_kernel.runs import list_runs
    from twin_kernel.runs.ledger import State

    if state is not None and state not in list(State):
        raise InputError("Unknown state", received=state, allowed=", ".join(State))
    records = list_runs(state, limit)
    if not records:
        typer.echo("no run yet; twin study run tide_and_salt makes one")
    for record in records:
        wall = f"{record.wall_seconds:7.0f} s" if record.wall_seconds else "        -"
        typer.echo(f"{record.id}  {record.state:11}  {wall}  {record.cores} core(s)  "
                   f"{record.solver.split('+')[0]}  {record.created}")


@app.command()
def show(run_id: _ID) -> None:
    """Show what was asked, where the run stands and the end of its log."""
    import json

    from twin_kernel.runs import find_run

    run = find_run(run_id)
    record = run.record
    typer.echo(f"run        {record.id}\nstate      {record.state} ({run.progress:.0%})")
    if record.reason:
        typer.echo(f"reason     {record.reason}")
    typer.echo(f"folder     {record.folder}\nsolver     {record.solver}, {record.cores} core(s), "
               f"profile {record.profile}, attempt {record.attempts}")
    typer.echo(f"created    {record.created}\nstarted    {record.started}\n"
               f"finished   {record.finished}")
    if record.wall_seconds:
        typer.echo(f"took       {record.wall_seconds:.0f} s, peak {record.peak_memory:.0f} MB")
    typer.echo("case       " + json.dumps(json.loads(record.case_json), ensure_ascii=False))
    for line in run.log_tail(5):
        typer.echo(f"log        {line}")


@app.command()
def cancel(run_id: _ID) -> None:
    """Stop a run; launching the same case again resumes it."""
    from twin_kernel.runs import find_run

    run = find_run(run_id)
    run.cancel()
    typer.echo(f"run {run.id} is {run.state}")
