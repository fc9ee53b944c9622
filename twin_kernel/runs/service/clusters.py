"""The door on dask-jobqueue: one adaptive cluster for each profile and shape of job."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin_kernel.runs.execute import Attempt, execute
from twin_kernel.runs.service.lost_jobs import of_scheduler
from twin_kernel.settings import Profile

if TYPE_CHECKING:
    from dask_jobqueue import JobQueueCluster
    from distributed import Client, Future

__all__ = ["Clusters", "Shape", "make_cluster"]

_CLASSES = {"slurm": "SLURMCluster", "pbs": "PBSCluster", "sge": "SGECluster",
            "lsf": "LSFCluster", "oar": "OARCluster", "moab": "MoabCluster",
            "htcondor": "HTCondorCluster"}
_IDLE_SECONDS = 120.0
# A lost worker never comes back, so it is replaced at once, and what it computed is not given to
# another worker unasked: the service decides, under a new lease. A worker waits for its scheduler.
_DASK = {"distributed.comm.timeouts.connect": "30s", "distributed.comm.timeouts.tcp": "60s",
         "distributed.deploy.lost-worker-timeout": "1s", "distributed.worker.daemon": False,
         "distributed.scheduler.allowed-failures": 0,
         "distributed.scheduler.work-stealing": False,
         "distributed.scheduler.worker-saturation": 1.0,
         "distributed.scheduler.unknown-task-duration": "1h",
         # The solver is a process beside the worker: the worker's own memory says nothing.
         "distributed.worker.memory.target": False, "distributed.worker.memory.spill": False,
         "distributed.worker.memory.pause": False, "distributed.worker.memory.terminate": False}


@dataclass(frozen=True)
class Shape:
    """The job that a run needs.

    Attributes
    ----------
    profile : str
    cores : int
    parallelism : str
        "threads" on one node, or "mpi" on one or more.
    """

    profile: str
    cores: int
    parallelism: str = "threads"


@dataclass
class _Open:
    cluster: JobQueueCluster
    client: Client
    used: float = field(default_factory=time.monotonic)


def make_cluster(profile: Profile, shape: Shape, log_directory: Path) -> JobQueueCluster:
    """Return a cluster of one-run workers; the caller closes it.

    It must be called in the main thread of a process of its own: importing dask-jobqueue
    replaces the handler of SIGINT.
    """
    import dask

    dask.config.set(_DASK)
    import dask_jobqueue

    common: dict[str, Any] = {
        "cores": 1, "processes": 1, "memory": profile.memory, "nanny": False,
        "job_name": "twin", "log_directory": str(log_directory),
        "local_directory": str(log_directory),
        "death_timeout": 60, "job_script_prologue": list(profile.prologue), **profile.options,
        # Its pages tell folders and leases to whoever asks: they stay on this machine.
        "scheduler_options": {"dashboard": False, "dashboard_address": "127.0.0.1:0",
                              **profile.options.get("scheduler_options", {})}}
    if profile.interface is not None:
        common["interface"] = profile.interface
    if profile.cluster == "local":
        from twin_kernel.runs.service.local_jobs import DetachedLocalCluster

        return DetachedLocalCluster(**common)
    lifetime = max(1, math.ceil(profile.walltime_seconds - profile.stop_before))
    common.update(queue=profile.queue, walltime=profile.walltime,
                  worker_extra_args=["--lifetime", f"{lifetime}s"])
    made = getattr(dask_jobqueue, _CLASSES[profile.cluster])
    if profile.ssh is not None:
        from twin_kernel.runs.service.remote_jobs import reached_by_ssh

        # Whoever reaches an open Dask scheduler runs what they like under its account: between
        # two places, only workers with a certificate of this service's are let in.
        common = {"security": True, "shared_temp_directory": str(log_directory), **common,
                  "job_cls": reached_by_ssh(made.job_cls, profile, log_directory)}
    return made(**{**common, **_directives(profile, shape)})


def _directives(profile: Profile, shape: Shape) -> dict[str, Any]:
    """Return what asks a scheduler for the cores of a run."""
    extra = list(profile.extra)
    if profile.cluster != "slurm":
        return {"job_extra_directives": extra, **(
            {"resource_spec": f"select=1:ncpus={shape.cores}"}
            if profile.cluster == "pbs" and "resource_spec" not in profile.options else {})}
    extra.append("--no-requeue")  # the service asks again, under a new lease
    if shape.parallelism != "mpi":
        return {"job_cpu": shape.cores, "job_extra_directives": extra}
    nodes = math.ceil(shape.cores / (profile.cores_per_node or shape.cores))
    return {"job_cpu": shape.cores, "job_directives_skip": ["-n 1", "--cpus-per-task"],
            "job_extra_directives": [*extra, f"--nodes={nodes}", f"--ntasks={shape.cores}",
                                     "--cpus-per-task=1"]}


class Clusters:
    """The clusters that are open, by shape of job.

    Parameters
    ----------
    profiles : dict of str to Profile
    log_directory : Path
        For the job scripts' output.
    """

    def __init__(self, profiles: dict[str, Profile], log_directory: Path) -> None:
        self._profiles, self._logs = profiles, log_directory
        self._open: dict[Shape, _Open] = {}

    def submit(self, shape: Shape, attempt: Attempt) -> Future:
        """Hand an attempt to a worker of that shape."""
        one = self._open.get(shape) or self._start(shape)
        one.used = time.monotonic()
        return one.client.submit(execute, attempt, key=attempt.token, pure=False, retries=0)

    def _start(self, shape: Shape) -> _Open:
        from distributed import Client

        profile = self._profiles[shape.profile]
        self._logs.mkdir(parents=True, exist_ok=True)
        cluster = make_cluster(profile, shape, self._logs)
        most = max(1, profile.total_cores // shape.cores)
        # Every run that waits gets a job at once: the queue before this has chosen it.
        cluster.adapt(minimum_jobs=0, maximum_jobs=most, interval="500ms", wait_count=20,
                      target_duration="100ms")
        lost_jobs = of_scheduler(cluster, profile.cluster)
        if lost_jobs is not None:
            lost_jobs.watch()
        self._open[shape] = _Open(cluster, Client(cluster))
        return self._open[shape]

    def close_idle(self, busy: set[Shape]) -> None:
        """Close clusters that no run has used for two minutes."""
        for shape in busy & set(self._open):
            self._open[shape].used = time.monotonic()
        for shape, one in list(self._open.items()):
            if time.monotonic() - one.used > _IDLE_SECONDS:
                self.forget(shape)

    def forget(self, shape: Shape) -> None:
        """Close one cluster with its jobs, or what is left of it."""
        one = self._open.pop(shape, None)
        if one is not None:
            for part in (one.client, one.cluster):
                try:
                    part.close(timeout=5)
                except Exception as error:  # half of it may be gone; the rest must go on
                    print(f"closing {shape}: {type(error).__name__}: {error}", flush=True)

    def healthy(self, shape: Shape) -> bool:
        """Tell whether a shape's cluster still answers and still adapts."""
        one = self._open.get(shape)
        if one is None or one.cluster.status.name != "running":
            return False
        adaptive = getattr(one.cluster, "_adaptive", None)
        callback = getattr(adaptive, "periodic_callback", None)
        return callback is not None and callback.is_running()

    def trouble(self, shape: Shape) -> str:
        """Return what keeps the jobs of a shape from being submitted; empty where nothing does."""
        one = self._open.get(shape)
        return "" if one is None else getattr(one.cluster.job_cls, "trouble", "")

    def workers(self, shape: Shape) -> int:
        """Return how many workers of a shape have come up."""
        one = self._open.get(shape)
        return 0 if one is None else len(one.cluster.scheduler_info["workers"])

    def close(self) -> None:
        """Close every cluster with its jobs."""
        for shape in list(self._open):
            self.forget(shape)
