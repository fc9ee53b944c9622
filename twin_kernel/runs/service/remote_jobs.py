"""dask-jobqueue's jobs, submitted and cancelled on a login node.

A connection may break after the scheduler took a job and before it said so. Each job therefore
has a name of its own, and is looked for under it before it is submitted again. Should the look
come too early, there are two jobs for one Dask worker: the scheduler of Dask takes the first of
a name and ends the other, and even two workers could not compute one run, since a lease is one
attempt's and the folder's lock one process's.
"""

from __future__ import annotations

import asyncio
import secrets
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Any

from dask_jobqueue.core import Job
from distributed.deploy.spec import ProcessInterface

from twin_kernel.errors import RunError, TwinError
from twin_kernel.runs.service.remote import LoginNode, Unreachable
from twin_kernel.settings import Profile, get_settings

__all__ = ["reached_by_ssh"]

_PAUSES = (2.0, 30.0)  # s, first and longest, between two tries
_FIND = {"slurm": ("squeue", "--noheader", "--format=%i", "--name={name}"),
         "pbs": ("qselect", "-N", "{name}")}


class _RemoteJob:
    """What a job of dask-jobqueue does elsewhere; mixed in before its class."""

    node: LoginNode
    find: tuple[str, ...]
    folder: Path
    trouble = ""
    # A function runs once its last line is read: a script that a broken connection cut short
    # starts nothing.
    _script_template = ("%(shebang)s\n\n%(job_header)s\ntwin_worker() {\n"
                        "%(job_script_prologue)s\n%(worker_command)s\n}\ntwin_worker\n")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options["job_name"] = f"twin-{secrets.token_hex(5)}"  # PBS takes 15 characters
        super().__init__(*arguments, **options)
        self._doubtful = False
        self._closing = asyncio.Event()
        self._submission: asyncio.Future | None = None

    async def start(self) -> None:
        """Have the job submitted, however long its login node is away."""
        self._submission = asyncio.ensure_future(self._submit_patiently())
        await ProcessInterface.start(self)

    async def close(self) -> None:
        """Take the job back; one that cannot be now ends when its worker finds nothing to do."""
        self._closing.set()
        if self._submission is not None:
            await self._submission
        try:
            if self.job_id is None and self._doubtful:
                self.job_id = await self._found()
            if self.job_id is not None:
                await self.node.call([*shlex.split(self.cancel_command), self.job_id])
        except Unreachable as error:
            print(f"job {self.job_id or self.job_name} is not cancelled: {error}", flush=True)
        except RunError:
            pass  # it has ended by itself
        await ProcessInterface.close(self)

    async def _submit_patiently(self) -> None:
        pause, longest = _PAUSES
        while not self._closing.is_set():
            try:
                self.job_id = await self._submit_once()
                type(self).trouble = ""
                return
            except Exception as error:  # whatever it is, the run waits and says so
                type(self).trouble = (str(error) if isinstance(error, TwinError)
                                      else f"{type(error).__name__}: {error}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), pause)
            pause = min(longest, 2.0 * pause)

    async def _submit_once(self) -> str:
        await self.node.check_shared(self.folder)
        if self._doubtful:
            already = await self._found()
            if already is not None:
                return already
        self._doubtful = True
        try:
            out = await self.node.call(shlex.split(self.submit_command), self.job_script())
        except Unreachable:
            raise
        except RunError:
            self._doubtful = False  # the scheduler itself said no
            raise
        # A login shell may greet before; the scheduler speaks last.
        return self._job_id_from_submit_output(out.strip().rpartition("\n")[2])

    async def _found(self) -> str | None:
        """Return the job that the scheduler has under this one's name."""
        words = [word.format(name=self.job_name) for word in self.find]
        return next(iter((await self.node.call(words)).split()), None)


def reached_by_ssh(job_class: type[Job], profile: Profile, folder: Path) -> type[Job]:
    """Return a job class of dask-jobqueue whose commands run on the profile's login node.

    Parameters
    ----------
    job_class : type of Job
    profile : Profile
        With ``ssh``.
    folder : Path
        Of the service, which the cluster must see.

    Raises
    ------
    RunError
        The data folder has another path there.
    """
    here = get_settings().data_directory
    if profile.ssh.data_directory != here:
        raise RunError(
            "A cluster that does not share the service's data folder is not served yet",
            received=f"{profile.ssh.data_directory} there, {here} here",
            allowed="one path, on a file system that both see",
            next_step="share the folder under one path, or work on the cluster itself: "
                      "docs/runs.md, 'A cluster elsewhere'")
    return type(f"Remote{job_class.__name__}", (_RemoteJob, job_class), {
        "node": LoginNode(profile.ssh), "find": _FIND[profile.cluster], "folder": folder})
