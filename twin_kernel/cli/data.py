"""``twin catalog`` and ``twin mesh``: the data and the mesh, at a glance."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["catalog", "mesh"]

catalog = typer.Typer(no_args_is_help=True, help="Data: list entries, show their terms.")
mesh = typer.Typer(no_args_is_help=True, help="Meshes: build a river's, judge any.")


@catalog.command("list")
def list_entries() -> None:
    """List the entries of the catalogue with producer and licence."""
    from twin_kernel.catalog import open_catalog

    opened = open_catalog()
    for name in opened.names():
        terms = opened.metadata(name)
        typer.echo(f"{name:26} {terms['licence']:22} {terms['producer']}")


@catalog.command()
def show(name: Annotated[str, typer.Argument(help="Name of an entry.")]) -> None:
    """Show what is known of an entry: licence, citation, units, datum, period."""
    from twin_kernel.catalog import open_catalog

    for key, value in open_catalog().metadata(name).items():
        typer.echo(f"{key:15} {value}")


@mesh.command()
def build(
    river: Annotated[str, typer.Argument(help="A river of the catalogue.")] = "gironde",
    output: Annotated[Path, typer.Option("--output", "-o", help="UGRID file to write.")]
    = Path("mesh.nc"),
) -> None:
    """Build the mesh of a river and write it as UGRID."""
    from twin_kernel.catalog.meshes import river_mesh
    from twin_kernel.mesh import quality, write_ugrid

    built = river_mesh(river)
    write_ugrid(built, output)
    typer.echo(str(quality(built)))
    typer.echo(f"written: {output}")


@mesh.command("quality")
def judge(path: Annotated[Path, typer.Argument(help="UGRID, SELAFIN or Gmsh file.")]) -> None:
    """Check a mesh and print its quality."""
    from twin_kernel.mesh import quality, read_mesh

    typer.echo(str(quality(read_mesh(path))))
