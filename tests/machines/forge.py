"""A forge that logs people in, answering as GitLab's documentation says; for tests.

    python -m tests.machines.forge PORT

https://docs.gitlab.com/api/oauth2 (authorization code), https://docs.gitlab.com/api/users (current
user), https://docs.gitlab.com/api/members. Who comes is whoever the page is asked as.
"""

from __future__ import annotations

import asyncio
import sys

from tornado import web
from tornado.httputil import url_concat

SECRET = "secret of the application"
PEOPLE = {"ana": 1, "project-harbour": 2, "mallory": 3}
MEMBERS = {1, 2}
_as = {"name": "ana"}


class Become(web.RequestHandler):
    """Who sits in front of the browser."""

    def get(self, name: str) -> None:
        """Be somebody else."""
        _as["name"] = name
        self.finish("ok")


class Authorize(web.RequestHandler):
    """The page where somebody says yes."""

    def get(self) -> None:
        """Say yes at once."""
        self.redirect(url_concat(self.get_argument("redirect_uri"), {
            "code": f"code-of-{_as['name']}", "state": self.get_argument("state")}))


class Token(web.RequestHandler):
    """Gives a token for a code, to the application alone."""

    def post(self) -> None:
        """Answer."""
        told = self.request.headers.get("Authorization", "")
        if self.get_argument("client_secret", "") != SECRET and not told.startswith("Basic "):
            raise web.HTTPError(401)
        name = self.get_argument("code").removeprefix("code-of-")
        self.finish({"access_token": f"token-of-{name}", "token_type": "Bearer",
                     "expires_in": 7200, "scope": "read_user"})


class User(web.RequestHandler):
    """Who a token belongs to."""

    def get(self) -> None:
        """Answer."""
        name = self.request.headers["Authorization"].split()[1].removeprefix("token-of-")
        self.finish({"id": PEOPLE[name], "username": name, "name": name.title(),
                     "state": "active", "email": f"{name}@example.org", "is_admin": False})


class Version(web.RequestHandler):
    """The version of the forge."""

    def get(self) -> None:
        """Answer."""
        self.finish({"version": "17.5.0", "revision": "abc"})


class MemberOf(web.RequestHandler):
    """Whether somebody is of a group."""

    def get(self, _group: str, number: str) -> None:
        """Answer."""
        if int(number) not in MEMBERS:
            raise web.HTTPError(404)
        self.finish({"id": int(number), "access_level": 30})


async def main(port: int) -> None:
    """Serve until the process ends."""
    web.Application([
        (r"/become/(.+)", Become), (r"/oauth/authorize", Authorize), (r"/oauth/token", Token),
        (r"/api/v4/user", User), (r"/api/v4/version", Version),
        (r"/api/v4/groups/([^/]+)/members/all/(\d+)", MemberOf),
        (r"/api/v4/groups/([^/]+)/members/(\d+)", MemberOf)]).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
