"""What all answers of the service of runs share: who asks, in whose name, refusals in words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tornado import escape, web

from hub_config.installation import Hub
from hub_config.services.identity import Doorkeeper
from twin_kernel.errors import InputError, TwinError
from twin_kernel.runs.ledger import Person, acting_for

__all__ = ["Door"]


class Door(web.RequestHandler):
    """What all answers share: who asks, refusals as the twin words them."""

    keeper: Doorkeeper
    hub: Hub
    workers: ThreadPoolExecutor
    person: Person

    def initialize(self, keeper: Doorkeeper, hub: Hub, workers: ThreadPoolExecutor) -> None:
        """Take what the application holds."""
        self.keeper, self.hub, self.workers = keeper, hub, workers

    async def prepare(self) -> None:
        """Let in who may come in, before anything is read."""
        self.person = await self.keeper.admit(self.request)

    def set_default_headers(self) -> None:
        """Say that answers are data."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")
        self.clear_header("Server")

    async def acting(self, what: Callable[..., Any], *arguments: Any) -> Any:
        """Do something in the person's name, beside the loop."""
        def do() -> Any:
            with acting_for(self.person):
                return what(*arguments)

        return await asyncio.get_running_loop().run_in_executor(self.workers, do)

    def answer(self, content: Any) -> None:
        """Send JSON, lists too: nothing here is read by a page of another origin."""
        self.finish(escape.json_encode(content))

    def content(self) -> dict[str, Any]:
        """Return what was sent."""
        try:
            content = escape.json_decode(self.request.body)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise InputError("What was sent is not understood", received="no JSON object",
                             allowed="a JSON object", next_step="use twin_kernel")
        return content

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send a refusal of the twin whole, and of anything else only its kind."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, TwinError):
            self.set_status(422)
            self.answer(error.told())
        else:
            self.answer({"error": self._reason})

    def log_exception(self, kind: Any, value: Any, trace: Any) -> None:
        """Log what is not a refusal."""
        if not isinstance(value, TwinError):
            super().log_exception(kind, value, trace)
