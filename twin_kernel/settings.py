"""Settings of an installation, read from the environment (``TWIN_*``) and from ``twin.toml``.

The environment wins over the file named by ``TWIN_SETTINGS_FILE``, and the file over the defaults.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

__all__ = ["Power", "Profile", "Project", "Settings", "Ssh", "get_settings"]

_REPOSITORY = Path(__file__).resolve().parent.parent


def _shared(name: str) -> Path:
    """Return a folder shipped with the project, from a checkout or from an installed wheel."""
    checkout = _REPOSITORY / name
    return checkout if checkout.is_dir() else Path(sys.prefix) / "share" / "estuary-twin" / name


def _user_data() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "estuary-twin"


class Power(BaseModel):
    """What a machine draws, and the carbon of its grid.

    Attributes
    ----------
    watts_per_core : float
        W of one busy core. Default: 12 W, about the mean of the processors in the table of
        Lannelongue et al. (2021), indicative.
    watts_per_gigabyte : float
        W; default 0.3725 (same source, section 2).
    power_usage_effectiveness : float
        Energy of the building over that of its machines; default 1.67 (same source).
    grid_intensity : float
        g CO2e per kWh.
    grid_source : str
        Where that figure comes from; shown with every result.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    watts_per_core: float = Field(default=12.0, gt=0.0, le=1000.0)
    watts_per_gigabyte: float = Field(default=0.3725, gt=0.0, le=100.0)
    power_usage_effectiveness: float = Field(default=1.67, ge=1.0, le=10.0)
    grid_intensity: float = Field(default=50.0, gt=0.0, le=2000.0)
    grid_source: str = Field(min_length=1, default=(
        "France, indicative, recalled; set your own in the profile's power"))


class Ssh(BaseModel):
    """The login node of a cluster that the run service is not on, and what opens it.

    Only the run service reads the key: here is its path, never what it holds.

    Attributes
    ----------
    host, user : str
    port : int
    key_file : Path
        Private key of the service's account there; mode 0600, owned by the service's account here.
    known_hosts_file : Path
        Host keys that are trusted, as ssh-keyscan writes them; no other is ever accepted.
    data_directory : Path
        Where the cluster sees the service's data folder: the same path, on a shared file system.
    connect_timeout : float
        Seconds for a connection to be made.
    answer_timeout : float
        Seconds for a command of the scheduler to end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$")
    user: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$")
    port: int = Field(default=22, ge=1, le=65535)
    key_file: Path
    known_hosts_file: Path
    data_directory: Path
    connect_timeout: float = Field(default=10.0, ge=1.0, le=120.0)
    answer_timeout: float = Field(default=60.0, ge=5.0, le=600.0)

    @model_validator(mode="after")
    def _whole_paths(self) -> Ssh:
        for name in ("key_file", "known_hosts_file", "data_directory"):
            path = getattr(self, name)
            # OpenSSH expands % and ${} in these options, and splits them at white space.
            if not path.is_absolute() or any(one in str(path) for one in " \t\n\"'%$"):
                raise ValueError(f"{name} must be a path from / on, without white space, quotes, "
                                 f"% or $; received {str(path)!r}")
        return self


class Profile(BaseModel):
    """Where runs go: one dask-jobqueue cluster class with its limits.

    Attributes
    ----------
    cluster : str
        dask-jobqueue class, by the beginning of its name: "local", "slurm", "pbs", "sge", "lsf",
        "oar", "moab", "htcondor".
    maximum_cores : int
        Cores one run may ask for.
    cores_per_node : int or None
        Cores of one node: a run with more, of a solver that runs on several nodes, is spread.
    simultaneous_cores : int or None
        Cores in use at one time by all runs of the profile; None: the cores of this machine where
        runs are local, 1000 elsewhere.
    memory : str
        Memory of one worker job.
    maximum_memory : str or None
        Memory one run may ask for.
    walltime : str
        Longest duration of one worker job, HH:MM:SS; a longer run is a chain of jobs.
    stop_before : float
        Seconds before the walltime at which the solver is asked for its checkpoint.
    queue : str or None
        Queue or partition.
    interface : str or None
        Network interface that the nodes reach the run service by.
    extra : tuple of str
        Directives added to the job script as they are.
    prologue : tuple of str
        Lines of the job script before the worker: modules, environment.
    options : dict
        Other arguments of that dask-jobqueue class.
    ssh : Ssh or None
        Where the cluster is not reached from this machine: its login node.
    power : Power
        For energy and carbon.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cluster: Literal["local", "slurm", "pbs", "sge", "lsf", "oar", "moab", "htcondor"] = "local"
    maximum_cores: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    cores_per_node: int | None = Field(default=None, ge=1)
    simultaneous_cores: int | None = Field(default=None, ge=1)
    memory: str = Field(default="2GB", pattern=r"^\d+(\.\d+)? ?([kKMGT]i?)?B$")
    maximum_memory: str | None = Field(default=None, pattern=r"^\d+(\.\d+)? ?([kKMGT]i?)?B$")
    walltime: str = Field(default="12:00:00", pattern=r"^\d+:[0-5]\d:[0-5]\d$")
    stop_before: float = Field(default=60.0, ge=1.0)
    queue: str | None = None
    interface: str | None = None
    extra: tuple[str, ...] = ()
    prologue: tuple[str, ...] = ()
    options: dict[str, Any] = Field(default_factory=dict)
    ssh: Ssh | None = None
    power: Power = Field(default_factory=Power)

    @model_validator(mode="after")
    def _ssh_where_it_works(self) -> Profile:
        if self.ssh is not None and self.cluster not in ("slurm", "pbs"):
            raise ValueError(f"cluster = '{self.cluster}' cannot be reached by ssh; allowed: "
                             "slurm, pbs. Run the service on its login node, without ssh")
        return self

    @property
    def walltime_seconds(self) -> float:
        """Longest duration of one worker job, s."""
        hours, minutes, seconds = (int(part) for part in self.walltime.split(":"))
        return 3600.0 * hours + 60.0 * minutes + seconds

    @property
    def total_cores(self) -> int:
        """Cores in use at one time by all runs of the profile."""
        if self.simultaneous_cores is not None:
            return self.simultaneous_cores
        return max(os.cpu_count() or 1, self.maximum_cores) if self.cluster == "local" else 1000


class Project(BaseModel):
    """People who share runs and a quota.

    Attributes
    ----------
    members : tuple of str
        User names.
    core_hours : float or None
        What all its runs together may use; None: no limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    members: tuple[str, ...]
    core_hours: float | None = Field(default=None, ge=0.0)


class Settings(BaseSettings):
    """All settings; every one has a working default."""

    model_config = SettingsConfigDict(
        env_prefix="TWIN_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    data_directory: Path = Field(default_factory=_user_data, description="runs, ledger, caches")
    catalogs_directory: Path = Field(default_factory=lambda: _shared("catalogs"))
    notebooks_directory: Path = Field(default_factory=lambda: _shared("notebooks"))
    settings_file: Path | None = None
    profiles: dict[str, Profile] = Field(default_factory=lambda: {"local": Profile()})
    projects: dict[str, Project] = Field(default_factory=dict)
    ledger_url: str | None = Field(default=None, description="PostgreSQL of a hub; None: SQLite")
    runs_url: str | None = Field(
        default=None, pattern=r"^https?://",
        description="the hub's service of runs; set by the hub in people's servers")
    project: str = Field(default="", description="project of runs that name none")
    acting_for: str | None = Field(
        default=None, description="the person a process of a service works for")
    service: Literal["detached", "managed"] = Field(
        default="detached", description="whether clients start the run service by themselves")
    lease_seconds: float = Field(
        default=30.0, ge=1.0, description="without a sign of life for so long, a run is lost")
    disk_reserve: float = Field(
        default=2e8, ge=0.0, description="bytes left free for others; below half, runs wait")
    maximum_losses: int = Field(
        default=5, ge=1, description="losses without progress before a run is given up")

    @property
    def runs_directory(self) -> Path:
        """Folder that holds one folder per run."""
        return self.data_directory / "runs"

    @property
    def cache_directory(self) -> Path:
        """Folder of what can be computed again: built meshes."""
        return self.data_directory / "cache"

    @property
    def ledger_address(self) -> Path | str:
        """Address of the ledger's server, or its SQLite file.

        The file lies on local disk: WAL does not work on network file systems.
        """
        return self.ledger_url or self.data_directory / "ledger.sqlite"

    @classmethod
    def settings_customise_sources(
        cls, settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment before the file, and the file before the defaults."""
        named = os.environ.get("TWIN_SETTINGS_FILE")
        file = TomlConfigSettingsSource(settings_cls, Path(named)) if named else None
        return (init_settings, env_settings, *([file] if file else []))


@cache
def get_settings() -> Settings:
    """Return the settings of this process; ``get_settings.cache_clear()`` reads them again."""
    return Settings()
