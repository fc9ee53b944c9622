"""Accounts and folders of people and projects on this machine; only where the hub is root's.

Each person of the hub has an account of their own, whose name begins with ``twin-``: nobody
becomes root, or any other account of the machine, by choosing a name. A project is a group; its
folder belongs to the group, and what is made in it stays the group's.
"""

from __future__ import annotations

import grp
import hashlib
import math
import os
import pwd
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from twin_kernel.errors import InputError, StorageError

__all__ = ["account_name", "ensure_account", "ensure_group", "ensure_named_account",
           "ensure_project_folder", "ensure_service_account", "group_name", "limit_disk",
           "own_folder", "set_groups"]

_SYSTEM_PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
_PLAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,20}")


def account_name(person: str) -> str:
    """Return the account of a person of the hub.

    A name that an account cannot have (an address, a long one) is shortened, with a mark of its
    own, so that two people never share an account.
    """
    if _PLAIN.fullmatch(person):
        return f"twin-{person}"
    plain = re.sub(r"[^a-z0-9-]", "-", person.lower())[:12].strip("-")
    return f"twin-{plain}.{hashlib.sha256(person.encode()).hexdigest()[:8]}"


def group_name(project: str) -> str:
    """Return the group of a project: its name is short and plain already."""
    return f"twinp-{project}"


def ensure_service_account(name: str, home: Path) -> None:
    """Make the account that the services run under, without a shell."""
    _ensure_user(name, home, "/usr/sbin/nologin")


def ensure_account(person: str, home: Path) -> str:
    """Make a person's account and home folder, readable by nobody else.

    Parameters
    ----------
    person : str
    home : Path

    Returns
    -------
    str
        The account.

    Raises
    ------
    StorageError
        Where it cannot be made.
    """
    name = account_name(person)
    _ensure_user(name, home, "/bin/bash")
    user = pwd.getpwnam(name)
    own_folder(home, user.pw_uid, user.pw_gid, 0o700)
    return name


def ensure_named_account(name: str, home: Path) -> None:
    """Make a person's account again by its own name, as when a hub is restored."""
    _ensure_user(name, home, "/bin/bash")


def own_folder(path: Path, uid: int, gid: int, mode: int) -> None:
    """Make a folder with an owner and rights, or give those to one that is there.

    Raises
    ------
    StorageError
        Where something else is in its place: a link that somebody laid would be followed by root.
    """
    with suppress(FileExistsError):
        path.mkdir(parents=True, mode=0o700)
    descriptor = None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        os.fchown(descriptor, uid, gid)
        os.fchmod(descriptor, mode)
    except OSError as error:
        raise StorageError("The folder is not one, or cannot be given to its owner",
                           received=f"{path}: {error.strerror}", allowed="a folder, not a link",
                           next_step="move away what is there") from error
    finally:
        if descriptor is not None:
            os.close(descriptor)


def ensure_group(project: str) -> grp.struct_group:
    """Return the group of a project, made where it is not there."""
    name = group_name(project)
    try:
        return grp.getgrnam(name)
    except KeyError:
        _run("groupadd", "--force", name)
        return grp.getgrnam(name)


def ensure_project_folder(project: str, folder: Path, archived: bool) -> None:
    """Make a project's shared folder; that of an archived one can only be read."""
    group = ensure_group(project)
    own_folder(folder, 0, group.gr_gid, 0o2750 if archived else 0o2770)


def limit_disk(project: str, folder: Path, gigabytes: float | None) -> None:
    """Let the file system hold what a project's people keep in its folder to a size.

    All files there are of the project's group, so a quota of that group is what the folder takes.

    Parameters
    ----------
    project : str
    folder : Path
        Where projects lie.
    gigabytes : float or None
        Of 10^9 bytes; None takes a limit away.

    Raises
    ------
    InputError
        Where there is no such project.
    StorageError
        Where the file system keeps no quotas of groups.
    """
    name = group_name(project)
    try:
        grp.getgrnam(name)
    except KeyError:
        raise InputError("Unknown project, or nobody has opened it yet", received=project,
                         allowed="a project that has a folder",
                         next_step="make it on /services/projects/, and open its server once") \
            from None
    place = next(one for one in (folder, *folder.parents) if one.is_mount())
    blocks = str(math.ceil((gigabytes or 0.0) * 1e9 / 1024))
    program = shutil.which("setquota", path=_SYSTEM_PATH)
    done = None if program is None else subprocess.run(
        [program, "-g", name, blocks, blocks, "0", "0", str(place)], capture_output=True,
        text=True, check=False)
    # Where no quota can be set, none is there to be taken away.
    if gigabytes is not None and (done is None or done.returncode):
        raise StorageError("The file system does not hold a project to a size",
                           received=f"{place}: {done.stderr.strip() if done else 'no setquota'}",
                           allowed="a file system mounted with grpquota, and the package quota",
                           next_step="apt-get install quota, mount it with grpquota; or leave "
                                     "--disk-gigabytes out")


def set_groups(account: str, projects: list[str]) -> None:
    """Make an account a member of the groups of these projects, and of no other project's."""
    wanted = {ensure_group(project).gr_name for project in projects}
    now = {one.gr_name for one in grp.getgrall() if account in one.gr_mem}
    others = {name for name in now if not name.startswith("twinp-")}
    if now != wanted | others:
        _run("usermod", "--groups", ",".join(sorted(wanted | others)), account)


def _ensure_user(name: str, home: Path, shell: str) -> None:
    try:
        pwd.getpwnam(name)
    except KeyError:
        _run("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(home),
             "--shell", shell, "--badname", name)


def _run(*command: str) -> None:
    program = shutil.which(command[0], path=_SYSTEM_PATH)
    if program is None:
        raise StorageError("An account cannot be made", received=f"no program {command[0]}",
                           allowed="a machine with the programs of the package passwd",
                           next_step="apt-get install passwd")
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 9):  # 9: another start made it at the same instant
        raise StorageError("An account cannot be made or changed",
                           received=f"{' '.join(command)}: {done.stderr.strip()}",
                           allowed="a hub run by root on a machine with local accounts",
                           next_step="look at the hub's log, then start the server again")
