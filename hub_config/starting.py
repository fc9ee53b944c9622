"""Making an installation ready to start: folders, secrets, accounts, the first administrator."""

from __future__ import annotations

import os
import pwd
import secrets
import stat
import subprocess
import sys
from pathlib import Path

import bcrypt
from sqlalchemy import create_engine, inspect, text

from hub_config import accounts
from hub_config.compiling import copy_compiled
from hub_config.course import publish_course
from hub_config.installation import SERVICES, Hub, service_token
from twin_kernel.errors import InputError, StorageError
from twin_kernel.settings import get_settings

__all__ = ["FIRST_PERSON", "add_person", "check_reachable", "make_ready"]

FIRST_PERSON = "admin"


def make_ready(hub: Hub) -> str | None:
    """Make what an installation needs and does not have yet; what it has stays.

    Parameters
    ----------
    hub : Hub

    Returns
    -------
    str or None
        Password of the first administrator where it was made now.

    Raises
    ------
    StorageError
    """
    separate = os.geteuid() == 0
    if separate:
        check_reachable(Path(sys.executable))
        hub.directory.mkdir(parents=True, exist_ok=True, mode=0o711)
        accounts.ensure_service_account(hub.service_account(), hub.twin_data)
    account = pwd.getpwnam(hub.service_account())
    root = os.geteuid(), os.getegid()
    for folder, owner, mode in (
            (hub.directory, root, 0o711), (hub.directory / "hub", root, 0o700),
            (hub.directory / "secrets", root, 0o711), (hub.directory / "logs", root, 0o700),
            (hub.twin_data, (account.pw_uid, account.pw_gid), 0o700)):
        accounts.own_folder(folder, *owner, mode)
    copy_compiled(hub.twin_data / "compiled", account.pw_uid, account.pw_gid)
    for name in ("proxy", "culler", *SERVICES):
        service_token(name, hub)
        if separate and name != "proxy":
            path = hub.directory / "secrets" / f"{name}.token"
            os.chown(path, account.pw_uid, account.pw_gid)
    _cookie_secret(hub.directory / "secrets" / "cookie")
    if hub.course_repository is None:
        os.umask(0o022)  # people read it under accounts of their own
        publish_course(get_settings().notebooks_directory, hub.directory / "course")
    return _first_administrator(hub) if hub.layer == "local" else None


def _cookie_secret(path: Path) -> None:
    if not path.is_file():
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))


def check_reachable(program: Path) -> None:
    """Refuse an environment that people's accounts cannot enter.

    Raises
    ------
    StorageError
    """
    for path in {*program.parents, *program.resolve().parents}:
        if not path.stat().st_mode & stat.S_IXOTH:
            raise StorageError(
                "People's accounts cannot run the environment of the hub",
                received=f"{path} is closed to others ({program})",
                allowed="an environment and a Python that everybody may read",
                next_step="make hub as root makes one in /opt/estuary-twin")


def _people(hub: Hub):
    """Return a session on the hub's database, made where it is not there."""
    import jupyterhub.orm
    from nativeauthenticator.orm import UserInfo

    session = jupyterhub.orm.new_session_factory(hub.database)()
    UserInfo.__table__.create(session.get_bind(), checkfirst=True)
    return session, UserInfo


def _first_administrator(hub: Hub) -> str | None:
    if _has_people(hub):
        return None
    password = secrets.token_urlsafe(12)
    # In a process of its own: what the hub's migrations print is nothing that people need to read.
    subprocess.run([sys.executable, "-m", "hub_config", "person", FIRST_PERSON, "--password", "-"],
                   input=password, text=True, capture_output=True, check=True,
                   env={**os.environ, "TWIN_HUB_DIRECTORY": str(hub.directory)})
    path = hub.directory / "hub" / "first_password"
    descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password + "\n")
    return password


def _has_people(hub: Hub) -> bool:
    engine = create_engine(hub.database)
    with engine.connect() as connection:
        if not inspect(connection).has_table("users_info"):
            return False
        return connection.execute(text("SELECT 1 FROM users_info LIMIT 1")).first() is not None


def add_person(hub: Hub, name: str, password: str) -> bool:
    """Let somebody in on the local layer, or give them another password; tell whether they are new.

    Raises
    ------
    InputError
        Where the name or the password is refused.
    """
    from hub_config.layers.every_hub import NAME_PATTERN
    from hub_config.project_names import project_of_server

    if not NAME_PATTERN.fullmatch(name) or project_of_server(name) is not None:
        raise InputError("The name is refused", received=repr(name[:80]),
                         allowed="1 to 64 of a-z, 0-9, . _ @ -, not beginning with project-",
                         next_step="write it in lower case")
    if len(password) < 10:
        raise InputError("The password is too short", received=f"{len(password)} characters",
                         allowed="10 or more", next_step="give a longer one")
    secret = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt())
    session, people = _people(hub)
    with session:
        known = people.find(session, name)
        if known is None:
            session.add(people(username=name, password=secret, is_authorized=True))
        else:
            known.password, known.is_authorized = secret, True
        session.commit()
    return known is None


def set_quota(hub: Hub, project: str, **limits: float | None) -> None:
    """Set what a project may use: disk as root, then the ledger as the account that keeps it.

    Parameters
    ----------
    hub : Hub
    project : str
    **limits : float or None
        ``core_hours``, ``disk_gigabytes``; None for no limit. What is left out stays.

    Raises
    ------
    InputError, RunError
        Where it is refused.
    StorageError
        Where the file system cannot hold a project to a size; then nothing is changed.
    """
    from twin_kernel.runs.ledger import open_ledger
    from twin_kernel.runs.ledger.projects import Projects

    if not hub.ledger_url and not (hub.twin_data / "ledger.sqlite").is_file():
        raise StorageError("There is no hub here, or it has never been up",
                           received=str(hub.directory), allowed="the folder of a hub",
                           next_step="set TWIN_HUB_DIRECTORY to it")
    if os.geteuid() != 0 and limits.get("disk_gigabytes") is not None:
        raise InputError("Only root holds a project to a size",
                         received=f"{limits['disk_gigabytes']:g} GB",
                         allowed="a hub started by root", next_step="leave --disk-gigabytes out")
    if os.geteuid() == 0:
        if "disk_gigabytes" in limits:
            accounts.limit_disk(project, hub.projects_directory, limits["disk_gigabytes"])
        # Files that root makes beside the ledger would lock its keeper out.
        account = pwd.getpwnam(hub.service_account())
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    ledger = open_ledger(hub.ledger_url or hub.twin_data / "ledger.sqlite")
    Projects(ledger).set_quota(project, **limits)
