"""How a person's server starts: its account, its folders, its limits, its environment."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import os
import pwd
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyterhub.spawner import LocalProcessSpawner, SimpleLocalProcessSpawner, set_user_setuid
from tornado import web

from hub_config import accounts
from hub_config.installation import Hub, get_hub
from hub_config.pinning import kernel_folders
from hub_config.ports import next_port
from hub_config.profiles import allowed_profiles, check_profile, options_form
from hub_config.project_names import is_project_group, project_of_server
from twin_kernel.errors import InputError

__all__ = ["AccountSpawner", "SharedAccountSpawner", "choose_server", "form_of", "prepare"]


class _OneProcess:
    """A server that is a process of this machine.

    Its words go to a file of its own, as it outlives the hub that started it.
    """

    def _open_log(self) -> Any:
        folder = get_hub().directory / "logs" / "servers"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{self.user.escaped_name}.log"
        if path.is_file() and path.stat().st_size > 5e6:
            os.replace(path, path.with_suffix(".old.log"))
        return path.open("ab")

    async def start(self) -> tuple[str, int]:
        """Start the server."""
        with self._open_log() as log:
            self.popen_kwargs = {"stdout": log, "stderr": log,
                                 "stdin": asyncio.subprocess.DEVNULL,
                                 "cwd": own_home(self.user.name, get_hub())}
            self.port = next_port(get_hub().ports())
            return await super().start()

    def _limit(self) -> Callable[[], None]:
        """Return what holds a new process, and all that it starts, to its profile.

        Memory is held for each process, not for their sum: whatever grows beyond it gets a
        MemoryError, and the machine lives. Cores are those that it may be put on; people are
        spread over them by their names.
        """
        memory, cores = int(self.mem_limit or 0), math.ceil(self.cpu_limit or 0)
        here = sorted(os.sched_getaffinity(0))
        first = int(hashlib.sha256(self.user.name.encode()).hexdigest(), 16) % len(here)
        mine = (here[first:] + here[:first])[:cores or None]

        def hold() -> None:
            if memory:
                resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
            os.sched_setaffinity(0, mine)

        return hold


class AccountSpawner(_OneProcess, LocalProcessSpawner):
    """A process of this machine under an account of the person's own."""

    def make_preexec_fn(self, name: str) -> Any:
        """Become the person's account; keep what it makes from everybody but its groups."""
        hold, become = self._limit(), set_user_setuid(accounts.account_name(name), chdir=False)

        def before() -> None:
            os.umask(0o007)
            hold()
            become()

        return before

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Return the environment with the person's home folder."""
        user = pwd.getpwnam(accounts.account_name(self.user.name))
        home = own_home(self.user.name, get_hub())
        return {**env, "USER": user.pw_name, "HOME": str(home), "SHELL": user.pw_shell}


class SharedAccountSpawner(_OneProcess, SimpleLocalProcessSpawner):
    """A process under the account that runs the hub: to try it out, without separation."""

    def make_preexec_fn(self, name: str) -> Any:
        """Hold it to its limits; the folders are made before."""
        return self._limit()

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Return the environment with a home folder for each person."""
        home = home_of(self.user.name, get_hub())
        return {**env, "USER": self.user.name, "HOME": str(home), "SHELL": "/bin/bash"}


def form_of(spawner: Any) -> str:
    """Return the form of the servers that a person may choose from."""
    return options_form(allowed_profiles(get_hub().profiles, _groups(spawner),
                                         spawner.user.admin))


def _groups(spawner: Any) -> list[str]:
    return [group.name for group in spawner.user.groups]


def choose_server(form: dict[str, list[str]]) -> dict[str, str]:
    """Return what the form says."""
    return {"profile": form["profile"][0]} if form.get("profile") else {}


async def prepare(spawner: Any) -> None:
    """Make ready what a server needs: the hook that JupyterHub calls before each start.

    Raises
    ------
    tornado.web.HTTPError
        403 where the person may not have this kind of server.
    """
    hub = get_hub()
    try:
        name, profile = check_profile(spawner.user_options.get("profile"), hub.profiles,
                                      _groups(spawner), spawner.user.admin)
    except InputError as error:
        raise web.HTTPError(403, str(error)) from None
    spawner.log.info("Server of %s: %s", spawner.user.name, name)
    spawner.mem_limit, spawner.cpu_limit = profile.memory, profile.cores
    person, shared = spawner.user.name, project_of_server(spawner.user.name)
    projects = {group.name: bool((group.properties or {}).get("archived"))
                for group in spawner.user.groups if is_project_group(group)}
    if shared is not None:
        projects = {shared: projects.get(shared, False)}
        spawner.default_url = "/lab"
        # There, and only there, people see each other type.
        spawner.args = [one for one in spawner.args if "disable_rtc" not in one]
    if profile.spawner == "account":  # other spawners are made with their options
        for trait, value in profile.options.items():
            setattr(spawner, trait, value)
    home = home_of(person, hub)
    spawner.notebook_dir = str(home)
    spawner.environment = {**spawner.environment, **_environment(person, list(projects), hub)}
    if profile.spawner == "account":  # others bring accounts and folders of their own
        await asyncio.to_thread(_make_places, person, projects, hub)


def home_of(person: str, hub: Hub) -> Path:
    """Return the folder a server opens: a person's home, or a project's shared folder."""
    project = project_of_server(person)
    if project is not None:
        return hub.projects_directory / project
    return hub.people_directory / accounts.account_name(person).removeprefix("twin-")


def own_home(person: str, hub: Hub) -> Path:
    """Return the home folder of an account; that of a project's server is not the shared folder."""
    project = project_of_server(person)
    return home_of(person, hub) if project is None else hub.directory / "servers" / project


def runtime_of(person: str, hub: Hub) -> Path:
    """Return where a server's kernels listen: a socket's whole path has 107 characters at most."""
    if os.geteuid() == 0:
        base = Path("/run/estuary-twin")
    else:
        base = Path(os.environ.get("XDG_RUNTIME_DIR") or Path.home() / ".cache") / "twin"
    return base / str(hub.first_port) / hashlib.sha256(person.encode()).hexdigest()[:16]


def _environment(person: str, projects: list[str], hub: Hub) -> dict[str, str]:
    return {
        "TWIN_RUNS_URL": f"http://127.0.0.1:{hub.port('runs')}/services/runs",
        "TWIN_PROJECT": project_of_server(person) or "",
        "TWIN_PROJECT_FOLDERS": json.dumps(
            {name: str(hub.projects_directory / name) for name in projects}),
        "TWIN_COURSE": hub.course,
        "JUPYTER_PATH": kernel_folders(hub, projects),
        "JUPYTER_RUNTIME_DIR": str(runtime_of(person, hub)),
        "PATH": f"{Path(sys.prefix) / 'bin'}:/usr/local/bin:/usr/bin:/bin",
    }


def _make_places(person: str, projects: dict[str, bool], hub: Hub) -> None:
    """Make the account, the groups and the folders of a person or of a project's server."""
    home, runtime = home_of(person, hub), runtime_of(person, hub)
    if hub.shared_accounts:
        shared = (hub.projects_directory / name for name in projects)
        for folder in (home, own_home(person, hub), *shared):
            folder.mkdir(parents=True, exist_ok=True)
        runtime.mkdir(parents=True, exist_ok=True, mode=0o700)
        return
    account_home = own_home(person, hub)
    for parent in (hub.people_directory, hub.projects_directory, account_home.parent,
                   runtime.parent.parent, runtime.parent):
        accounts.own_folder(parent, 0, 0, 0o711)
    account = accounts.ensure_account(person, account_home)
    user = pwd.getpwnam(account)
    accounts.own_folder(runtime, user.pw_uid, user.pw_gid, 0o700)
    for name, archived in projects.items():
        accounts.ensure_project_folder(name, hub.projects_directory / name, archived)
    accounts.set_groups(account, list(projects))
