"""The page of projects: made, joined, left, archived by the people themselves."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from jupyterhub.services.auth import HubOAuthCallbackHandler
from tornado import httpserver, web

from hub_config.installation import Hub, get_hub
from hub_config.pinning import pinned
from hub_config.project_names import server_of_project
from hub_config.services.hub_side import HubSide
from hub_config.services.labels import LABELS
from hub_config.services.pages import Page, login_of, page_settings
from twin_kernel.errors import InputError, TwinError
from twin_kernel.runs.ledger import open_ledger
from twin_kernel.runs.ledger.projects import ROLES, Projects, Team, used_core_hours

__all__ = ["make_application"]

_FOLLOW_SECONDS = 20.0
_PREFIX = "/services/projects/"


class Home(Page):
    """The projects of who looks, and a form for a new one."""

    @web.authenticated
    async def get(self) -> None:
        """Show the list."""
        name = self.current_user["name"]
        teams = await asyncio.to_thread(lambda: Projects(open_ledger()).of(name))
        self.show("projects.html", teams=teams, name=name)

    @web.authenticated
    async def post(self) -> None:
        """Make a project."""
        name = self.get_body_argument("name", "")
        title = self.get_body_argument("title", "")
        await asyncio.to_thread(lambda: Projects(open_ledger()).create(
            name, title, self.current_user["name"], server=server_of_project(name)))
        await self.settings["follow"]()
        self.redirect(f"{_PREFIX}{name}")

    def show(self, template: str, **values: Any) -> None:
        """Render a page in the language of who looks."""
        language = self.language
        self.set_cookie("lang", language, path=_PREFIX, samesite="Lax", httponly=True)
        self.render(template, language=language, say=LABELS[language], hub=get_hub(),
                    roles=ROLES, xsrf=self.xsrf_token.decode() if isinstance(
                        self.xsrf_token, bytes) else self.xsrf_token, **values)


class OneProject(Home):
    """A project: its people, what it has used, its shared server."""

    @web.authenticated
    async def get(self, name: str) -> None:
        """Show it."""
        me = self.current_user["name"]
        team, used = await asyncio.to_thread(self._read, name, me)
        known = await self.settings["side"].people()
        self.show("project.html", team=team, used=used, name=me, pin=pinned(get_hub(), name),
                  unknown=set(team.roles) - known)

    @staticmethod
    def _read(name: str, me: str) -> tuple[Team, float]:
        ledger = open_ledger()
        return Projects(ledger).find(name, me), used_core_hours(ledger, name)

    @web.authenticated
    async def post(self, name: str) -> None:
        """Do what one of the forms asks."""
        me, asked = self.current_user["name"], self.get_body_argument("do", "")
        if asked == "open":
            return await self._open(name, me)
        gone = await asyncio.to_thread(self._change, asked, name, me)
        await self.settings["follow"]()
        self.redirect(_PREFIX if gone else f"{_PREFIX}{name}")

    def _change(self, asked: str, name: str, me: str) -> bool:
        """Change the project; tell whether who asks is no longer of it."""
        projects, person = Projects(open_ledger()), self.get_body_argument("person", "").strip()
        if asked == "add":
            projects.add(name, person, asked_by=me, role=self.get_body_argument("role", "member"))
        elif asked == "remove":
            projects.remove(name, person, asked_by=me)
        elif asked in ("archive", "reopen"):
            projects.archive(name, asked_by=me, archived=asked == "archive")
        else:
            raise InputError("Unknown request", received=asked[:20],
                             allowed="add, remove, archive, reopen, open",
                             next_step="use the forms of the page")
        return asked == "remove" and person == me

    async def _open(self, name: str, me: str) -> None:
        """Start the shared server and go there."""
        team = await asyncio.to_thread(lambda: Projects(open_ledger()).find(name, me))
        if team.archived:
            raise InputError("The project is archived", received=name, allowed="an open project",
                             next_step="an owner may open it again")
        server = server_of_project(name)
        await self.settings["side"].start_server(server)
        self.redirect(f"{get_hub().public}/user/{server}/lab")


class Health(web.RequestHandler):
    """Whether this process answers."""

    def get(self) -> None:
        """Answer."""
        self.finish("up")


def make_application(hub: Hub, side: HubSide) -> web.Application:
    """Return the service.

    Parameters
    ----------
    hub : Hub
    side : HubSide
    """
    login_of("projects", hub)

    async def follow() -> None:
        teams = await asyncio.to_thread(lambda: Projects(open_ledger()).all())
        await side.follow(teams)

    return web.Application(
        [(_PREFIX + "health", Health), (_PREFIX + "oauth_callback", HubOAuthCallbackHandler),
         (_PREFIX.rstrip("/"), web.RedirectHandler, {"url": _PREFIX}),
         (_PREFIX, Home), (_PREFIX + r"([a-z][a-z0-9-]{1,23})", OneProject)],
        **page_settings("projects"), side=side, follow=follow)


async def serve(hub: Hub) -> None:
    """Serve, and keep the hub to what the projects are, until the process ends."""
    logging.basicConfig(level=logging.INFO)
    application = make_application(hub, HubSide(hub))
    server = httpserver.HTTPServer(application, max_body_size=100_000)
    server.listen(hub.port("projects"), "127.0.0.1")
    while True:
        try:
            await application.settings["follow"]()
        except TwinError as error:
            logging.getLogger("projects").warning("%s", error)
        await asyncio.sleep(_FOLLOW_SECONDS)


if __name__ == "__main__":
    asyncio.run(serve(get_hub()))
