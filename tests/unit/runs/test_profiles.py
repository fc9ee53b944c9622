"""More than a profile, a node, a project or a machine has is refused with the limit."""

from __future__ import annotations

import pytest

from twin_kernel.errors import InputError
from twin_kernel.runs.ledger import open_ledger
from twin_kernel.runs.ledger.people import current_user
from twin_kernel.runs.profiles import check_cores, check_memory, check_project
from twin_kernel.settings import get_settings

SETTINGS = """
[profiles.slurm]
cluster = "slurm"
maximum_cores = 64
cores_per_node = 16
simultaneous_cores = 48
memory = "4GB"
[projects.harbour]
members = ["{me}"]
core_hours = 2.0
[projects.theirs]
members = ["somebody"]
"""


@pytest.fixture(autouse=True)
def _settings(tmp_path, monkeypatch):
    path = tmp_path / "twin.toml"
    path.write_text(SETTINGS.format(me=current_user()))
    monkeypatch.setenv("TWIN_SETTINGS_FILE", str(path))
    get_settings.cache_clear()
    yield
    monkeypatch.undo()
    get_settings.cache_clear()


def test_threads_stay_on_one_node():
    check_cores(16, "slurm", None, "native")
    with pytest.raises(InputError, match=r"from 1 to 16 \(one node of profile 'slurm'\)"):
        check_cores(17, "slurm", None, "native")


def test_mpi_takes_nodes_up_to_what_may_run_at_once():
    check_cores(48, "slurm", None, "telemac", "mpi")
    with pytest.raises(InputError, match=r"from 1 to 48 \(all cores of profile 'slurm'\)"):
        check_cores(49, "slurm", None, "telemac", "mpi")


def test_memory_beyond_the_job_is_refused():
    check_memory("slurm", 3.9e9)
    with pytest.raises(InputError, match=r"about 4\.1 GB.*up to 4\.0 GB \(profile 'slurm'\)"):
        check_memory("slurm", 4.1e9)


@pytest.mark.parametrize("project", ["theirs", "nowhere"])
def test_project_of_others_is_as_unknown_as_none(project, tmp_path):
    with pytest.raises(InputError, match=r"Unknown project.*Allowed: harbour"):
        check_project(project, 0.0, open_ledger(tmp_path / "ledger.sqlite"))


def test_quota_counts_what_is_expected(tmp_path):
    ledger = open_ledger(tmp_path / "ledger.sqlite")
    ledger.request("a", case_hash="a", case_json="{}", solver="native 1", profile="slurm", cores=1,
                   folder="/runs/a", project="harbour", core_seconds=3600.0)
    check_project("", 1e9, ledger)
    check_project("harbour", 3500.0, ledger)
    with pytest.raises(InputError, match=r"do not suffice.*1\.00 used, about 1\.03.*2 core-hours"):
        check_project("harbour", 3700.0, ledger)
