"""Jobs that end before their Dask worker comes up: Dask takes them for still in the queue.

A job cancelled while it waits, a node that fails at its start, a queue restarted from an old state:
dask-jobqueue is not told, its cluster has as many jobs as it wants, and the run would wait for
ever. The queue itself is asked, therefore, for as long as a job's worker is awaited.
"""

from __future__ import annotations

import os
import pwd
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from dask_jobqueue import JobQueueCluster

__all__ = ["LIST_JOBS", "LostJobs", "of_scheduler"]

LIST_JOBS = {"slurm": ("squeue", "--noheader", "--format=%i", "--user={user}"),
             "pbs": ("qselect", "-u", "{user}")}
"""What lists a person's jobs that have not ended, by scheduler; the others are not asked."""
_LOOK_SECONDS = 10.0
_LOOKS = 2  # without the job, before it is believed: a worker that ends is still being told


class LostJobs:
    """Makes a cluster submit again the jobs that ended before their worker came.

    Parameters
    ----------
    cluster : JobQueueCluster
    listed : callable returning an awaitable of str
        What the queue prints of the jobs it holds, one a line that begins with its number.
    """

    def __init__(self, cluster: JobQueueCluster, listed: Callable[[], Awaitable[str]]) -> None:
        self._cluster, self._listed = cluster, listed
        self._missed: Counter[str] = Counter()

    def watch(self) -> None:
        """Look every ten seconds, in the loop of the cluster, until it closes."""
        from tornado.ioloop import PeriodicCallback

        callback = PeriodicCallback(self._look, 1000.0 * _LOOK_SECONDS)
        self._stop = callback.stop
        self._cluster.loop.add_callback(callback.start)

    async def _look(self) -> None:
        if self._cluster.status.name != "running":
            self._stop()
            return
        try:
            await self.look()
        except Exception as error:  # a queue that does not answer has lost nothing
            print(f"the queue does not list its jobs: {type(error).__name__}: {error}", flush=True)

    async def look(self) -> list[str]:
        """Ask the queue once; return the jobs given up, which adaptivity then submits anew."""
        awaited = self._awaited()
        if not awaited:
            self._missed.clear()
            return []
        held = set(re.findall(r"^\s*(\d+)", await self._listed(), re.MULTILINE))
        # Of jobs awaited before the queue was asked and after: one may have come meanwhile.
        missing = {job: name for job, name in self._awaited().items()
                   if awaited.get(job) == name and job not in held}
        self._missed = Counter({job: self._missed[job] + 1 for job in missing})
        lost = [job for job, looks in self._missed.items() if looks >= _LOOKS]
        for job in lost:
            print(f"job {job} ended before its worker came: it is submitted again", flush=True)
            del self._missed[job]
            # Taken back too: were the list wrong, the queue would fill with one more each time.
            with suppress(ProcessLookupError):
                await self._cluster.workers.pop(missing[job]).close()
        return lost

    def _awaited(self) -> dict[str, str]:
        """Return the names of the jobs whose worker has not come, by number."""
        arrived = self._cluster.observed
        return {str(job.job_id): name for name, job in self._cluster.workers.items()
                if name not in arrived and job.job_id is not None}


def of_scheduler(cluster: JobQueueCluster, scheduler: str) -> LostJobs | None:
    """Return what watches a cluster; None for a scheduler whose list of jobs is not known."""
    if scheduler == "local":
        return LostJobs(cluster, lambda: _processes(cluster))
    if scheduler not in LIST_JOBS:
        return None
    node = getattr(cluster.job_cls, "node", None)
    # Not of LOGNAME, which may say another's: jobs belong to whom this process runs as.
    user = pwd.getpwuid(os.getuid()).pw_name if node is None else node.ssh.user
    words = [word.format(user=user) for word in LIST_JOBS[scheduler]]
    call = cluster.job_cls._call if node is None else node.call
    return LostJobs(cluster, lambda: call(words))


async def _processes(cluster: JobQueueCluster) -> str:
    """Return the numbers of the workers' processes that live; each is the number of its job."""
    return "\n".join(str(job.job_id) for job in list(cluster.workers.values())
                     if job.job_id and psutil.pid_exists(int(job.job_id)))
