"""How the installation is: a page for administrators, and figures for Prometheus.

``/services/health/`` is for administrators of the hub; ``/services/health/metrics`` answers to a
token with the scope of this service, which a Prometheus of the institution shows. The hub's own
figures are at ``/hub/metrics``.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from typing import Any

from jupyterhub.services.auth import HubOAuthCallbackHandler
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy import func, select
from tornado import httpserver, web
from tornado.httpclient import AsyncHTTPClient

from hub_config.installation import SERVICES, Hub, get_hub, service_token
from hub_config.services.identity import Doorkeeper
from hub_config.services.pages import Page, login_of, page_settings
from twin_kernel.errors import StorageError
from twin_kernel.runs.ledger import open_ledger
from twin_kernel.runs.ledger.tables import Project, Record
from twin_kernel.runs.service.starting import service_lives

__all__ = ["State", "look", "make_application"]

_PREFIX = "/services/health/"


@dataclass(frozen=True)
class State:
    """What was seen.

    Attributes
    ----------
    up : dict of str to bool
        Each program, by its name.
    runs : dict of str to int
        Runs by state.
    people, servers, projects : int
    disk_free, disk_total : int
        Bytes of the file system that holds the runs.
    """

    up: dict[str, bool]
    runs: dict[str, int]
    people: int
    servers: int
    projects: int
    disk_free: int
    disk_total: int


async def look(hub: Hub) -> State:
    """Look at every program, the ledger and the disk.

    Parameters
    ----------
    hub : Hub
    """
    places = {"hub": f"http://127.0.0.1:{hub.port('hub')}/hub/api/",
              **{name: f"http://127.0.0.1:{hub.port(name)}/services/{name}/health"
                 for name in SERVICES if name != "health"}}
    answers = await asyncio.gather(*(_answers(place) for place in places.values()))
    people, servers = await _people(hub)
    runs, projects = await asyncio.to_thread(_ledger)
    disk = shutil.disk_usage(hub.twin_data)
    return State({**dict(zip(places, answers, strict=True)), "health": True,
                  "runner": await asyncio.to_thread(service_lives)},
                 runs, people, servers, projects, disk.free, disk.total)


async def _answers(address: str) -> bool:
    try:
        await AsyncHTTPClient().fetch(address, request_timeout=3.0)
    except Exception:  # refused, late, an error of its own: it does not answer
        return False
    return True


async def _people(hub: Hub) -> tuple[int, int]:
    """Return how many people there are, and how many servers are up; -1 where nobody says."""
    try:
        answer = await AsyncHTTPClient().fetch(
            f"http://127.0.0.1:{hub.port('hub')}/hub/api/users?limit=100000", request_timeout=10.0,
            headers={"Authorization": f"token {service_token('health', hub)}"})
    except Exception:
        return -1, -1
    from tornado.escape import json_decode

    users = json_decode(answer.body)
    return len(users), sum(one.get("server") is not None for one in users)


def _ledger() -> tuple[dict[str, int], int]:
    try:
        with open_ledger()._session() as session:
            runs = dict(session.execute(
                select(Record.state, func.count()).group_by(Record.state)).all())
            return runs, session.scalar(select(func.count()).select_from(Project))
    except StorageError:
        return {}, -1


def figures(state: State) -> bytes:
    """Return the state as Prometheus reads it."""
    registry = CollectorRegistry()

    def gauge(name: str, says: str, values: dict[str, float], label: str | None = None) -> None:
        one = Gauge(f"estuary_twin_{name}", says, [label] if label else [], registry=registry)
        for key, value in values.items():
            (one.labels(key) if label else one).set(value)

    gauge("up", "Whether a program answers", {k: float(v) for k, v in state.up.items()}, "program")
    gauge("runs", "Runs by state", state.runs, "state")
    gauge("people", "People who have logged in", {"": state.people})
    gauge("servers", "Servers that are up", {"": state.servers})
    gauge("projects", "Projects, archived ones too", {"": state.projects})
    gauge("disk_free_bytes", "Free on the disk of the runs", {"": state.disk_free})
    gauge("disk_total_bytes", "Size of the disk of the runs", {"": state.disk_total})
    return generate_latest(registry)


class Overview(Page):
    """The page of the administrators."""

    @web.authenticated
    async def get(self) -> None:
        """Show it to administrators only."""
        if not self.current_user.get("admin"):
            raise web.HTTPError(403, reason="Administrators only")
        self.render("health.html", language=self.language, state=await look(get_hub()),
                    hub=get_hub(), service="health")


class Figures(web.RequestHandler):
    """What Prometheus asks for."""

    async def get(self) -> None:
        """Answer to a token with the scope of this service."""
        await self.settings["keeper"].admit(self.request, kinds=("user", "service"))
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(figures(await look(get_hub())))


def make_application(hub: Hub) -> web.Application:
    """Return the service.

    Parameters
    ----------
    hub : Hub
    """
    login_of("health", hub)
    settings: dict[str, Any] = page_settings("health")
    return web.Application(
        [(_PREFIX, Overview), (_PREFIX.rstrip("/"), web.RedirectHandler, {"url": _PREFIX}),
         (_PREFIX + "metrics", Figures), (_PREFIX + "oauth_callback", HubOAuthCallbackHandler)],
        **settings, keeper=Doorkeeper("health", hub))


async def serve(hub: Hub) -> None:
    """Serve until the process ends."""
    server = httpserver.HTTPServer(make_application(hub), max_body_size=100_000)
    server.listen(hub.port("health"), "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(get_hub()))
