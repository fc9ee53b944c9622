"""``twin pages``: the Studies page on this machine, for who runs it."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["pages"]


def pages(
    port: Annotated[int, typer.Option(min=1024, max=65535)] = 5006,
    show: Annotated[bool, typer.Option(help="Open a browser.")] = True,
) -> None:
    """Open the Studies page: forms, runs with their progress, results on a map."""
    from twin_kernel.dashboards.serve import serve

    typer.echo(f"The Studies page is at http://127.0.0.1:{port}/studies (Ctrl-C ends it; runs go "
               "on)")
    serve(port, show=show)
