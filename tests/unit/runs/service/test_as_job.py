"""The run service as a job of a cluster, read without any cluster."""

from __future__ import annotations

import pytest

from twin_kernel.errors import InputError
from twin_kernel.runs.service.as_job import job_script
from twin_kernel.settings import get_settings

SLURM = "[profiles.slurm]\ncluster = 'slurm'\nqueue = 'estuary'\n[profiles.local]\n"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Write the settings of this process."""
    def write(text):
        path = tmp_path / "twin.toml"
        path.write_text(text)
        monkeypatch.setenv("TWIN_SETTINGS_FILE", str(path))
        get_settings.cache_clear()

    yield write
    monkeypatch.undo()
    get_settings.cache_clear()


def test_job_stays_and_asks_for_itself_again(settings):
    settings("ledger_url = 'postgresql+psycopg://me@hub/twin'\n" + SLURM)
    script = job_script("slurm", "24:00:00")
    assert script.startswith("#!/usr/bin/env bash\n#SBATCH")
    for line in ("#SBATCH --requeue", "#SBATCH --time=24:00:00", "#SBATCH --partition=estuary",
                 "#SBATCH --signal=B:USR1@60", "export TWIN_SETTINGS_FILE="):
        assert line in script
    assert script.endswith("-m twin_kernel.runs.service --stay & wait $!")


def test_file_that_other_nodes_cannot_reach_is_refused(settings):
    settings(SLURM)
    with pytest.raises(InputError, match=r"cannot reach this ledger.*ledger_url"):
        job_script("slurm", "24:00:00")


def test_profile_of_another_scheduler_is_refused(settings):
    settings("ledger_url = 'postgresql+psycopg://me@hub/twin'\n" + SLURM)
    with pytest.raises(InputError, match="Only Slurm requeues"):
        job_script("local", "24:00:00")
