"""A visit of a page: who looks, in which language, and calling the rooms above in their name."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from twin_kernel.dashboards.labels import LABELS
from twin_kernel.runs.ledger import Person, acting_for, current_user, open_ledger
from twin_kernel.runs.profiles import project_quotas
from twin_kernel.settings import get_settings

__all__ = ["Visit", "as_text", "own_projects"]


@dataclass(frozen=True)
class Visit:
    """Who looks at a page.

    Attributes
    ----------
    person : Person or None
        None where the page is served to the account that runs it, alone on a laptop.
    language : str
        "en" or "fr".
    lab : str or None
        Address of the person's JupyterLab, where there is one.
    """

    person: Person | None
    language: str
    lab: str | None = None

    def acting(self) -> AbstractContextManager[None]:
        """Return the context in which the rooms above are called: what is not theirs is hidden."""
        return nullcontext() if self.person is None else acting_for(self.person)

    def say(self, key: str, **values: Any) -> str:
        """Return a text of the page in the language of the visit."""
        return LABELS[key][("en", "fr").index(self.language)].format(**values)

    async def call(self, what: Callable[..., Any], *arguments: Any) -> Any:
        """Call something in the person's name beside the page's loop, and return its result."""
        def do() -> Any:
            with self.acting():
                return what(*arguments)

        return await asyncio.to_thread(do)


def own_projects(visit: Visit) -> list[str]:
    """Return the names of the projects of whoever looks."""
    with visit.acting():
        return sorted(project_quotas(open_ledger(), get_settings(), current_user()))


def as_text(said: str) -> str:
    """Return words such that a pane of Markdown shows them as they are: nothing is markup.

    Addresses, files and messages hold what others typed.
    """
    # Markdown takes any punctuation behind a backslash for itself (CommonMark 0.31, 2.4).
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", said)
