"""Settings of an installation, read from the environment (``TWIN_*``) and from ``twin.toml``.

The environment wins over the file named by ``TWIN_SETTINGS_FILE``, and the file over the defaults.
"""

from __future__ import annotations

import os
import sys
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

__all__ = ["Profile", "Settings", "get_settings"]

_REPOSITORY = Path(__file__).resolve().parent.parent


def _shared(name: str) -> Path:
    """Return a folder shipped with the project, from a checkout or from an installed wheel."""
    checkout = _REPOSITORY / name
    return checkout if checkout.is_dir() else Path(sys.prefix) / "share" / "estuary-twin" / name


def _user_data() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "estuary-twin"


class Profile(BaseModel):
    """Where runs go: one dask-jobqueue cluster class with its limits.

    Attributes
    ----------
    cluster : str
        dask-jobqueue class: "local" or "slurm" (others come with their wave).
    maximum_cores : int
        Cores one run may ask for.
    memory : str
        Memory of one worker job.
    walltime : str
        Longest duration of one worker job, HH:MM:SS.
    queue : str or None
        Queue or partition.
    extra : tuple of str
        Directives added to the job script as they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cluster: Literal["local", "slurm"] = "local"
    maximum_cores: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    memory: str = "2GB"
    walltime: str = "12:00:00"
    queue: str | None = None
    extra: tuple[str, ...] = ()


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

    @property
    def runs_directory(self) -> Path:
        """Folder that holds one folder per run."""
        return self.data_directory / "runs"

    @property
    def cache_directory(self) -> Path:
        """Folder of what can be computed again: built meshes."""
        return self.data_directory / "cache"

    @property
    def ledger_path(self) -> Path:
        """SQLite file of the ledger; on local disk, WAL does not work on network file systems."""
        return self.data_directory / "ledger.sqlite"

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
