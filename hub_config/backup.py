"""Saving a hub whole and restoring it: people, projects, runs, secrets, folders."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from hub_config import accounts
from hub_config.installation import Hub
from hub_config.supervision import states
from twin_kernel.errors import InputError, StorageError

__all__ = ["restore", "save"]

_KIND = "estuary-twin-hub"
_DATABASES = {"hub.sqlite": "hub/jupyterhub.sqlite", "ledger.sqlite": "twin/ledger.sqlite"}
_LEFT_OUT = ("logs", "hub", "environments", "twin/cache", "twin/compiled", "twin/jobs",
             "twin/service.lock")
"""What is made again by itself, or saved in another way."""


def save(hub: Hub, path: Path) -> int:
    """Save a hub in one file, while it is up or not.

    Databases are copied by their own means, so that they are whole; then the folders.

    Parameters
    ----------
    hub : Hub
    path : Path
        Must not be there.

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    StorageError
        Where it cannot be written; nothing half-written is left.
    """
    if path.exists():
        raise StorageError("The file is there already", received=str(path),
                           allowed="a file that does not exist", next_step="choose another name")
    partial = path.with_name(path.name + ".part")
    try:
        descriptor = os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file, tarfile.open(
                fileobj=file, mode="w:gz", compresslevel=1) as archive, \
                tempfile.TemporaryDirectory(dir=path.parent) as work:
            about = {"kind": _KIND, "version": 1, "directory": str(hub.directory),
                     "made": datetime.now(UTC).isoformat(timespec="seconds")}
            _add_text(archive, "about.json", json.dumps(about))
            for name, copy in _database_copies(hub, Path(work)):
                archive.add(copy, f"databases/{name}")
            archive.add(hub.directory, "files", filter=_worth_keeping)
            file.flush()
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StorageError("The hub cannot be saved", received=f"{path}: {error}",
                           allowed="a file on a disk with space, by the hub's account",
                           next_step="choose another place") from error
    return path.stat().st_size


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(text.encode())
    archive.addfile(entry, io.BytesIO(text.encode()))


def _database_copies(hub: Hub, work: Path) -> Iterator[tuple[str, Path]]:
    for name, place in _DATABASES.items():
        address = hub.database_url if name == "hub.sqlite" else hub.ledger_url
        if address:
            yield name.replace(".sqlite", ".dump"), _dump(address, work / name)
        elif (hub.directory / place).is_file():
            with closing(sqlite3.connect(hub.directory / place)) as source, \
                    closing(sqlite3.connect(work / name)) as copy:
                source.backup(copy)
            yield name, work / name


def _dump(address: str, path: Path) -> Path:
    """Return a copy of a database of PostgreSQL."""
    _postgres("pg_dump", "--format=custom", f"--file={path}", address=address)
    return path


def _postgres(program: str, *arguments: str, address: str) -> None:
    url = make_url(address)
    # The password travels in the environment of this one process, not on its command line.
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    done = subprocess.run([program, *arguments, f"--dbname={plain}"], env=environment,
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise StorageError("The database cannot be saved or restored",
                           received=done.stderr.strip()[-300:], allowed="a server that answers",
                           next_step=f"try {program} by hand")


def _worth_keeping(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    name = entry.name.removeprefix("files").lstrip("/")
    if name.startswith(_LEFT_OUT) or name.split("-")[0] in _DATABASES.values() or \
            name.endswith(".part") or not (entry.isfile() or entry.isdir() or entry.issym()):
        return None
    return entry


def restore(hub: Hub, path: Path) -> None:
    """Restore a hub from a file of `save`, where there is none.

    Owners are found by their names: accounts are made anew where this machine lacks them.

    Parameters
    ----------
    hub : Hub
    path : Path

    Raises
    ------
    InputError
        Where the file is not one of `save`.
    StorageError
        Where there is a hub already, or it is up.
    """
    if states(hub) or (hub.directory.exists() and any(hub.directory.iterdir())):
        raise StorageError("There is a hub already", received=str(hub.directory),
                           allowed="a folder that is empty or not there",
                           next_step="stop it and move its folder away, or set "
                                     "TWIN_HUB_DIRECTORY")
    aside = hub.directory.with_name(hub.directory.name + ".part")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        with tarfile.open(path) as archive:
            about = json.load(archive.extractfile("about.json"))
            if about["kind"] != _KIND:
                raise KeyError("kind")
            if os.geteuid() == 0:
                _make_accounts(archive, hub)
            for entry in archive:
                _check_place(entry)
                archive.extract(entry, aside)  # names of owners count, not their numbers
    except (KeyError, ValueError, tarfile.TarError) as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise InputError("The file is not a saved hub, or is damaged", received=f"{path}: {error}",
                         allowed="a file of python -m hub_config backup",
                         next_step="name another file") from error
    _put_databases(hub, aside)
    if hub.directory.exists():
        hub.directory.rmdir()
    os.replace(aside / "files", hub.directory)
    shutil.rmtree(aside)


def _check_place(entry: tarfile.TarInfo) -> None:
    """Refuse what would be written outside the folder, or is no file, folder or link."""
    name = Path(entry.name)
    if name.is_absolute() or ".." in name.parts or entry.islnk() or entry.isdev():
        raise ValueError(f"a name outside the folder, or no file: {entry.name}")


def _make_accounts(archive: tarfile.TarFile, hub: Hub) -> None:
    """Make the accounts and groups that own what is restored."""
    accounts.ensure_service_account(hub.service_account(), hub.twin_data)
    for entry in archive:
        if entry.gname.startswith("twinp-"):
            accounts.ensure_group(entry.gname.removeprefix("twinp-"))
        if entry.uname.startswith("twin-"):
            accounts.ensure_named_account(entry.uname, hub.directory)


def _put_databases(hub: Hub, aside: Path) -> None:
    for name, place in _DATABASES.items():
        copy, dump = aside / "databases" / name, aside / "databases" / (
            name.replace(".sqlite", ".dump"))
        target = aside / "files" / place
        if copy.is_file():
            target.parent.mkdir(exist_ok=True, mode=0o700)
            os.replace(copy, target)
            os.chmod(target, 0o600)
            if name == "ledger.sqlite":
                owner = target.parent.stat()
                os.chown(target, owner.st_uid, owner.st_gid)
        elif dump.is_file():
            address = hub.database_url if name == "hub.sqlite" else hub.ledger_url
            if address is None:
                raise InputError("The database was on a server", received=name,
                                 allowed="database_url and ledger_url of an empty database",
                                 next_step="set them in [hub], then restore again")
            _postgres("pg_restore", "--clean", "--if-exists", "--no-owner", str(dump),
                      address=address)
