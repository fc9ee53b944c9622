"""Bringing the course's notebooks into a home folder, without losing what the person changed.

nbgitpuller does it: what the person changed is committed in their own copy, and what the course
changed is merged into it, theirs winning. A notebook is taken as one piece: merging lines of JSON
can leave a file that no longer opens. Who wants the course's version of a notebook again renames
or deletes their own: the next login brings it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from twin_kernel.settings import get_settings

__all__ = ["bring_course", "publish_course"]

_BRANCH = "main"
_PATIENCE = 1.5  # s that a server waits for the course; then it goes on arriving beside it
_LONGEST = "300"  # s
_AUTHOR = ("-c", "user.name=Estuary Twin", "-c", "user.email=course@estuary-twin.invalid")


def bring_course(folder: Path, repository: str | None) -> None:
    """Bring the course up to date in a home folder, as the person whose it is.

    It raises nothing and takes less than two seconds: without a network, or with a repository
    that is not there, the person works with what they have, and the log says so.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    repository : str or None
        Address or path of a git repository whose branch is "main"; None: copies of this
        installation's notebooks, where they are not there yet.
    """
    try:
        if repository is None:
            _copy_missing(get_settings().notebooks_directory, folder)
        elif folder.exists() and not (folder / ".git").exists():
            _say(f"{folder} is not a copy of the course; it is left as it is")
        else:
            _pull(folder, repository)
    except Exception as error:  # whatever it is, the person's server matters more
        _say(f"the course stays as it is: {type(error).__name__}: {error}")


def publish_course(notebooks: Path, repository: Path) -> None:
    """Make or update the git repository that people's copies follow, from a folder of notebooks.

    Parameters
    ----------
    notebooks : Path
    repository : Path
        Readable by everyone who shall have the course.

    Raises
    ------
    subprocess.CalledProcessError
        Where git refuses.
    """
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *_AUTHOR, *arguments], cwd=repository, check=True, text=True,
                              capture_output=True).stdout

    repository.mkdir(parents=True, exist_ok=True)
    if not (repository / ".git").exists():
        git("init", "--quiet", f"--initial-branch={_BRANCH}")
    for old in (one for one in repository.iterdir() if one.name != ".git"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    _copy_missing(notebooks, repository)
    git("add", "--all")
    if git("status", "--porcelain"):
        git("commit", "--quiet", "--message", "The notebooks of this installation")


def _copy_missing(notebooks: Path, folder: Path) -> None:
    for path in sorted(notebooks.rglob("*.ipynb")):
        target = folder / path.relative_to(notebooks)
        if ".ipynb_checkpoints" not in path.parts and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _pull(folder: Path, repository: str) -> None:
    """Start nbgitpuller, and wait for it as long as a person would."""
    place = Path(tempfile.mkdtemp(prefix="twin-course-"))
    (place / "attributes").write_text("*.ipynb -merge\n")
    # The course belongs to whoever keeps the hub: git asks to be told that this is meant.
    (place / "config").write_text(
        f'[include]\n\tpath = {Path.home() / ".gitconfig"}\n[safe]\n\tdirectory = "{repository}"\n'
        f'\tdirectory = "{repository}/.git"\n'
        f'[core]\n\tattributesFile = "{place / "attributes"}"\n')
    depth = "0" if Path(repository).exists() else "1"
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": str(place / "config"),
                   "GIT_TERMINAL_PROMPT": "0", "NBGITPULLER_DEPTH": depth}
    # A shell outlives this process, which becomes the server, and takes the folder away.
    command = ('timeout "$1" "$2" -c "from nbgitpuller.pull import main; main()" '
               '-- "$3" "$4" "$5" >&2; said=$?; rm -rf "$6"; exit $said')
    pull = subprocess.Popen(
        ["/bin/sh", "-c", command, "sh", _LONGEST, sys.executable, repository, _BRANCH,
         str(folder), str(place)],
        stdin=subprocess.DEVNULL, env=environment, cwd=folder.parent, start_new_session=True)
    with suppress(subprocess.TimeoutExpired):
        if pull.wait(_PATIENCE):
            _say(f"the course at {repository} did not come; what is there stays")
        return
    _say("the course is still arriving; the server does not wait for it")


def _say(what: str) -> None:
    print(f"course: {what}", file=sys.stderr, flush=True)
