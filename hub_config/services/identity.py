"""Who asks a service: the hub says, for each token, and whether it may ask this service at all."""

from __future__ import annotations

from typing import Any

from jupyterhub.services.auth import HubAuth
from tornado import web
from tornado.httputil import HTTPServerRequest

from hub_config.installation import Hub, service_token
from twin_kernel.runs.ledger import Person

__all__ = ["Doorkeeper"]

_REMEMBERED_SECONDS = 30
"""A token that was taken back still opens for so long."""


class Doorkeeper:
    """Asks the hub who shows a token.

    Parameters
    ----------
    service : str
        Only tokens with its scope come in.
    hub : Hub
    """

    def __init__(self, service: str, hub: Hub) -> None:
        self._scope = f"access:services!service={service}"
        self._hub = HubAuth(
            api_token=service_token(service, hub), cache_max_age=_REMEMBERED_SECONDS,
            api_url=f"http://127.0.0.1:{hub.port('hub')}/hub/api",
            hub_host=hub.subdomain_host or "")

    async def admit(self, request: HTTPServerRequest,
                    kinds: tuple[str, ...] = ("user",)) -> Person:
        """Return who asks, by the token in the header ``Authorization``.

        A cookie lets nobody in here: a page of somebody else's cannot ask in a person's name.

        Raises
        ------
        tornado.web.HTTPError
            401 without a token that the hub knows, 403 without the scope, 503 without the hub.
        """
        said = request.headers.get("Authorization", "")
        kind, _, token = said.partition(" ")
        if kind.lower() not in ("token", "bearer") or not token.strip():
            raise web.HTTPError(401, "no token")
        who: dict[str, Any] | None = await self._hub.user_for_token(token.strip(), sync=False)
        if not who:
            raise web.HTTPError(401, "a token that the hub does not know")
        if who.get("kind") not in kinds or not self._hub.check_scopes({self._scope}, who):
            raise web.HTTPError(403, "without the scope of this service")
        return Person(who["name"])
