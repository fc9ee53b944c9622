"""Ends the servers of people, before a machine is taken away."""

from __future__ import annotations

import asyncio

from tornado.httputil import url_concat

from hub_config.installation import Hub
from hub_config.services.hub_side import HubSide
from twin_kernel.errors import StorageError

__all__ = ["end_servers"]

_POLL = 0.3  # s


def end_servers(hub: Hub, seconds: float = 60.0) -> list[str]:
    """End every server that runs, and return whose they were.

    Parameters
    ----------
    hub : Hub
        One that is up.
    seconds : float
        How long to wait for them.

    Raises
    ------
    StorageError
        Where the hub does not answer or refuses, or servers do not end in time.
    """
    try:
        return asyncio.run(asyncio.wait_for(_end(HubSide(hub, "culler")), seconds))
    except TimeoutError:
        raise StorageError("Servers do not end", received=f"some still run after {seconds:.0f} s",
                           allowed="their end", next_step="look at logs/hub.log, then try again") \
            from None


async def _end(hub: HubSide) -> list[str]:
    ended: set[str] = set()
    while running := await hub.ask("GET", url_concat("users", {"state": "active"})):
        for one in running:
            if one["name"] not in ended:
                await hub.ask("DELETE", f"users/{one['name']}/server", accept=(400, 404))
                ended.add(one["name"])
        await asyncio.sleep(_POLL)
    return sorted(ended)
