"""Integration tests share the tiny solver of the unit tests of runs."""

from tests.unit.runs.conftest import tiny

__all__ = ["tiny"]
