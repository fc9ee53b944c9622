"""A real hub: its people come from a forge or an institution, its servers run where told."""

from __future__ import annotations

from typing import Any

from wrapspawner import WrapSpawner

from hub_config.installation import Hub, OAuth, get_hub
from hub_config.profiles import ServerProfile
from twin_kernel.errors import InputError

__all__ = ["ProfileSpawner", "configure_production"]


def configure_production(c: Any, hub: Hub) -> None:
    """Write what a real hub needs.

    Parameters
    ----------
    c : traitlets.config.Config
    hub : Hub

    Raises
    ------
    InputError
        Where something is missing that would leave the hub open or unencrypted.
    """
    if hub.oauth is None:
        raise InputError("A production hub needs somebody who logs people in",
                         received="no oauth", allowed="a table [hub.oauth]",
                         next_step="docs/hub.md shows one for GitLab and one for OIDC")
    if not hub.public.startswith("https://"):
        raise InputError("A production hub needs encryption", received=hub.public,
                         allowed="an address https://, or public_address of a gate that ends TLS",
                         next_step="set address, tls_key and tls_certificate in [hub]")
    if hub.address.startswith("https://") and not (hub.tls_key and hub.tls_certificate):
        raise InputError("The key and the certificate of the address are missing",
                         received=hub.address, allowed="tls_key and tls_certificate",
                         next_step="name both files in [hub]")
    _log_in_with(c, hub.oauth, hub)
    c.JupyterHub.spawner_class = ProfileSpawner


def _log_in_with(c: Any, oauth: OAuth, hub: Hub) -> None:
    from oauthenticator.generic import GenericOAuthenticator
    from oauthenticator.gitlab import GitLabOAuthenticator

    try:
        secret = oauth.client_secret_file.read_text().strip()
    except OSError as error:
        raise InputError("The secret of the login cannot be read",
                         received=f"{oauth.client_secret_file}: {error.strerror}",
                         allowed="a file of the hub's account, mode 0600",
                         next_step="put there what the forge or the institution gave") from error
    kind = {"gitlab": GitLabOAuthenticator, "oidc": GenericOAuthenticator}[oauth.kind]
    c.JupyterHub.authenticator_class = kind
    settings = c[kind.__name__]
    settings.client_id, settings.client_secret = oauth.client_id, secret
    settings.oauth_callback_url = f"{hub.public}/hub/oauth_callback"
    settings.allowed_users = set(hub.people)
    settings.allow_existing_users = False  # projects make users of the hub, who must not log in
    if oauth.kind == "gitlab":
        settings.gitlab_url = oauth.address
        settings.allowed_gitlab_groups = set(oauth.allowed_groups)
        settings.scope = ["read_user", "read_api"] if oauth.allowed_groups else ["read_user"]
        return
    base = oauth.address.rstrip("/")
    settings.authorize_url, settings.token_url = f"{base}/authorize", f"{base}/token"
    settings.userdata_url = f"{base}/userinfo"
    settings.scope = ["openid", "email", "profile", "groups"]
    settings.username_claim = "preferred_username"
    settings.auth_state_groups_key = "oauth_user.groups"
    settings.allowed_groups = set(oauth.allowed_groups)
    # The institution's groups decide who comes in; projects keep groups of their own here.
    settings.manage_groups = False


class ProfileSpawner(WrapSpawner):
    """Starts a person's server by the spawner that the chosen profile names."""

    def construct_child(self) -> Any:
        """Make the spawner of the profile that `prepare` has checked."""
        name = self.user_options.get("profile") or next(iter(get_hub().profiles))
        profile = get_hub().profiles[name]
        self.child_class = spawner_class(profile)
        self.child_config = dict(profile.options)
        return super().construct_child()


def spawner_class(profile: ServerProfile) -> type:
    """Return the class of a profile's spawner.

    Parameters
    ----------
    profile : ServerProfile
    """
    if profile.spawner == "systemd":
        from systemdspawner import SystemdSpawner

        return SystemdSpawner
    if profile.spawner == "docker":
        from dockerspawner import DockerSpawner

        return DockerSpawner
    if profile.spawner == "batch":
        from batchspawner import SlurmSpawner

        return SlurmSpawner
    from hub_config.spawning import AccountSpawner

    return AccountSpawner
