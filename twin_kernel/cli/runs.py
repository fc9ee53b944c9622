"""``twin runs`` and ``twin run``: what was computed, what is being computed, and what is wished."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app", "listing"]

app = typer.Typer(no_args_is_help=True, help="One run: show, stop, resume, compare, delete it.")
listing = typer.Typer(invoke_without_command=True, help="List runs, newest first.")

_ID = Annotated[str, typer.Argument(help="Id of a run, or the beginning of it.")]


@listing.callback()
def list_all(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="Only runs in this state.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only those of this person.")] = None,
    project: Annotated[str | None, typer.Option(help="Only those of this project.")] = None,
    profile: Annotated[str | None, typer.Option(help="Only those of this profile.")] = None,
    ensemble: Annotated[str | None, typer.Option(help="Only those of this ensemble.")] = None,
    since: Annotated[str | None, typer.Option(help="Asked for from this day on, UTC.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
) -> None:
    """List the runs of this installation, newest first."""
    if context.invoked_subcommand is not None:
        return
    from twin_kernel.errors import InputError, as_typed_here
    from twin_kernel.runs import list_runs
    from twin_kernel.runs.ledger import State

    if state is not None and state not in list(State):
        raise InputError("Unknown state", received=state, allowed=", ".join(State),
                         next_step="twin runs --state complete")
    records = list_runs(state, limit, owner=owner, project=project, profile=profile,
                        ensemble=ensemble, since=since)
    if not records:
        wanted = any((state, owner, project, profile, ensemble, since))
        typer.echo(as_typed_here("no run is like that; twin runs lists all" if wanted else
                                 "no run yet; twin study run tide_and_salt makes one"))
    for record in records:
        wall = f"{record.wall_seconds:7.0f} s" if record.wall_seconds else "        -"
        typer.echo(f"{record.id}  {record.state:9}  {wall}  {record.cores} core(s)  "
                   f"{record.solver.split('+')[0]}  {record.owner}  {record.created[:19]}"
                   + (f"  {record.reason}" if record.reason else ""))


@listing.command()
def calibration(
    limit: Annotated[int, typer.Option(min=1, help="How many runs, the newest.")] = 200,
) -> None:
    """Say how well the duration of the last runs was predicted."""
    from twin_kernel.runs.estimates import calibration as scored

    score = scored(limit)
    if score is None:
        typer.echo("no complete run had a prediction yet: three runs of a solver make the first")
        return
    typer.echo(f"{score.count} runs predicted: the 90 % interval held {score.coverage:.0%} of "
               f"them, median error {score.median_error:.0%}")


@app.command()
def show(
    run_id: _ID,
    lines: Annotated[int, typer.Option(min=0, help="Lines of the log.")] = 5,
    plot: Annotated[Path | None, typer.Option(help="Draw its resources in this PNG.")] = None,
) -> None:
    """Show what was asked, where the run stands, what it takes and the end of its log."""
    from twin_kernel.runs import find_run
    from twin_kernel.runs.describing import described

    run = find_run(run_id)
    for name, value in described(run).items():
        typer.echo(f"{name:10} {value}")
    for line in run.log_tail(lines) if lines else ():
        typer.echo(f"log        {line}")
    if plot is not None:
        from twin_kernel.runs.history import plot_resources

        plot_resources(run).savefig(plot, dpi=120)
        typer.echo(f"resources over time: {plot}")


@app.command()
def cancel(run_id: _ID) -> None:
    """Stop a run; it keeps its checkpoint."""
    _after(run_id, "cancel")


@app.command()
def pause(run_id: _ID) -> None:
    """Stop a run for a while, giving its cores to others."""
    _after(run_id, "pause")


@app.command()
def resume(run_id: _ID) -> None:
    """Go on with a run that was paused or cancelled, from its checkpoint."""
    _after(run_id, "resume")


@app.command()
def retry(run_id: _ID) -> None:
    """Try a failed run again, from its checkpoint where it has one."""
    _after(run_id, "retry")


def _after(run_id: str, action: str) -> None:
    from twin_kernel.runs import find_run

    run = find_run(run_id)
    getattr(run, action)()
    typer.echo(f"run {run.id} is {run.state}")


@app.command()
def wait(run_id: _ID) -> None:
    """Wait for the end of a run with a progress bar."""
    from twin_kernel.runs import find_run

    run = find_run(run_id)
    run.wait()
    typer.echo(f"run {run.id} is {run.state}: {run.folder}")


@app.command()
def compare(run_id: _ID, other: _ID) -> None:
    """Show what differs between two runs: in the case, in the computing, in the results."""
    from twin_kernel.runs import find_run
    from twin_kernel.runs.history import compare_runs

    typer.echo(str(compare_runs(find_run(run_id), find_run(other))))


@app.command()
def download(
    run_id: _ID,
    folder: Annotated[Path, typer.Argument(help="Where to; a folder of the run's id is made.")],
) -> None:
    """Copy the outputs, case, provenance and log of a run."""
    from twin_kernel.runs import find_run
    from twin_kernel.runs.history import copy_run

    typer.echo(str(copy_run(find_run(run_id), folder)))


@app.command()
def delete(
    run_id: _ID,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete the results of a run; its record, case and provenance stay."""
    from twin_kernel.runs import find_run
    from twin_kernel.runs.history import delete_results

    run = find_run(run_id)
    if not yes:
        typer.confirm(f"Delete the results of run {run.id} in {run.folder}?", abort=True)
    typer.echo(f"{delete_results(run):.1f} MB given back; the record of run {run.id} stays")
