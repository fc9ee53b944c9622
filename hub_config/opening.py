"""The first steps of a server, under the person's account: shared folders, course, then Jupyter.

``python -m hub_config.opening jupyterhub-singleuser ...``. Nothing here may keep a server from
starting: what does not work is said in its log.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["main", "show_projects"]


def show_projects(home: Path, folders: dict[str, str]) -> None:
    """Show the shared folders of projects in a home folder, as links in ``projects``.

    Parameters
    ----------
    home : Path
    folders : dict of str to str
        Shared folder of each project; links of the hub's to others are taken away.
    """
    place = home / "projects"
    place.mkdir(exist_ok=True)
    for link in place.iterdir():
        if link.is_symlink() and link.name not in folders:
            link.unlink()
    for name, target in folders.items():
        with suppress(FileExistsError):
            (place / name).symlink_to(target)


def main(command: list[str]) -> None:
    """Make ready, then become the server.

    Parameters
    ----------
    command : list of str
        The server's program and its arguments.
    """
    try:
        if not os.environ.get("TWIN_PROJECT"):
            home = Path.home()
            show_projects(home, json.loads(os.environ.get("TWIN_PROJECT_FOLDERS") or "{}"))
            from hub_config.clusters import cluster_environment
            from hub_config.course import bring_course

            os.environ.update(cluster_environment(
                home / ".config" / "estuary-twin" / "dask",
                os.environ["JUPYTERHUB_SERVICE_PREFIX"]))

            bring_course(home / "estuary-twin", os.environ.get("TWIN_COURSE") or None)
    except Exception as error:  # whatever it is, the person's server matters more
        print(f"The home folder is not made ready: {error}", file=sys.stderr, flush=True)
    for name in ("TWIN_PROJECT_FOLDERS", "TWIN_COURSE"):
        os.environ.pop(name, None)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
