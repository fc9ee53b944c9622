"""Who may log in: the same rules whoever keeps the passwords."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import bcrypt
from jupyterhub.handlers.login import LoginHandler
from nativeauthenticator import NativeAuthenticator
from tornado import web

from hub_config.project_names import PROJECT_SERVER

__all__ = ["LocalAuthenticator", "check_name"]

# Of no password: a name that nobody has takes as long to refuse as one that somebody has.
_NOBODY = bcrypt.hashpw(b"nobody", bcrypt.gensalt())


def check_name(authenticator: Any, handler: Any, authentication: dict[str, Any]) -> dict[str, Any]:
    """Refuse who would come in as the shared server of a project.

    Raises
    ------
    tornado.web.HTTPError
        403.
    """
    name = authentication["name"]
    if name.startswith(PROJECT_SERVER):
        raise web.HTTPError(403, f"Names beginning with {PROJECT_SERVER} belong to projects")
    return authentication


class LocalAuthenticator(NativeAuthenticator):
    """Accounts and passwords kept by the hub.

    As NativeAuthenticator, but passwords are checked beside the hub's loop (each takes a quarter
    of a second of processor on purpose), attempts on names that do not exist count too, and
    what is remembered of attempts does not grow without end.
    """

    _REMEMBERED = 10_000

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        """Return the pages of accounts; the login page is JupyterHub's own.

        That of NativeAuthenticator 1.3 asks JupyterHub for what version 6 no longer has.
        """
        others = [one for one in super().get_handlers(app) if one[0] != r"/login"]
        return [(r"/login", LoginHandler), *others]

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """Return the name of who gave the right password; None where not."""
        name = self.normalize_username(data["username"])
        if self.is_blocked(name):
            self.log.warning("Login of %r refused: too many attempts", name)
            return None
        known = self.get_user(name)
        secret = _NOBODY if known is None else known.password
        password = data.get("password", "").encode()[:72]  # bcrypt takes no more
        right = await asyncio.to_thread(bcrypt.checkpw, password, secret)
        if known is not None and right and known.is_authorized:
            self.successful_login(name)
            return name
        self._forget_old_attempts()
        self.add_login_attempt(name)
        return None

    def _forget_old_attempts(self) -> None:
        if len(self.login_attempts) < self._REMEMBERED:
            return
        now = datetime.now()
        self.login_attempts = {name: one for name, one in self.login_attempts.items()
                               if (now - one["time"]).seconds <= self.seconds_before_next_try}
