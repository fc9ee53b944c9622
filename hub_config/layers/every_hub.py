"""What all hubs share."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from hub_config.installation import SERVICES, Hub, service_token
from hub_config.login import check_name
from hub_config.spawning import choose_server, form_of, prepare

__all__ = ["NAME_PATTERN", "configure_every_hub"]

NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
"""Names that people log in with."""

_SERVICE_SCOPES = {
    "runs": ["read:users:name", "read:users:groups"],
    "studies": ["read:users:name"],
    "projects": ["admin:groups", "admin:users", "servers", "shares"],
    "health": ["list:users", "read:servers"],
    "culler": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
}
"""Of the hub, what each service may do; none may read what people have or act as they."""


def configure_every_hub(c: Any, hub: Hub) -> None:
    """Write what does not depend on who runs the hub.

    Parameters
    ----------
    c : traitlets.config.Config
    hub : Hub
    """
    _places(c, hub)
    _proxy(c, hub)
    _servers(c, hub)
    _services(c, hub)
    c.Authenticator.post_auth_hook = check_name
    c.Authenticator.admin_users = set(hub.administrators)
    c.Authenticator.username_pattern = NAME_PATTERN.pattern
    c.Authenticator.enable_auth_state = False


def _places(c: Any, hub: Hub) -> None:
    c.JupyterHub.db_url = hub.database
    c.JupyterHub.cookie_secret_file = str(hub.directory / "secrets" / "cookie")
    c.JupyterHub.template_paths = [str(Path(__file__).parents[1] / "templates")]
    c.JupyterHub.template_vars = {"announcement": hub.announcement,
                                  "sign_up": hub.layer == "local"}
    if hub.subdomain_host:
        c.JupyterHub.subdomain_host = hub.subdomain_host
    headers = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
               "X-Frame-Options": "SAMEORIGIN",
               "Content-Security-Policy": "frame-ancestors 'self'; form-action 'self'"}
    if hub.public.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    c.JupyterHub.tornado_settings = {"headers": headers, "slow_spawn_timeout": 1}
    c.JupyterHub.authenticate_prometheus = True


def _proxy(c: Any, hub: Hub) -> None:
    # The proxy is a process of its own: a hub that starts again cuts nobody off.
    c.JupyterHub.bind_url = hub.address
    c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{hub.port('hub')}"
    c.JupyterHub.cleanup_servers = False
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{hub.port('proxy')}"
    c.ConfigurableHTTPProxy.auth_token = service_token("proxy", hub)
    # A proxy that starts again knows nobody: the hub tells it its routes at the next look.
    c.JupyterHub.last_activity_interval = 10


def _servers(c: Any, hub: Hub) -> None:
    c.JupyterHub.concurrent_spawn_limit = hub.simultaneous_starts
    c.JupyterHub.active_server_limit = 0
    c.JupyterHub.allow_named_servers = False
    c.Spawner.options_form = form_of
    c.Spawner.options_from_form = choose_server
    c.Spawner.pre_spawn_hook = prepare
    c.Spawner.disable_user_config = True
    c.Spawner.start_timeout, c.Spawner.http_timeout = 60, 60
    c.Spawner.cmd = [sys.executable, "-m", "hub_config.opening",
                     str(Path(sys.prefix) / "bin" / "jupyterhub-singleuser")]
    c.Spawner.default_url = "/lab/tree/estuary-twin/00_welcome.ipynb"
    c.Spawner.args = ["--KernelManager.transport=ipc", "--YDocExtension.disable_rtc=True",
                      "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
                      "--LabApp.extension_manager=readonly",
                      "--ServerApp.websocket_ping_interval=30000"]


def _services(c: Any, hub: Hub) -> None:
    # External to the hub: supervisord keeps them, so that none can stop or hang it.
    c.JupyterHub.services = [
        {"name": name, "url": f"http://127.0.0.1:{hub.port(name)}", "display": name == "studies"
         or name == "projects", "api_token": service_token(name, hub), "timeout": 2,
         "oauth_no_confirm": True, "oauth_redirect_uri": f"/services/{name}/oauth_callback",
         "oauth_client_id": f"service-{name}"}
        for name in SERVICES] + [{"name": "culler", "api_token": service_token("culler", hub)}]
    c.JupyterHub.service_check_interval = 30
    open_to_all = [f"access:services!service={name}" for name in ("runs", "studies", "projects")]
    c.JupyterHub.load_roles = [
        {"name": "user", "scopes": ["self", *open_to_all]},
        # What a person's notebooks may do in their name; no more than they need.
        {"name": "server", "scopes": ["users:activity!user", "access:servers!server",
                                      "access:services!service=runs"]},
        *({"name": f"service-{name}", "services": [name], "scopes": scopes}
          for name, scopes in _SERVICE_SCOPES.items())]
    c.Spawner.server_token_scopes = ["users:activity!server", "access:servers!server",
                                     "access:services!service=runs"]
