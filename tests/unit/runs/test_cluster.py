"""The job script of a Slurm profile, read without any Slurm."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
from pathlib import Path
from twin_kernel.runs.cluster import make_cluster
from twin_kernel.settings import Profile
profile = Profile(cluster="slurm", maximum_cores=16, memory="4GB", walltime="01:30:00",
                  queue="estuary", extra=("--account=gironde",))
with make_cluster(profile, 8, Path("/tmp")) as cluster:
    print(cluster.job_script())
"""


def test_slurm_job_asks_for_what_the_profile_says():
    """In a process of its own, because importing dask-jobqueue takes the handler of SIGINT."""
    script = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True,
                            check=True).stdout
    for line in ("-p estuary", "--cpus-per-task=8", "--mem=4G", "-t 01:30:00",
                 "--account=gironde"):
        assert f"#SBATCH {line}" in script
    assert "--nthreads 1" in script
