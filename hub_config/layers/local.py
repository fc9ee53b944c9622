"""A hub of one machine: accounts and passwords kept here, servers as processes."""

from __future__ import annotations

from typing import Any

from hub_config.installation import Hub
from hub_config.login import LocalAuthenticator
from hub_config.spawning import AccountSpawner, SharedAccountSpawner
from hub_config.starting import FIRST_PERSON

__all__ = ["configure_local"]


def configure_local(c: Any, hub: Hub) -> None:
    """Write what one machine needs.

    Parameters
    ----------
    c : traitlets.config.Config
    hub : Hub
    """
    if not hub.administrators:
        c.Authenticator.admin_users = {FIRST_PERSON}
    c.JupyterHub.authenticator_class = LocalAuthenticator
    c.NativeAuthenticator.allowed_failed_logins = 5
    c.NativeAuthenticator.seconds_before_next_try = 300
    c.NativeAuthenticator.minimum_password_length = 10
    c.NativeAuthenticator.check_common_password = True
    c.NativeAuthenticator.open_signup = hub.open_signup
    # Who has no account cannot log in, and an administrator lets in each who signs up.
    c.Authenticator.allow_all = True
    c.JupyterHub.spawner_class = SharedAccountSpawner if hub.shared_accounts else AccountSpawner
