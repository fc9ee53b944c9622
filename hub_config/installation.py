"""What an installation of the hub is: its settings, its folders, its accounts.

Settings come from ``TWIN_HUB_*``, then from the table ``[hub]`` of the file that
``TWIN_SETTINGS_FILE`` names, then from the defaults, which work on one machine without any file.
"""

from __future__ import annotations

import os
import pwd
import secrets
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from hub_config.profiles import ServerProfile, default_profiles
from twin_kernel.errors import StorageError

__all__ = ["SERVICES", "Hub", "OAuth", "get_hub", "service_token"]

SERVICES = ("runs", "studies", "projects", "health")
"""Services behind the hub's login, each on its own port, in this order from `Hub.first_port`."""
SERVICE_ACCOUNT = "estuary-twin"
"""Account that the services run under where the hub is root's."""


class OAuth(BaseModel):
    """Who logs people in, in production.

    Attributes
    ----------
    kind : str
        "gitlab", or "oidc" for an institution.
    client_id : str
    client_secret_file : Path
        Readable by the hub's account only.
    address : str
        Of the forge, or of the issuer.
    allowed_groups : tuple of str
        Groups of the forge, or of the claim ``groups``, whose people may come in; none: nobody
        but `Hub.administrators` and `Hub.people`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["gitlab", "oidc"]
    client_id: str = Field(min_length=1)
    client_secret_file: Path
    address: str = Field(pattern=r"^https?://")
    allowed_groups: tuple[str, ...] = ()


def _directory() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/estuary-twin")
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "estuary-twin" / "hub"


class Hub(BaseSettings):
    """Settings of the hub.

    Attributes
    ----------
    layer : str
        "local": one machine, accounts and passwords kept here; "production": `oauth`, TLS.
    directory : Path
        Everything the hub keeps; what to save and to restore.
    address : str
        Where people come in, as the proxy listens.
    public_address : str or None
        The address people type where it differs, as behind a gate that ends TLS.
    first_port : int
        Of the ports on this machine only: proxy's door, hub, services.
    subdomain_host : str or None
        A subdomain for each person, which keeps their pages from each other in one browser.
    tls_key, tls_certificate : Path or None
    database_url : str or None
        Of JupyterHub; None: SQLite in `directory`.
    ledger_url : str or None
        Of the runs; None: SQLite in `directory`.
    oauth : OAuth or None
    administrators : tuple of str
    people : tuple of str
        Who may come in beside the groups of `oauth`.
    open_signup : bool
        Whether who signs up on the local layer may come in at once, or waits for an administrator.
    profiles : dict of str to ServerProfile
        Servers to choose from.
    course_repository : str or None
        Where the course's notebooks come from, an address or a path of git; None: those of this
        installation, published in `directory` at each start.
    idle_hours : float
        After so long without use a person's server ends; runs go on.
    announcement : str
        Shown on every page.
    simultaneous_starts : int
        Servers that may be starting at one time.
    """

    model_config = SettingsConfigDict(env_prefix="TWIN_HUB_", env_nested_delimiter="__",
                                      extra="forbid", frozen=True)

    layer: Literal["local", "production"] = "local"
    directory: Path = Field(default_factory=_directory)
    address: str = Field(default="http://127.0.0.1:8000", pattern=r"^https?://[^/]+:\d+$")
    public_address: str | None = Field(default=None, pattern=r"^https?://")
    first_port: int = Field(default=8010, ge=1024, le=65000)
    subdomain_host: str | None = Field(default=None, pattern=r"^https?://")
    tls_key: Path | None = None
    tls_certificate: Path | None = None
    database_url: str | None = None
    ledger_url: str | None = None
    oauth: OAuth | None = None
    administrators: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    open_signup: bool = False
    profiles: dict[str, ServerProfile] = Field(default_factory=default_profiles, min_length=1)
    course_repository: str | None = None
    idle_hours: float = Field(default=12.0, gt=0.0, le=24.0 * 30)
    announcement: str = Field(default="", max_length=500)
    simultaneous_starts: int = Field(default=20, ge=1, le=1000)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment before the table ``[hub]`` of the settings' file."""
        named = os.environ.get("TWIN_SETTINGS_FILE")
        file = _HubTable(settings_cls, Path(named)) if named else None
        return (init_settings, env_settings, *([file] if file else []))

    @property
    def shared_accounts(self) -> bool:
        """Whether all servers run under one account: then people are not kept from each other."""
        return self.layer == "local" and os.geteuid() != 0

    @property
    def database(self) -> str:
        """Address of JupyterHub's database."""
        return self.database_url or f"sqlite:///{self.directory / 'hub' / 'jupyterhub.sqlite'}"

    @property
    def twin_data(self) -> Path:
        """Data directory of the twin's services: the ledger and the runs of everybody."""
        return self.directory / "twin"

    @property
    def course(self) -> str:
        """The repository that people's copies of the course follow."""
        return self.course_repository or str(self.directory / "course")

    @property
    def people_directory(self) -> Path:
        """Holds one home folder for each person."""
        return self.directory / "people"

    @property
    def projects_directory(self) -> Path:
        """Holds one shared folder for each project."""
        return self.directory / "projects"

    @property
    def public(self) -> str:
        """The address people type, without a slash at its end."""
        return (self.public_address or self.address).rstrip("/")

    def port(self, name: str) -> int:
        """Return the port of "proxy" (its door for the hub), "hub" or a service."""
        return self.first_port + ("proxy", "hub", *SERVICES).index(name)

    def ports(self) -> set[int]:
        """Return all ports of its own, also of what is just being started again."""
        inside = {self.port(name) for name in ("proxy", "hub", *SERVICES)}
        return inside | {int(self.address.rpartition(":")[2])}

    def service_account(self) -> str:
        """Return the account of the services."""
        if os.geteuid() == 0 and not self.shared_accounts:
            return SERVICE_ACCOUNT
        return pwd.getpwuid(os.geteuid()).pw_name


class _HubTable(TomlConfigSettingsSource):
    """The table ``[hub]`` of the file that holds the twin's settings, too."""

    def _read_file(self, file_path: Path) -> dict:
        return super()._read_file(file_path).get("hub", {})


@cache
def get_hub() -> Hub:
    """Return the settings of this process."""
    return Hub()


def service_token(name: str, hub: Hub | None = None) -> str:
    """Return the secret of a service, of the proxy or of the hub, made where it is not there.

    It lies in a file of the service's account: neither a command line nor an environment shows it.

    Raises
    ------
    StorageError
        Where it may not be read.
    """
    path = (hub or get_hub()).directory / "secrets" / f"{name}.token"
    try:
        if not path.is_file():
            partial = path.with_suffix(".part")
            partial.unlink(missing_ok=True)
            descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
            os.replace(partial, path)
        return path.read_text().strip()
    except OSError as error:
        raise StorageError("The secret of a service cannot be read or made",
                           received=f"{path}: {error.strerror}",
                           allowed="a file of the account that runs the service",
                           next_step="python -m hub_config start makes it") from error
