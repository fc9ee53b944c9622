"""A study asked for from the page: made by a process of its own, in the person's name."""

from __future__ import annotations

import json
import time
from pathlib import Path

import psutil
import pytest
import yaml

from twin_kernel.dashboards.study_jobs import list_study_jobs, start_study
from twin_kernel.runs.ledger import Person, acting_for, open_ledger
from twin_kernel.studies import find_template

pytestmark = pytest.mark.long

SMALL = Path(__file__).resolve().parents[2] / "notebooks" / "test_parameters.yaml"


def _wait(seconds=240.0):
    limit = time.monotonic() + seconds
    while (job := list_study_jobs()[0]).state == "running":
        assert time.monotonic() < limit
        time.sleep(0.5)
    return job


def test_study_is_made_for_the_person_who_asked():
    template = find_template("tide_and_salt")
    small = next(value for name, value in yaml.safe_load(SMALL.read_text()).items()
                 if template.name in name)
    with acting_for(Person("nadia")):
        started = start_study(template.name, template.resolve(small))
        assert started.state == "running"
        job = _wait()
        assert (job.state, job.reason) == ("complete", "")
        assert "Bordeaux" in job.page.read_text()
        assert job.notebook.is_file()
        assert {one.owner for one in open_ledger().list()} == {"nadia"}
    with acting_for(Person("omar")):
        assert list_study_jobs() == []


def test_study_that_fails_says_why_and_one_that_is_killed_is_not_running_for_ever():
    template = find_template("tide_and_salt")
    values = template.resolve()
    with acting_for(Person("nadia")):
        job = start_study(template.name, {**values, next(iter(values)): "nonsense"})
        ended = _wait()
        assert ended.folder == job.folder
        assert ended.state == "failed_state"
        assert "nonsense" in ended.reason
        killed = start_study(template.name, values)
        process = psutil.Process(json.loads((killed.folder / "state.json").read_text())["process"])
        for one in [*process.children(recursive=True), process]:
            one.kill()
        assert _wait(30.0).state == "lost"
