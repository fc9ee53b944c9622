"""The door on dask-jobqueue: one cluster for a profile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from twin_kernel.errors import InputError
from twin_kernel.settings import Profile, get_settings

if TYPE_CHECKING:
    from dask_jobqueue import JobQueueCluster

__all__ = ["check_cores", "get_profile", "make_cluster"]


def get_profile(name: str) -> Profile:
    """Return a profile of the settings.

    Raises
    ------
    InputError
        Unknown profile.
    """
    profiles = get_settings().profiles
    if name not in profiles:
        raise InputError("Unknown profile", received=name, allowed=", ".join(profiles),
                         next_step="describe it in the file named by TWIN_SETTINGS_FILE")
    return profiles[name]


def check_cores(cores: int, profile_name: str, solver_limit: int | None, solver: str) -> None:
    """Refuse a number of cores that the profile or the solver cannot give; never clamp it.

    Raises
    ------
    InputError
    """
    limit = get_profile(profile_name).maximum_cores
    whose = f"profile '{profile_name}'"
    if solver_limit is not None and solver_limit < limit:
        limit, whose = solver_limit, f"solver '{solver}'"
    if isinstance(cores, bool) or not isinstance(cores, int) or not 1 <= cores <= limit:
        raise InputError("The number of cores is refused", received=cores,
                         allowed=f"a whole number from 1 to {limit} ({whose})",
                         next_step=f"launch(case, cores={limit})")


def make_cluster(profile: Profile, cores: int, log_directory: Path) -> JobQueueCluster:
    """Return a cluster of one-run workers for a profile; the caller closes it.

    It must be called in the main thread of a process of its own: importing dask-jobqueue
    replaces the handler of SIGINT.
    """
    import dask
    import dask_jobqueue
    from dask_jobqueue.local import LocalCluster

    # A run outlives slow schedulers: a worker waits for its scheduler as long as it takes.
    # A lost worker never comes back, so it is replaced at once: the run's lock keeps order.
    dask.config.set({"distributed.comm.timeouts.connect": "60s",
                     "distributed.deploy.lost-worker-timeout": "1s",
                     "distributed.worker.daemon": False})
    common = {"cores": 1, "processes": 1, "memory": profile.memory, "nanny": False,
              "log_directory": str(log_directory), "scheduler_options": {"dashboard_address": None},
              "local_directory": str(log_directory), "death_timeout": 60}
    if profile.cluster == "local":
        return LocalCluster(**common)
    return dask_jobqueue.SLURMCluster(
        **common, queue=profile.queue, walltime=profile.walltime, job_cpu=cores,
        job_extra_directives=list(profile.extra))
