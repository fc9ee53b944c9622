"""What the hub has to know of projects: a group, an account for the shared server, who may enter.

The ledger says what is so; this brings the hub to it, again and again, so that whatever was
missed while one of them was down is caught up.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.httputil import url_concat

from hub_config.installation import Hub, service_token
from hub_config.project_names import project_of_server, server_of_project
from twin_kernel.errors import StorageError
from twin_kernel.runs.ledger.projects import Team

__all__ = ["HubSide"]

_SECONDS = 20.0
_POLL = 0.3
_PAGE = 200
_log = logging.getLogger("projects")


class HubSide:
    """The hub's own API, with the rights of a service.

    Parameters
    ----------
    hub : Hub
    service : str
    """

    def __init__(self, hub: Hub, service: str = "projects") -> None:
        self._address = f"http://127.0.0.1:{hub.port('hub')}/hub/api/"
        self._token = service_token(service, hub)

    async def ask(self, method: str, path: str, content: Any = None,
                  accept: tuple[int, ...] = ()) -> Any:
        """Ask the hub.

        Raises
        ------
        StorageError
            Where it does not answer, or refuses with a code that is not accepted.
        """
        request = HTTPRequest(
            self._address + path, method, request_timeout=_SECONDS, allow_nonstandard_methods=True,
            headers={"Authorization": f"token {self._token}"},
            body=None if content is None else json.dumps(content))
        try:
            answer = await AsyncHTTPClient().fetch(request)
        except HTTPClientError as error:
            if error.code in accept:
                return None
            raise StorageError("The hub refuses what one of its services needs",
                               received=f"{method} {path}: {error.code}",
                               allowed="a hub that this service has its scopes from",
                               next_step="look at the log of the hub") from error
        except OSError as error:
            raise StorageError("The hub does not answer", received=str(error),
                               allowed="a hub that is up", next_step="try again in a while") \
                from error
        return json.loads(answer.body) if answer.body else None

    async def people(self) -> set[str]:
        """Return everybody who has logged in once."""
        return {one["name"] for one in await self._all("users")
                if project_of_server(one["name"]) is None}

    async def groups(self) -> dict[str, dict[str, Any]]:
        """Return the groups that are projects, by name."""
        return {one["name"]: one for one in await self._all("groups")
                if "twin_project" in (one.get("properties") or {})}

    async def _all(self, what: str) -> list[dict[str, Any]]:
        """Return a list of the hub's whole, page by page."""
        found: list[dict[str, Any]] = []
        while page := await self.ask("GET", url_concat(what, {"offset": len(found),
                                                              "limit": _PAGE})):
            found += page
            if len(page) < _PAGE:
                break
        return found

    async def follow(self, teams: list[Team]) -> None:
        """Bring the hub to what the projects are.

        Parameters
        ----------
        teams : list of Team
            All of them.
        """
        people, groups = await self.people(), await self.groups()
        for team in teams:
            try:
                await self._follow_one(team, people, groups.get(team.name))
            except StorageError as error:
                _log.error("project %s: %s", team.name, error)

    async def _follow_one(self, team: Team, people: set[str],
                          group: dict[str, Any] | None) -> None:
        server = server_of_project(team.name)
        if group is None:
            await self.ask("POST", f"groups/{team.name}", {}, accept=(409,))
            await self.ask("POST", f"users/{server}", {}, accept=(409,))
            group = {"users": [], "properties": None}
        properties = {"twin_project": team.title, "archived": team.archived}
        if group["properties"] != properties:
            await self.ask("PUT", f"groups/{team.name}/properties", properties)
        wanted, now = (set(team.roles) & people) | {server}, set(group["users"])
        # With each of them: JupyterHub 6.1 forgets, in the tokens of a login, what is shared with
        # a group. Before they are of the group, so that what fails is done again.
        for person in sorted(wanted - now - {server}):
            await self.ask("POST", f"shares/{server}/", {
                "user": person, "scopes": [f"access:servers!server={server}/"]})
        if wanted - now:
            await self.ask("POST", f"groups/{team.name}/users", {"users": sorted(wanted - now)})
        for person in sorted(now - wanted):
            await self.ask("PATCH", f"shares/{server}/", {"user": person}, accept=(404,))
            await self.ask("DELETE", f"groups/{team.name}/users", {"users": [person]})
            # Their server is of the group until it starts again: it does so without the folder.
            await self.stop_server(person)
        if team.archived:
            await self.stop_server(server)

    async def stop_server(self, user: str) -> None:
        """End the server of a user, where it is up."""
        await self.ask("DELETE", f"users/{user}/server", accept=(400, 404))

    async def start_server(self, user: str, seconds: float = 60.0) -> None:
        """Start the server of a user, where it is not up, and wait until it answers.

        Raises
        ------
        StorageError
            Where it does not in time.
        """
        await self.ask("POST", f"users/{user}/server", {}, accept=(400,))
        for _ in range(int(seconds / _POLL)):
            server = (await self.ask("GET", f"users/{user}"))["servers"].get("", {})
            if server.get("ready"):
                return
            await asyncio.sleep(_POLL)
        raise StorageError("The shared server does not start", received=user,
                           allowed=f"an answer within {seconds:.0f} s",
                           next_step="try again, then ask an administrator for its log")
