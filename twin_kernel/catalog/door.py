"""The one door on Intake.

Intake 2 has two catalogue dialects. The twin writes the classic one (``sources:``), which people
can write by hand, and reads entries with ``entry.get(**parameters)``: the shorter
``catalog.run(parameter=...)`` silently returns the default entry in Intake 2.0.9.
A file is opened only after its SHA-256 was found equal to the one in the entry's metadata.
"""

from __future__ import annotations

import copy
import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from twin_kernel.catalog.rights import check_rights
from twin_kernel.errors import CatalogError, did_you_mean
from twin_kernel.settings import get_settings

__all__ = ["REQUIRED_METADATA", "Catalog", "open_catalog"]

REQUIRED_METADATA = (
    "producer", "licence", "citation", "attribution", "units", "vertical_datum", "period",
    "indicative", "files",
)


class Catalog:
    """All entries of all producers, under one set of names.

    Parameters
    ----------
    directory : Path
        Folder with ``main.yaml``, one YAML file per producer and the data.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._entries = _load(directory)
        self._read: dict[tuple, Any] = {}

    def names(self) -> list[str]:
        """Return the names of all entries, sorted."""
        return sorted(self._entries)

    def metadata(self, name: str) -> dict[str, Any]:
        """Return rights, units, vertical datum, period and checksums of an entry.

        Raises
        ------
        CatalogError
            Unknown entry, or an entry without the metadata that all must have.
        """
        described = self._entry(name).describe()
        metadata = dict(described["metadata"], description=described["description"])
        missing = [key for key in REQUIRED_METADATA if key not in metadata]
        if missing:
            raise CatalogError(
                f"the entry '{name}' lacks metadata: {', '.join(missing)}",
                allowed="entries with " + ", ".join(REQUIRED_METADATA),
                next_step=f"complete it in the YAML files of {self.directory}",
            )
        return metadata

    def parameters(self, name: str) -> dict[str, list[Any]]:
        """Return the parameters of an entry and the values each can take, the default first."""
        return {
            item["name"]: sorted(item["allowed"], key=lambda value: value != item["default"])
            for item in self._entry(name).describe()["user_parameters"]
        }

    def path(self, name: str, **parameters: Any) -> Path:
        """Return the verified file of an entry, for a reader that is not Intake's."""
        return self._verified(name, parameters)[1]

    def read(self, name: str, *, purpose: str = "study", **parameters: Any) -> Any:
        """Open an entry after checking its rights and the checksum of its file.

        Parameters
        ----------
        name : str
            One of `names`.
        purpose : {"study", "redistribution", "commercial"}
            What the data are wanted for.
        **parameters
            Parameters of the entry, see `parameters`.

        Returns
        -------
        pandas.DataFrame or dict
            A table, or the content of a GeoJSON file.

        Raises
        ------
        CatalogError
            Unknown entry or parameter, use forbidden by the licence, missing or changed file.
        """
        check_rights(name, self.metadata(name), purpose)
        source, path = self._verified(name, parameters)
        key = (name, tuple(sorted(parameters.items())), path.stat().st_mtime_ns)
        if key not in self._read:  # small files, read by every case
            self._read[key] = source.read()
        return copy.deepcopy(self._read[key])

    def _entry(self, name: str) -> Any:
        if name not in self._entries:
            raise CatalogError(
                "unknown catalogue entry", received=name, allowed=", ".join(self.names()),
                next_step=did_you_mean(name, self.names(), "twin catalog list"),
            )
        return self._entries[name]

    def _verified(self, name: str, parameters: dict[str, Any]) -> tuple[Any, Path]:
        entry, files = self._entry(name), self.metadata(name)["files"]
        allowed = self.parameters(name)
        for key, value in parameters.items():
            if value not in allowed.get(key, ()):
                raise CatalogError(
                    f"the entry '{name}' has no such choice", received=f"{key}={value!r}",
                    allowed="; ".join(f"{k}: {', '.join(map(str, v))}" for k, v in allowed.items())
                    or "no parameter",
                    next_step=f"give one of these values, or leave {key} out",
                )
        with _quiet_intake():
            source = entry.get(**parameters)
        path = Path(source._captured_init_kwargs["urlpath"]).resolve()
        relative = path.relative_to(self.directory.resolve()).as_posix()
        _verify(name, path, files.get(relative))
        return source, path


@cache
def _open(directory: Path) -> Catalog:
    return Catalog(directory)


def open_catalog(directory: Path | None = None) -> Catalog:
    """Open the catalogue of this installation.

    Parameters
    ----------
    directory : Path, optional
        Folder of the catalogue; by default ``catalogs_directory`` of the settings.

    Raises
    ------
    CatalogError
        No ``main.yaml`` there, or two producers with an entry of the same name.
    """
    return _open(Path(directory or get_settings().catalogs_directory).resolve())


def _load(directory: Path) -> dict[str, Any]:
    main = directory / "main.yaml"
    if not main.is_file():
        raise CatalogError(
            "there is no catalogue in this folder", received=directory,
            allowed="a folder with main.yaml",
            next_step="set TWIN_CATALOGS_DIRECTORY to the 'catalogs' folder of the project",
        )
    import intake  # heavy: only when data are opened

    entries: dict[str, Any] = {}
    with _quiet_intake():
        producers = intake.open_catalog(str(main))
        for producer in list(producers):
            for name, entry in producers[producer]._entries.items():
                if name in entries:
                    raise CatalogError(f"two producers have an entry named '{name}'",
                                       next_step="rename one of the two in its catalogue")
                entries[name] = entry
    return entries


@contextmanager
def _quiet_intake() -> Iterator[None]:
    """Silence Intake's warning on shell commands, which no entry here has."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module=r"intake\.catalog\.utils")
        yield


def _verify(name: str, path: Path, expected: str | None) -> None:
    if not path.is_file():
        raise CatalogError(
            f"the file of '{name}' is missing", received=path,
            next_step="restore it from the project: git checkout -- catalogs",
        )
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != expected:
        raise CatalogError(
            f"the file of '{name}' is not the one the catalogue describes",
            received=f"{path} with sha256 {found}",
            allowed=f"sha256 {expected}" if expected else "a file listed in the entry",
            next_step="restore the file (git checkout -- catalogs) or, if you changed it on "
            "purpose, write its sha256 in the entry's metadata",
        )
