"""How the hub knows projects: a group for the people, an account for their shared server."""

from __future__ import annotations

from typing import Any

__all__ = ["PROJECT_SERVER", "is_project_group", "project_of_server", "server_of_project"]

PROJECT_SERVER = "project-"
"""How the names of shared servers begin; nobody logs in under such a name."""


def server_of_project(project: str) -> str:
    """Return the user of the hub whose server a project shares."""
    return PROJECT_SERVER + project


def project_of_server(person: str) -> str | None:
    """Return the project whose shared server this user of the hub is; None for people."""
    return person.removeprefix(PROJECT_SERVER) if person.startswith(PROJECT_SERVER) else None


def is_project_group(group: Any) -> bool:
    """Tell whether a group of the hub is a project's."""
    return "twin_project" in (group.properties or {})
