"""dask-jobqueue's local cluster, made to outlive the process that starts its jobs."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

from dask_jobqueue.local import LocalCluster, LocalJob

__all__ = ["DetachedLocalCluster"]


class _DetachedJob(LocalJob):
    """A worker in a session of its own that writes to a file.

    The class it derives from reads the worker's messages from a pipe, which nobody empties once
    the worker has started and which breaks with the service.
    """

    async def _submit_job(self, script_filename: str) -> str:
        words = Path(script_filename).read_text(encoding="utf-8").strip().split()
        place = Path(self.log_directory or ".") / "local-workers.log"
        with place.open("ab") as log:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT, start_new_session=True)
        # Waited for in a thread: a worker that ends is not left a zombie.
        asyncio.get_running_loop().run_in_executor(None, process.wait)
        return str(process.pid)

    def _job_id_from_submit_output(self, out: str) -> str:
        return out


class DetachedLocalCluster(LocalCluster):
    """A local cluster whose workers do not depend on the process that asked for them."""

    job_cls = _DetachedJob
