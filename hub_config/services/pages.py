"""What services with pages share: the login through the hub, and how pages look."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jupyterhub.services.auth import HubOAuth, HubOAuthenticated
from tornado import web

from hub_config.installation import Hub, get_hub, service_token
from twin_kernel.errors import TwinError

__all__ = ["Page", "login_of", "page_settings"]

TEMPLATES = Path(__file__).parents[1] / "templates"
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
           "X-Frame-Options": "SAMEORIGIN",
           "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; "
                                      "img-src 'self' data:; frame-ancestors 'self'"}


def login_of(service: str, hub: Hub) -> HubOAuth:
    """Return the login of a service through the hub.

    JupyterHub's classes read what they need from the environment of this process; the secret is
    put there after it began, so that nobody reads it from outside.

    Parameters
    ----------
    service : str
    hub : Hub
    """
    prefix = f"/services/{service}/"
    os.environ.update({
        "JUPYTERHUB_SERVICE_NAME": service, "JUPYTERHUB_SERVICE_PREFIX": prefix,
        "JUPYTERHUB_API_TOKEN": service_token(service, hub), "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_API_URL": f"http://127.0.0.1:{hub.port('hub')}/hub/api",
        "JUPYTERHUB_CLIENT_ID": f"service-{service}", "JUPYTERHUB_HOST": hub.subdomain_host or "",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{prefix}oauth_callback"})
    login = HubOAuth.instance()
    login.cache_max_age = 30
    return login


def page_settings(service: str) -> dict[str, Any]:
    """Return settings of an application with pages."""
    return {"cookie_secret": os.urandom(32), "template_path": str(TEMPLATES),
            "xsrf_cookies": False,  # JupyterHub's own check is stricter, and covers every method
            "service": service}


class Page(HubOAuthenticated, web.RequestHandler):
    """A page for people who have logged in to the hub."""

    def set_default_headers(self) -> None:
        """Keep the page from being embedded, sniffed or cached."""
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.set_header("Cache-Control", "no-store")

    @property
    def language(self) -> str:
        """The language of the page, "fr" or "en"."""
        asked = self.get_query_argument("lang", None) or self.get_cookie("lang")
        if asked not in ("fr", "en"):
            asked = "fr" if self.request.headers.get("Accept-Language", "").startswith("fr") \
                else "en"
        return asked

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say a refusal of the twin in its own words."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        said = str(error) if isinstance(error, TwinError) else self._reason
        if isinstance(error, TwinError):
            self.set_status(422)
        self.render("message.html", language=self.language, message=said, hub=get_hub(),
                    service=self.settings["service"])

    def log_exception(self, kind: Any, value: Any, trace: Any) -> None:
        """Log what is not a refusal."""
        if not isinstance(value, TwinError):
            super().log_exception(kind, value, trace)
