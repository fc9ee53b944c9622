"""The run service as a small job of a cluster, where no process may stay on the login node."""

from __future__ import annotations

import os
import shlex
import sys

from twin_kernel.errors import InputError
from twin_kernel.runs.profiles import get_profile
from twin_kernel.settings import get_settings

__all__ = ["job_script"]


def job_script(profile_name: str, walltime: str) -> str:
    """Return a Slurm script that serves, and is requeued before its walltime and after a failure.

    Parameters
    ----------
    profile_name : str
        Whose queue and directives it takes.
    walltime : str
        HH:MM:SS.

    Raises
    ------
    InputError
        A profile that is not of Slurm, or a ledger that no other node can reach.
    """
    profile = get_profile(profile_name)
    if get_settings().ledger_url is None:
        raise InputError("A service on another node cannot reach this ledger",
                         received="a SQLite file, which must lie on a disk of one machine",
                         allowed="a ledger in PostgreSQL",
                         next_step="set ledger_url, or keep `twin service run` on this machine")
    if profile.cluster != "slurm":
        raise InputError("Only Slurm requeues a job by itself", received=profile.cluster,
                         allowed="a profile with cluster = 'slurm'",
                         next_step="run `twin service run` under systemd, or in a job of your own")
    kept = [f"export {name}={shlex.quote(value)}" for name, value in sorted(os.environ.items())
            if name.startswith("TWIN_")]
    lines = ["#!/usr/bin/env bash", "#SBATCH --job-name=twin-service", "#SBATCH --ntasks=1",
             "#SBATCH --cpus-per-task=1", "#SBATCH --mem=1G", f"#SBATCH --time={walltime}",
             "#SBATCH --requeue", "#SBATCH --open-mode=append", "#SBATCH --signal=B:USR1@60",
             *([f"#SBATCH --partition={profile.queue}"] if profile.queue else []),
             *(f"#SBATCH {one}" for one in profile.extra), *kept, *profile.prologue,
             "# A minute before its walltime it asks for itself again; runs go on meanwhile.",
             "trap 'scontrol requeue \"$SLURM_JOB_ID\"' USR1",
             f"{shlex.quote(sys.executable)} -m twin_kernel.runs.service --stay & wait $!"]
    return "\n".join(lines)
