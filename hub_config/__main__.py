"""``python -m hub_config``: start, stop, look after, save and restore a hub."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from hub_config.installation import get_hub
from twin_kernel.errors import InputError, StorageError, TwinError

_LIMIT = "A number, or none for no limit; left out, it stays as it is."

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="The hub: one address for researchers, students and shared studies.")


@app.command()
def start(detach: Annotated[bool, typer.Option(help="Come back when it answers.")] = False) -> None:
    """Start the hub and its services; print the address."""
    from hub_config.starting import make_ready
    from hub_config.supervision import (
        check_ports,
        proxy_program,
        silent_services,
        states,
        write_configuration,
    )

    hub = get_hub()
    proxy_program()
    if states(hub):
        typer.echo(f"the hub is up at {hub.public}")
        return
    check_ports(hub)
    password = make_ready(hub)
    configuration = write_configuration(hub)
    os.environ["TWIN_HUB_DIRECTORY"] = str(hub.directory)
    command = [str(Path(sys.prefix) / "bin" / "supervisord"), "--nodaemon", "-c",
               str(configuration)]
    with (hub.directory / "logs" / "supervisord.out").open("ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   start_new_session=True)
    _wait_up(hub.address, process)
    typer.echo(f"The hub is up: {hub.public}")
    if silent := silent_services(hub):
        typer.echo(f"These services do not answer yet: {', '.join(silent)}; look at "
                   f"{hub.directory / 'logs'}, they are started again until they do")
    if password:
        typer.echo(f"Log in as admin, password {password} "
                   f"(also in {hub.directory / 'hub' / 'first_password'})")
    if hub.shared_accounts:
        typer.echo("Everybody's server runs under your account: good to try, not to share. "
                   "Started by root, people are kept from each other.")
    if not detach:
        _stay(process)


def _wait_up(address: str, process: subprocess.Popen, seconds: float = 60.0) -> None:
    """Wait until the hub answers at its address."""
    import ssl
    import urllib.request

    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE  # it is this machine's
    limit = time.monotonic() + seconds
    while time.monotonic() < limit and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/hub/api/", timeout=2, context=trusting):
                return
        except OSError:
            time.sleep(0.3)
    raise StorageError("The hub does not answer", received=address,
                       allowed=f"an answer within {seconds:.0f} s",
                       next_step=f"look at {get_hub().directory / 'logs' / 'hub.log'}")


def _stay(process: subprocess.Popen) -> None:
    typer.echo("Ctrl-C stops the hub; people's servers and runs stay.")
    try:
        process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait(60)


@app.command()
def stop(servers: Annotated[bool, typer.Option(
        "--servers", help="End people's servers too: their kernels are lost.")] = False) -> None:
    """Stop the hub and its services; people's servers and what computes stay."""
    from hub_config.closing import end_servers
    from hub_config.supervision import states
    from hub_config.supervision import stop as ask

    ended = end_servers(get_hub()) if servers and states(get_hub()) else None
    if not ask(get_hub()):
        typer.echo("the hub is not up")
    elif ended is None:
        typer.echo("the hub is stopped; people's servers and what computes go on")
    else:
        typer.echo(f"the hub is stopped, and the servers of {', '.join(ended) or 'nobody'}; "
                   "what computes goes on")


@app.command()
def status() -> None:
    """Say how the hub and its services are."""
    from hub_config.supervision import states

    hub = get_hub()
    found = states(hub)
    for name, state in found.items():
        typer.echo(f"{name:10} {state}")
    typer.echo(f"address: {hub.public}" if found else
               "the hub is not up; python -m hub_config start")
    raise typer.Exit(0 if found and set(found.values()) == {"running"} else 1)


@app.command()
def person(names: list[str], password: Annotated[typer.FileText | None, typer.Option(
        help="File with one password for all, - for standard input; without, each gets one, "
             "which is printed.")] = None) -> None:
    """Let people in on the local layer, or give them another password."""
    from hub_config.starting import add_person

    given = None if password is None else password.readline().strip()
    for name in names:
        made = given or secrets.token_urlsafe(12)
        new = add_person(get_hub(), name, made)
        typer.echo(f"{name} {'may log in' if new else 'was known and has a new password'}"
                   + ("" if given else f", password {made}"))


@app.command()
def backup(path: Path) -> None:
    """Save the whole hub in one file: people, projects, runs, secrets, folders."""
    from hub_config.backup import save

    typer.echo(f"saved: {path}, {save(get_hub(), path) / 1e6:.1f} MB; it holds secrets, keep it "
               "as you keep the hub")


@app.command()
def restore(path: Path) -> None:
    """Restore a hub from a file of backup, where there is none."""
    from hub_config.backup import restore as bring_back

    bring_back(get_hub(), path)
    typer.echo("restored; python -m hub_config start")


@app.command()
def quota(project: str,
          core_hours: Annotated[str | None, typer.Option(help=_LIMIT)] = None,
          disk_gigabytes: Annotated[str | None, typer.Option(help=_LIMIT)] = None) -> None:
    """Set what a project may use."""
    from hub_config.starting import set_quota

    given = {"core_hours": core_hours, "disk_gigabytes": disk_gigabytes}
    limits = {name: _limit(text) for name, text in given.items() if text is not None}
    if not limits:
        raise InputError("No limit is given", received="neither option",
                         allowed="--core-hours, --disk-gigabytes, or both",
                         next_step=f"python -m hub_config quota {project} --core-hours 500")
    set_quota(get_hub(), project, **limits)
    for name, value in limits.items():
        typer.echo(f"{project}: {name.replace('_', ' ')}, "
                   f"{'no limit' if value is None else f'{value:g}'}")


@app.command()
def pin(project: str, remove: Annotated[bool, typer.Option(
        help="Let it follow the hub's software again.")] = False) -> None:
    """Keep this software for a project: its kernel, and what prepares and computes its runs."""
    from hub_config import pinning

    if remove:
        pinning.unpin(get_hub(), project)
        typer.echo(f"{project} follows the hub's software")
    else:
        typer.echo(f"{project} keeps the software in {pinning.pin(get_hub(), project)}; "
                   "servers of its people show its kernel when they next start")


def _limit(text: str) -> float | None:
    try:
        value = None if text == "none" else float(text)
    except ValueError:
        value = -1.0
    if value is not None and not 0.0 <= value < float("inf"):
        raise InputError("The limit is refused", received=text,
                         allowed="0 or more, or none for no limit", next_step="give a number")
    return value


def main() -> None:
    """Run the command; print an error of the twin as its message."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except TwinError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2 if isinstance(error, InputError | StorageError) else 1)


if __name__ == "__main__":
    main()
