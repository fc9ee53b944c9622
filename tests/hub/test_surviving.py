"""Whatever is killed comes back by itself, kernels do not notice; what is saved is restored."""

from __future__ import annotations

import os
import shutil
import signal
import time

import pytest

from tests.machines.hub import Visitor

pytestmark = pytest.mark.long

RECOVERY = 30.0  # s, the longest that anything may be away


def _back(check, seconds=RECOVERY):
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            if check():
                return time.monotonic() - began
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"not back within {seconds:.0f} s")


CHECKS = {
    "proxy": lambda hub: hub.log_in("alice").get("/user/alice/lab").status_code == 200,
    "hub": lambda hub: hub.log_in("alice").api("GET", "user").status_code == 200,
    "runs": lambda hub: hub.log_in("alice").get("/services/runs/health").status_code == 200,
    "projects": lambda hub: hub.log_in("alice").get("/services/projects/").status_code == 200,
    "health": lambda hub: hub.administrator().get("/services/health/").status_code == 200,
    "runner": lambda hub: "up" in hub.administrator().get("/services/health/").text,
    "culler": lambda hub: hub.pid("culler") > 0,
}


@pytest.mark.parametrize("program", CHECKS)
def test_killed_program_is_back_and_the_kernel_lives(hub, program):
    alice = hub.log_in("alice")
    alice.enter()
    kernel = alice.new_kernel()
    alice.run_code("kept = 42", kernel)
    before = hub.pid(program)
    os.kill(before, signal.SIGKILL)
    took = _back(lambda: hub.pid(program) not in (0, before) and CHECKS[program](hub))
    assert took < RECOVERY
    again = hub.log_in("alice")
    again.enter()
    assert again.run_code("print(kept)", kernel).strip() == "42"


def test_service_that_fails_at_start_neither_stops_nor_hangs_the_hub(new_hub, tmp_path):
    hub = new_hub()
    failing = hub.folder.parent / "failing"
    failing.mkdir(mode=0o755)
    (failing / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'hub_config.services.projects' in sys.orig_argv:\n"
        "    raise SystemExit('fails at start')\n")
    hub.environment["PYTHONPATH"] = str(failing)
    began = time.monotonic()
    assert "do not answer yet: projects;" in hub.start()
    assert time.monotonic() - began < 60.0
    hub.add("dora")
    dora = hub.log_in("dora")
    assert dora.api("GET", "user").status_code == 200
    assert dora.get("/services/projects/").status_code in (404, 502, 503, 504)
    _back(lambda: dora.get("/services/runs/health").status_code == 200)
    (failing / "sitecustomize.py").unlink()  # mended, it comes up by itself
    _back(lambda: dora.get("/services/projects/").status_code == 200, 60.0)


def test_saved_and_restored_hub_is_the_same(new_hub, tmp_path):
    hub = new_hub()
    hub.start()
    hub.add("alice", "bob")
    alice = hub.log_in("alice")
    alice.fill_in("/services/projects/", name="harbour", title="Le port").raise_for_status()
    alice.fill_in("/services/projects/harbour", do="add", person="bob").raise_for_status()
    hub.log_in("bob")
    alice.start_server()
    alice.enter()
    alice.run_code(
        "import twin_kernel as twin\n"
        "case = twin.Case(start='2015-08-01', stop='2015-08-01T02:00', "
        "solver_options={'time_step': 300})\n"
        "twin.launch(case, project='harbour', quiet=True).wait(progress=False)\n"
        "open('note.txt', 'w').write('mine')\n"
        "open('projects/harbour/ours.txt', 'w').write('ours')")
    # Bob came after he was added: the hub is brought to that within twenty seconds.
    _back(lambda: "harbour" in hub.administrator().api("GET", "users/bob").json()["groups"], 60.0)
    before = _told(hub, alice)
    archive = tmp_path / "saved.tar.gz"
    hub.command("backup", str(archive))
    assert oct(archive.stat().st_mode)[-3:] == "600"

    assert "the servers of alice;" in hub.command("stop", "--servers")
    assert "not up" in hub.command("stop", "--servers")
    hub.stop()
    shutil.rmtree(hub.folder)
    hub.command("restore", str(archive))
    hub.start()
    alice = hub.log_in("alice")
    alice.start_server()
    alice.enter()
    assert _told(hub, alice) == before
    refused = hub.command("restore", str(archive), check=False)
    assert "There is a hub already" in refused


def _told(hub, alice: Visitor) -> dict:
    """Return all that must be the same: people, projects, runs, results, files and their rights."""
    admin = hub.administrator()
    projects = alice.get("/services/projects/harbour").text
    return {
        "people": sorted((one["name"], one["admin"], sorted(one["groups"]))
                         for one in admin.api("GET", "users").json()),
        "members": [name in projects for name in ("alice", "bob", "carol")],
        "runs": alice.run_code(
            "import twin_kernel as twin\n"
            "for one in twin.list_runs(): print(one.id, one.state, one.owner, one.project, "
            "one.created, one.core_seconds)"),
        "results": alice.run_code(
            "import twin_kernel as twin, hashlib\n"
            "run = twin.find_run(twin.list_runs()[0].id)\n"
            "print(hashlib.sha256((run.folder / 'output.nc').read_bytes()).hexdigest())"),
        "files": alice.run_code(
            "import os, pwd, grp\n"
            "for name in ('note.txt', 'projects/harbour/ours.txt', 'projects/harbour'):\n"
            "    told = os.stat(name)\n"
            "    print(name, oct(told.st_mode), pwd.getpwuid(told.st_uid).pw_name, "
            "grp.getgrgid(told.st_gid).gr_name)")}
