"""Saving a hub whole and restoring it: people, projects, runs, secrets, folders."""

from __future__ import annotations

import errno
import grp
import gzip
import io
import json
import os
import pwd
import shutil
import sqlite3
import stat
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

from sqlalchemy.engine import make_url

from hub_config import accounts
from hub_config.installation import Hub
from hub_config.supervision import states
from twin_kernel.errors import InputError, StorageError

__all__ = ["restore", "save"]

_KIND = "estuary-twin-hub"
_CHUNK = 1 << 20
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
            _add_files(archive, hub.directory)
            file.flush()
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StorageError("The hub cannot be saved", received=f"{path}: {error}",
                           allowed="a file on a disk with space, by the hub's account",
                           next_step="choose another place") from error
    return path.stat().st_size


def _add_files(archive: tarfile.TarFile, folder: Path) -> None:
    """Add what is worth keeping; what people take away meanwhile is left out.

    Everything is opened beneath the folder it was found in, and no link is followed: root reads
    here what people may change under its hands.
    """
    for parent, folders, files, descriptor in os.fwalk(folder):
        inside = Path(parent).relative_to(folder)
        archive.addfile(_entry(archive, descriptor, inside))
        for name in sorted(files + folders):
            if not _worth_keeping(str(inside / name)):
                if name in folders:
                    folders.remove(name)
                continue
            with suppress(FileNotFoundError):
                kind = os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode
                if stat.S_ISLNK(kind):
                    _add_link(archive, name, descriptor, inside / name)
                elif stat.S_ISREG(kind):
                    _add_file(archive, name, descriptor, inside / name)


def _entry(archive: tarfile.TarFile, descriptor: int, name: Path) -> tarfile.TarInfo:
    # Each name of a file that has several is a file of its own: nothing depends on their order.
    archive.inodes.clear()
    opened = SimpleNamespace(fileno=lambda: descriptor, name=str(name))
    return archive.gettarinfo(arcname=str("files" / name), fileobj=opened)


def _add_file(archive: tarfile.TarFile, name: str, parent: int, kept: Path) -> None:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link by now
            return
        raise
    with os.fdopen(descriptor, "rb") as content:
        entry = _entry(archive, descriptor, kept)
        if entry.isfile():
            archive.addfile(entry, content)


def _add_link(archive: tarfile.TarFile, name: str, parent: int, kept: Path) -> None:
    told = os.stat(name, dir_fd=parent, follow_symlinks=False)
    entry = tarfile.TarInfo(str("files" / kept))
    entry.type, entry.linkname = tarfile.SYMTYPE, os.readlink(name, dir_fd=parent)
    entry.uid, entry.gid, entry.mtime = told.st_uid, told.st_gid, told.st_mtime
    with suppress(KeyError):
        entry.uname = pwd.getpwuid(told.st_uid).pw_name
        entry.gname = grp.getgrgid(told.st_gid).gr_name
    archive.addfile(entry)


def _worth_keeping(name: str) -> bool:
    """Return whether a file or folder, named from the hub's folder, is kept as it is."""
    first = name.split("-")[0]
    return not (any(name == out or name.startswith(f"{out}/") for out in _LEFT_OUT)
                or first in _DATABASES.values() or name.endswith(".part"))


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
        _read_through(path)
        with tarfile.open(path, "r:gz") as archive:
            _check(archive)
            if os.geteuid() == 0:
                _make_accounts(archive, hub)
            for entry in archive:
                archive.extract(entry, aside)  # names of owners count, not their numbers
        _put_databases(hub, aside)
        if hub.directory.exists():
            hub.directory.rmdir()
        os.replace(aside / "files", hub.directory)
    except (KeyError, TypeError, ValueError, AttributeError, EOFError, zlib.error,
            gzip.BadGzipFile, tarfile.TarError) as error:
        raise InputError("The file is not a saved hub, or is damaged", received=f"{path}: {error}",
                         allowed="a file of python -m hub_config backup",
                         next_step="name another file") from error
    except OSError as error:
        raise StorageError("The hub cannot be restored", received=f"{path}: {error}",
                           allowed="a file that is there, and a disk with room for what it holds",
                           next_step="nothing was restored: try again") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _read_through(path: Path) -> None:
    """Read a compressed file to its end, where its checksum is; what differs raises."""
    with gzip.open(path) as content:
        while content.read(_CHUNK):
            pass


def _check(archive: tarfile.TarFile) -> None:
    """Read all of a file, and refuse one that is no saved hub or would write elsewhere.

    Nothing is written and no account is made before all of it was looked at.
    """
    if json.load(archive.extractfile("about.json"))["kind"] != _KIND:
        raise ValueError("it is of another kind")
    links: set[str] = set()
    for entry in archive:
        place = PurePosixPath(entry.name)
        if place.parts[0] not in ("about.json", "databases", "files") or ".." in place.parts:
            raise ValueError(f"a name outside the folder: {entry.name}")
        if not (entry.isfile() or entry.isdir() or entry.issym()):
            raise ValueError(f"neither a file, a folder nor a symbolic link: {entry.name}")
        # What lies below a link would be written where the link points.
        if any(str(parent) in links for parent in place.parents) or str(place) in links:
            raise ValueError(f"a name below a link: {entry.name}")
        if entry.issym():
            links.add(str(place))


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
