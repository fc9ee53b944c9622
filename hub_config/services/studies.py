"""The Studies page behind the hub's login.

Panel serves it; every request and every WebSocket must carry the login of somebody with the scope
of this service, and what a page does, it does in that person's name.
"""

from __future__ import annotations

import os
import secrets
from typing import Any

from bokeh.server.auth_provider import AuthProvider
from jupyterhub.services.auth import HubOAuth, HubOAuthCallbackHandler, HubOAuthenticated
from tornado import web

from hub_config.installation import Hub, get_hub
from hub_config.services.pages import HEADERS, login_of
from twin_kernel.dashboards.serve import serve
from twin_kernel.runs.ledger import Person

__all__ = ["HubLogin", "serve_studies"]

_PREFIX = "/services/studies"
_HOME = f"{_PREFIX}/studies"


class _Login(HubOAuthenticated, web.RequestHandler):
    """Sends who is not known to the hub, and who is back to the page they asked for."""

    @web.authenticated
    async def get(self) -> None:
        """Send on; only to pages of this service."""
        wanted = self.get_query_argument("next", _HOME)
        self.redirect(wanted if wanted.startswith(f"{_PREFIX}/") else _HOME)


class _Home(web.RequestHandler):
    """The address people type."""

    def get(self) -> None:
        """Send to the page."""
        self.redirect(_HOME)


class _Health(web.RequestHandler):
    """Whether this process answers."""

    def get(self) -> None:
        """Answer."""
        self.finish("up")


class HubLogin(AuthProvider):
    """The hub's login, as the server of pages asks for it.

    Parameters
    ----------
    login : HubOAuth
    """

    def __init__(self, login: HubOAuth) -> None:
        self._hub = login
        super().__init__()

    @property
    def endpoints(self) -> list[tuple[str, type]]:
        """Pages of the login itself, and the address without a page."""
        return [("/login", _Login), ("/oauth_callback", HubOAuthCallbackHandler),
                ("/health", _Health), ("/", _Home)]

    @property
    def get_user(self) -> None:
        """Nobody is known without asking the hub."""
        return None

    @property
    def get_user_async(self) -> Any:
        """Who asks; None where the hub does not know them or they lack the scope."""
        return self._who

    @property
    def login_url(self) -> str:
        """Where who is not known goes."""
        return "/login"

    @property
    def get_login_url(self) -> None:
        """There is one address for all."""
        return None

    @property
    def login_handler(self) -> None:
        """It is among `endpoints`."""
        return None

    @property
    def logout_url(self) -> None:
        """The hub logs people out."""
        return None

    @property
    def logout_handler(self) -> None:
        """The hub logs people out."""
        return None

    async def _who(self, handler: web.RequestHandler) -> str | None:
        for name, value in HEADERS.items():
            if name != "Content-Security-Policy":  # the page's own scripts are inline
                handler.set_header(name, value)
        handler.set_header("Content-Security-Policy", "frame-ancestors 'self'")
        who = await self.person_of(handler.get_cookie(self._hub.cookie_name))
        return None if who is None else who.name

    async def person_of(self, cookie: str | None) -> Person | None:
        """Return who a cookie of the login belongs to, where they may use this service."""
        token = None if cookie is None else web.decode_signed_value(
            COOKIE_SECRET, self._hub.cookie_name, cookie)
        if not token:
            return None
        who = await self._hub.user_for_token(token.decode(), sync=False)
        return self._admitted(who)

    def _admitted(self, who: dict[str, Any] | None) -> Person | None:
        if not who or who.get("kind") != "user" or not self._hub.check_scopes(
                {"access:services!service=studies"}, who):
            return None
        return Person(who["name"])

    def person_now(self) -> Person:
        """Return who a page is being made for, from the cookie of the login of its request.

        Raises
        ------
        PermissionError
            Where nobody is: no page is made.
        """
        import panel as pn

        cookie = pn.state.cookies.get(self._hub.cookie_name)
        token = None if cookie is None else web.decode_signed_value(
            COOKIE_SECRET, self._hub.cookie_name, cookie)
        person = None if not token else self._admitted(self._hub.user_for_token(token.decode()))
        if person is None:
            raise PermissionError("nobody is logged in")
        return person


COOKIE_SECRET = secrets.token_hex(32)
"""Of this process: after a start people are sent through the hub's login once, unseen."""


def serve_studies(hub: Hub) -> None:
    """Serve until the process ends.

    Parameters
    ----------
    hub : Hub
    """
    login = HubLogin(login_of("studies", hub))

    def identify() -> tuple[Person, str]:
        person = login.person_now()
        return person, f"{hub.public}/user/{person.name}/lab"

    origin = hub.public.split("://")[1]
    serve(hub.port("studies"), prefix=_PREFIX, identify=identify, auth_provider=login,
          cookie_secret=COOKIE_SECRET, sign_sessions=True, secret_key=secrets.token_hex(32),
          generate_session_ids=True, allow_websocket_origin=[origin], use_xheaders=True)


if __name__ == "__main__":
    os.umask(0o077)
    serve_studies(get_hub())
