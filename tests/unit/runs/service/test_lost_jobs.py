"""Jobs that Dask waits for and the queue no longer holds."""

from __future__ import annotations

import asyncio
import os
import pwd
import subprocess
from types import SimpleNamespace

import pytest

from twin_kernel.runs.service.lost_jobs import LostJobs, of_scheduler


class _Job:
    def __init__(self, number):
        self.job_id, self.closed = number, False

    async def close(self):
        self.closed = True


def _cluster(jobs, arrived=()):
    return SimpleNamespace(workers={f"w{number}": _Job(job) for number, job in enumerate(jobs)},
                           observed=set(arrived), job_cls=SimpleNamespace())


def _watched(cluster, *answers):
    told = iter(answers)

    async def listed():
        return next(told)

    return LostJobs(cluster, listed)


def _looks(watched, number):
    return [asyncio.run(watched.look()) for _ in range(number)]


def test_job_that_left_the_queue_is_given_up_at_the_second_look():
    """What has come, waits, or has no number yet stays; PBS writes a server behind the number."""
    cluster = _cluster(["11", "12", "13", None], arrived=["w1"])
    lost = cluster.workers["w2"]
    assert _looks(_watched(cluster, "11.server\n", "11.server\n"), 2) == [[], ["13"]]
    assert list(cluster.workers) == ["w0", "w1", "w3"]
    assert [job.closed for job in (lost, *cluster.workers.values())] == [True] + 3 * [False]


def test_job_seen_again_begins_anew():
    cluster = _cluster(["7"])
    watched = _watched(cluster, "", " 7\n", "", "")
    assert _looks(watched, 4) == [[], [], [], ["7"]]


def test_worker_that_comes_while_the_queue_is_asked_is_no_lost_job():
    cluster = _cluster(["7"])

    async def listed():
        cluster.observed.add("w0")
        return ""

    watched = LostJobs(cluster, listed)
    assert _looks(watched, 3) == [[], [], []]


def test_nobody_is_asked_where_no_job_is_awaited():
    cluster = _cluster(["7"], arrived=["w0"])
    assert _looks(_watched(cluster), 2) == [[], []]


def test_queue_that_does_not_answer_has_lost_nothing():
    async def listed():
        raise RuntimeError("Unable to contact slurm controller")

    cluster = _cluster(["7"])
    watched = LostJobs(cluster, listed)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            asyncio.run(watched.look())
    assert list(cluster.workers) == ["w0"]


def test_of_local_workers_the_process_is_looked_for():
    ended = subprocess.Popen(["true"])
    ended.wait()
    cluster = _cluster([str(os.getpid()), str(ended.pid)])
    assert _looks(of_scheduler(cluster, "local"), 2) == [[], [str(ended.pid)]]


def test_the_queue_is_asked_for_jobs_of_whom_the_process_runs_as(monkeypatch):
    """A service started by sudo keeps the name of another: its own jobs would all seem lost."""
    monkeypatch.setenv("LOGNAME", "somebody_else")
    asked = []

    async def call(words):
        asked.append(words)
        return "7\n"

    cluster = _cluster(["7"])
    cluster.job_cls._call = call
    assert _looks(of_scheduler(cluster, "slurm"), 2) == [[], []]
    assert asked[0][-1] == f"--user={pwd.getpwuid(os.getuid()).pw_name}"


def test_scheduler_whose_list_is_not_known_is_left_alone():
    assert of_scheduler(_cluster(["7"]), "lsf") is None
