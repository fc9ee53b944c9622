"""The ``twin`` command: a thin door on the library."""

from twin_kernel.cli.main import main

__all__ = ["main"]
