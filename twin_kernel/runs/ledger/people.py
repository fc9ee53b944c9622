"""For whom this code acts: the account that runs it, or a person who asked a service to."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from twin_kernel.settings import get_settings

__all__ = ["Person", "acting_for", "acting_person", "current_user"]

_acting: ContextVar[Person | None] = ContextVar("acting person", default=None)


@dataclass(frozen=True)
class Person:
    """Somebody known by name to whoever let them in.

    Attributes
    ----------
    name : str
        Under which runs are asked for.
    """

    name: str


@contextmanager
def acting_for(person: Person) -> Iterator[None]:
    """Ask for, see and change runs as a person does, in this context (thread or task) only.

    `open_ledger` returns a ledger that shows only what that person may see; what was opened
    inside keeps to it afterwards too.

    Parameters
    ----------
    person : Person
    """
    token = _acting.set(person)
    try:
        yield
    finally:
        _acting.reset(token)


def acting_person() -> Person | None:
    """Return for whom this context, or this whole process, acts; None for its own account."""
    person = _acting.get()
    if person is None and get_settings().acting_for is not None:
        return Person(get_settings().acting_for)
    return person


def current_user() -> str:
    """Return the name under which runs are asked for here."""
    person = acting_person()
    if person is not None:
        return person.name
    if get_settings().runs_url is not None:
        return os.environ.get("JUPYTERHUB_USER", "")
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # containers often run under a number without a name
        return f"uid {os.getuid()}"
