"""What people do on a hub: log in, compute, share, leave; over HTTP, with accounts of their own."""

from __future__ import annotations

import json

import pytest

from tests.machines.hub import ASK, PASSWORD

pytestmark = pytest.mark.long

LAUNCH = """
import twin_kernel as twin
case = twin.Case(start="2015-08-01", stop="2015-08-01T03:00", sea_level_offset={offset},
                 discharge={discharge}, solver_options={{"time_step": 300}})
run = twin.launch(case, project={project!r}, quiet=True).wait(progress=False)
levels = twin.open_results(run.folder).maps["water_level"]
print(run.id, run.state, levels.sizes["time"], run.folder)
"""


def _inside(hub, name):
    visitor = hub.log_in(name)
    visitor.enter()
    return visitor


def _launch(visitor, offset=0.0, discharge="{}", project=""):
    said = visitor.run_code(LAUNCH.format(offset=offset, discharge=discharge, project=project))
    return said.split()


def test_server_starts_with_the_course_and_the_twin(hub):
    """Under its own account, in a home that nobody else enters, with what was installed."""
    alice = _inside(hub, "alice")
    said = alice.run_code(
        "import os, getpass, stat, twin_kernel\n"
        "print(getpass.getuser(), oct(stat.S_IMODE(os.stat('.').st_mode)))\n"
        "print(os.path.exists('estuary-twin/00_welcome.ipynb'), os.listdir('projects'))")
    assert said.split("\n")[:2] == ["twin-alice 0o700", "True ['harbour']"]


def test_server_is_held_to_its_profile(hub):
    """A student's: 2 GB for a process, one core."""
    carol = _inside(hub, "carol")
    said = carol.run_code(
        "import os\n"
        "try: bytearray(2_300_000_000)\n"
        "except MemoryError: print('refused')\n"
        "print(len(bytearray(1_000_000_000)), len(os.sched_getaffinity(0)))")
    assert said.split() == ["refused", "1000000000", "1"]


def test_run_from_a_notebook_goes_through_the_service_and_comes_back(hub):
    alice = _inside(hub, "alice")
    run, state, times, folder = _launch(alice, 0.1)
    assert (state, times) == ("complete", "4")
    assert folder.startswith(str(hub.folder / "people" / "alice"))
    # Asked again it is shown, and nothing of it is sent again.
    again = _launch(alice, 0.1)
    assert again[0] == run
    assert run in alice.run_code(
        "import twin_kernel as twin; print([one.id for one in twin.list_runs()])")


def test_own_file_is_sent_with_the_case(hub):
    """A discharge that somebody measured, known to the service by what is in it."""
    alice = _inside(hub, "alice")
    alice.run_code(
        "from pathlib import Path\n"
        "Path('q.csv').write_text('time,discharge\\n2015-07-31T00:00,250\\n"
        "2015-08-02T00:00,260\\n')")
    assert _launch(alice, discharge="{'garonne': 'q.csv'}")[1] == "complete"
    told = alice.run_code(
        "import twin_kernel as twin; print(twin.find_run(twin.list_runs()[0].id).case.discharge)")
    assert "input:" in told
    assert str(hub.folder) not in told


def test_file_of_the_service_is_not_read_for_somebody(hub):
    bob = _inside(hub, "bob")
    with pytest.raises(RuntimeError, match="cannot be read"):
        _launch(bob, discharge=f"{{'garonne': '{hub.folder}/twin/ledger.sqlite.csv'}}")
    said = bob.run_code(
        ASK + "case = {'start': '2015-08-01', 'stop': '2015-08-02', 'weather': '/etc/passwd'}\n"
        "print(*ask('POST', os.environ['TWIN_RUNS_URL'] + '/api/launch', {'case': case}))")
    assert said.startswith("422")
    assert "does not have from you" in said


def test_refusal_of_the_service_reads_as_one_of_the_twin(hub):
    alice = _inside(hub, "alice")
    said = alice.run_code(
        "import twin_kernel as twin\n"
        "try: twin.launch(twin.Case(start='2015-08-01', stop='2015-08-02'), cores=500)\n"
        "except twin.errors.InputError as error: print(error)")
    assert "from 1 to" in said
    assert "Received: 500" in said


def test_project_shares_runs_and_files_with_its_people_only(hub):
    alice, bob, carol = (_inside(hub, name) for name in ("alice", "bob", "carol"))
    run = _launch(alice, 0.2, project="harbour")[0]
    listed = "import twin_kernel as twin; print([one.id for one in twin.list_runs()])"
    assert run in bob.run_code(listed)
    assert run not in carol.run_code(listed)
    opened = f"import twin_kernel as twin; print(twin.find_run({run!r}).folder)"
    assert run in bob.run_code(opened)
    with pytest.raises(RuntimeError, match="Unknown run"):
        carol.run_code(opened)
    with pytest.raises(RuntimeError, match="Unknown project"):
        _launch(carol, 0.3, project="harbour")
    # Bob sees it, and may not stop or delete what is alice's.
    with pytest.raises(RuntimeError, match="Only its owner"):
        bob.run_code("import twin_kernel as twin\n"
                     "from twin_kernel.runs.history import delete_results\n"
                     f"delete_results(twin.find_run({run!r}))")

    alice.run_code("open('projects/harbour/plan.txt', 'w').write('dredge')")
    assert bob.run_code("print(open('projects/harbour/plan.txt').read())").strip() == "dredge"
    bob.run_code("open('projects/harbour/plan.txt', 'a').write(' less')")
    with pytest.raises(RuntimeError, match="PermissionError"):
        carol.run_code(f"import os; os.listdir('{hub.folder}/projects/harbour')")


def test_quota_of_core_hours_is_set_and_stops_runs_of_the_project(hub):
    """One number changes; the other stays as it was."""
    told = hub.command("quota", "harbour", "--core-hours", "0")
    assert "core hours, 0" in told
    alice = _inside(hub, "alice")
    with pytest.raises(RuntimeError, match="core-hours of project 'harbour' do not suffice"):
        _launch(alice, 0.4, project="harbour")
    assert "no limit" in hub.command("quota", "harbour", "--core-hours", "none")
    refused = hub.command("quota", "harbour", "--disk-gigabytes", "1", check=False)
    assert "does not hold a project to a size" in refused
    assert _launch(alice, 0.4, project="harbour")[1] == "complete"


def test_pinned_project_keeps_its_software(hub):
    """Its kernel and its runs come from the copy; another project's and people's own do not."""
    told = hub.command("pin", "harbour")
    kept = hub.folder / "environments" / "harbour"
    assert str(kept) in told
    alice = hub.log_in("alice")
    alice.api("DELETE", "users/alice/server")
    alice.start_server()
    alice.enter()
    assert "estuary-twin-harbour" in alice.server("GET", "api/kernelspecs").json()["kernelspecs"]
    run = _launch(alice, 0.5, project="harbour")
    assert run[1] == "complete"
    asked = json.loads((hub.folder / "twin" / "runs" / run[0] / "command.json").read_text())
    assert asked["command"][0] == str(kept / "bin" / "python")
    own = _launch(alice, 0.6)[0]
    asked = json.loads((hub.folder / "twin" / "runs" / own / "command.json").read_text())
    assert asked["command"][0] == str(hub.python)
    with pytest.raises(RuntimeError, match="from 1 to"):  # refusals come as they are
        alice.run_code("import twin_kernel as twin\n"
                       "twin.launch(twin.Case(start='2015-08-01', stop='2015-08-02'), cores=500, "
                       "project='harbour')")
    assert "kept as on" in alice.get("/services/projects/harbour").text

    kept.rename(kept.with_name("lost"))
    with pytest.raises(RuntimeError, match="environment of the project is not here"):
        _launch(alice, 0.7, project="harbour")
    kept.with_name("lost").rename(kept)
    assert "follows" in hub.command("pin", "harbour", "--remove")
    assert not kept.exists()
    assert _launch(alice, 0.7, project="harbour")[1] == "complete"


def test_shared_server_opens_for_members_only(hub):
    bob, carol = hub.log_in("bob"), hub.log_in("carol")
    bob.fill_in("/services/projects/harbour", do="open")
    answer = bob.get("/user/project-harbour/lab")  # asks whether bob means it, as for any other's
    assert answer.status_code == 200
    assert carol.get("/user/project-harbour/lab").status_code == 403
    assert carol.api("DELETE", "users/project-harbour/server").status_code in (403, 404)


def test_archived_project_is_read_and_not_written(new_hub, hub):
    alice = hub.log_in("alice")
    alice.fill_in("/services/projects/", name="closed-one", title="Closed").raise_for_status()
    said = alice.fill_in("/services/projects/closed-one", do="archive").text
    assert "archived" in said
    inside = _inside(hub, "alice")
    with pytest.raises(RuntimeError, match="Unknown project"):
        _launch(inside, 0.4, project="closed-one")
    assert "Open again" in said


def test_server_of_another_kind_is_refused(hub):
    hub.add("erin")
    erin = hub.log_in("erin")
    for profile in ("large", "researcher", "nonsense"):
        answer = erin.api("POST", "users/erin/server", json={"profile": profile})
        assert answer.status_code == 403, profile
        assert "not yours to choose" in answer.text


def test_name_of_a_project_server_lets_nobody_in(hub):
    assert "The name is refused" in hub.command(
        "person", "project-harbour", "--password", "-", check=False, given=PASSWORD)



def test_command_in_a_terminal_of_the_server_talks_to_the_hub_too(hub):
    alice = _inside(hub, "alice")
    run = _launch(alice, 0.1)[0]
    said = alice.run_code(
        "import subprocess\n"
        f"for words in (['runs'], ['run', 'show', '{run}'], ['service', 'status'], "
        "['runs', 'calibration']):\n"
        "    done = subprocess.run(['twin', *words], capture_output=True, text=True)\n"
        "    print(done.returncode, done.stdout, done.stderr)")
    assert "Traceback" not in said
    assert said.count(run) >= 2
    assert "the hub keeps the run service" in said
