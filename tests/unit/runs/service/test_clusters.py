"""The job scripts of profiles, read without any scheduler."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys
from pathlib import Path
from twin_kernel.runs.service.clusters import Shape, make_cluster
from twin_kernel.settings import Profile
profile = Profile(**json.loads(sys.argv[1]))
with make_cluster(profile, Shape("p", *json.loads(sys.argv[2])), Path("/tmp")) as cluster:
    print(cluster.job_script())
"""
PROFILE = {"maximum_cores": 16, "memory": "4GB", "walltime": "01:30:00", "queue": "estuary",
           "extra": ["--account=gironde"]}


def _script(profile, *shape):
    """In a process of its own, because importing dask-jobqueue takes the handler of SIGINT."""
    return subprocess.run([sys.executable, "-c", SCRIPT, json.dumps({**PROFILE, **profile}),
                           json.dumps(shape)], capture_output=True, text=True, check=True).stdout


def test_slurm_job_asks_for_what_the_profile_says():
    script = _script({"cluster": "slurm"}, 8)
    for line in ("-p estuary", "--cpus-per-task=8", "--mem=4G", "-t 01:30:00",
                 "--account=gironde", "--no-requeue"):
        assert f"#SBATCH {line}" in script
    assert "--nthreads 1" in script
    assert "--lifetime 5340s" in script  # a minute before the walltime


def test_solver_of_many_nodes_gets_tasks():
    """Eight processes on nodes of four cores are two nodes."""
    script = _script({"cluster": "slurm", "cores_per_node": 4}, 8, "mpi")
    for line in ("--nodes=2", "--ntasks=8", "--cpus-per-task=1"):
        assert f"#SBATCH {line}" in script
    assert "#SBATCH -n 1\n" not in script


@pytest.mark.parametrize(("cluster", "line"), [
    ("pbs", "#PBS -l select=1:ncpus=8"), ("sge", "#$ -q estuary"), ("lsf", "#BSUB -q estuary"),
    ("oar", "#OAR -q estuary")])
def test_other_schedulers_have_their_script(cluster, line):
    assert line in _script({"cluster": cluster, "extra": []}, 8)
