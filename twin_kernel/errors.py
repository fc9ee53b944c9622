"""Errors that say what was received, what is allowed and what to type next.

Every refusal of the twin goes through these types, so that a person reading only the last
line of a traceback can act on it, and so that the command line can print it without one.
"""

from __future__ import annotations

import difflib
import os
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

__all__ = [
    "CatalogError",
    "ForcingError",
    "InputError",
    "MeshError",
    "RunError",
    "SolverError",
    "StorageError",
    "TwinError",
    "as_typed_here",
    "did_you_mean",
]


_LONGEST = 1000
"""Characters of what was received that a message repeats."""


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text)} characters)"


_COMMAND = re.compile(
    r"(?<![\w/.-])twin(?= (?:calibrate|catalog|mesh|pages|runs?|service|study)\b)")


def as_typed_here(text: str) -> str:
    """Return a text in which each `twin` command can be typed as it stands, in this folder.

    Where the environment is not activated, the shell knows no ``twin``: it becomes the path of
    the program beside this Python, ``.venv/bin/twin``.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    program = Path(sys.executable).with_name("twin")
    if shutil.which("twin") or not program.is_file():
        return text
    near = program.is_relative_to(Path.cwd())
    return _COMMAND.sub(str(os.path.relpath(program) if near else program), text)


def did_you_mean(word: object, known: Iterable[str], otherwise: str = "",
                 cutoff: float = 0.6) -> str:
    """Return a question with the word that was nearly written, for `next_step`.

    Parameters
    ----------
    word : object
        As received; capitals do not count. Of three letters or more it may be a part of what is
        known: "gauges" is far from "tide_gauges" by letters.
    known : iterable of str
    otherwise : str
        Returned where none is near.
    cutoff : float
        Least likeness, 0 to 1: ``difflib.get_close_matches``.

    Returns
    -------
    str
    """
    known, word = list(known), str(word).lower()
    close = ([one for one in known if len(word) > 2 and word in one]
             or difflib.get_close_matches(word, known, 1, cutoff))
    return f"did you mean '{close[0]}'?" if close else otherwise


class TwinError(Exception):
    """Base of all errors raised on purpose by the twin.

    Parameters
    ----------
    what : str
        What went wrong, one sentence without final full stop.
    received : object, optional
        The offending value, as the person gave it.
    allowed : str, optional
        The values or the range that would be accepted, with unit.
    next_step : str, optional
        What to type or to do now.
    """

    def __init__(
        self, what: str, *, received: Any = None, allowed: str | None = None,
        next_step: str | None = None,
    ) -> None:
        self.what, self.received = what, received
        self.allowed, self.next_step = allowed, next_step
        super().__init__(self._message())

    def _message(self) -> str:
        parts = [self.what.rstrip(".") + "."]
        if self.received is not None:
            parts.append(f"Received: {_shortened(str(self.received))}.")
        if self.allowed is not None:
            parts.append(f"Allowed: {self.allowed}.")
        if self.next_step is not None:
            parts.append(f"Next: {as_typed_here(self.next_step)}")
        return " ".join(parts)

    def told(self) -> dict[str, Any]:
        """Return it as JSON holds it, for a program that asks another."""
        kind = next((one.__name__ for one in (InputError, StorageError) if isinstance(self, one)),
                    "RunError")
        return {"kind": kind, "what": self.what, "allowed": self.allowed,
                "received": None if self.received is None else str(self.received),
                "next_step": self.next_step}

    @staticmethod
    def from_told(told: dict[str, Any]) -> TwinError:
        """Return the error that `told` was of.

        Raises
        ------
        KeyError, TypeError
            Where it is no such thing.
        """
        kinds = {one.__name__: one for one in (InputError, RunError, StorageError)}
        return kinds[told["kind"]](told["what"], received=told["received"],
                                   allowed=told["allowed"], next_step=told["next_step"])

    def __reduce__(self):  # keyword-only arguments do not survive the default pickling by Dask
        return _rebuild, (type(self), self.what, self.received, self.allowed, self.next_step)


def _rebuild(cls, what, received, allowed, next_step):
    return cls(what, received=received, allowed=allowed, next_step=next_step)


class InputError(TwinError, ValueError):
    """A value given by a person is refused; nothing was written or launched."""


class MeshError(InputError):
    """A mesh is not one that a solver can use."""


class CatalogError(InputError):
    """A catalogue entry is missing, damaged, or may not be used in the way asked for."""


class ForcingError(InputError):
    """The forcing does not cover what the case asks for."""


class StorageError(TwinError, OSError):
    """A folder or disk cannot take what the run will write."""


class SolverError(TwinError, RuntimeError):
    """A solver stopped: blow-up, missing executable, non-zero return code."""


class RunError(TwinError, RuntimeError):
    """A run is unknown, or in a state that does not allow what was asked."""

