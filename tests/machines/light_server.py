"""A server of a person that does next to nothing, so that fifty fit on a small machine.

It asks the hub who comes, as a real one does, and says its name.
"""

from __future__ import annotations

import asyncio
import os
from urllib.parse import urlparse

from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from tornado import web


class Hello(HubOAuthenticated, web.RequestHandler):
    """A page for its owner."""

    @web.authenticated
    def get(self) -> None:
        """Say the name of who looks."""
        self.finish({"name": self.current_user["name"]})


class Status(web.RequestHandler):
    """What the hub asks to know whether the server is up."""

    def get(self) -> None:
        """Answer as a server of this version of JupyterHub."""
        import jupyterhub

        self.set_header("X-JupyterHub-Version", jupyterhub.__version__)
        self.finish({})


async def main() -> None:
    """Serve until the process ends."""
    place, prefix = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"]), os.environ[
        "JUPYTERHUB_SERVICE_PREFIX"]
    application = web.Application(
        [(prefix + "oauth_callback", HubOAuthCallbackHandler), (prefix + "api", Status),
         (prefix + ".*", Hello)], cookie_secret=os.urandom(32))
    application.listen(place.port, place.hostname)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
