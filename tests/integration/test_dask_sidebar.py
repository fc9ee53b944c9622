"""The Dask sidebar of JupyterLab shows a cluster of the person's, on a laptop and behind a hub."""

from __future__ import annotations

import json
import os
import secrets
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub_config.clusters import cluster_environment

ROOT = Path(__file__).resolve().parents[2]
START = str(ROOT / "binder" / "start")
ASK = ("import sys; from distributed import Client; "
       "print(Client(sys.argv[1], timeout=5).submit(sum, [1, 2]).result())")


class Server:
    """A Jupyter server as one person's browser sees it."""

    def __init__(self, base: str, token: str) -> None:
        self.base, self.token = base, token

    def ask(self, path: str, method: str = "GET") -> bytes:
        """Return the body of an answer; `path` begins at the server's root."""
        asked = urllib.request.Request(urllib.parse.urljoin(self.base, path), method=method,
                                       headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.read()


@contextmanager
def server(folder: Path, prefix: str, *first: str, **more: str):
    """Start a server under an address prefix, with `first` before its command."""
    token = secrets.token_hex(16)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DASK_")}
    environment = {**kept, "HOME": str(folder), "JUPYTER_TOKEN": token,
                   "JUPYTER_RUNTIME_DIR": str(folder / "runtime"), "CPU_LIMIT": "1",
                   "XDG_CONFIG_HOME": str(folder), "DASK_CONFIG": str(folder / "dask"), **more}
    if prefix != "/":
        environment["JUPYTERHUB_SERVICE_PREFIX"] = prefix
    process = subprocess.Popen(
        [*first, sys.executable, "-m", "jupyter_server", "--allow-root", "--port=0",
         f"--ServerApp.base_url={prefix}"], env=environment, cwd=folder,
        stderr=subprocess.DEVNULL)
    try:
        yield Server(_address(folder / "runtime", process), token)
    finally:
        process.terminate()
        process.wait(30)


def _address(runtime: Path, process: subprocess.Popen) -> str:
    begun = time.monotonic()
    while time.monotonic() - begun < 60.0:
        assert process.poll() is None
        for told in runtime.glob("jpserver-*.json"):
            try:
                address = json.loads(told.read_text())["url"]
                urllib.request.urlopen(f"{address}api", timeout=10).close()
            except (urllib.error.URLError, json.JSONDecodeError):
                continue
            return address
        time.sleep(0.1)
    raise AssertionError("the server did not answer within a minute")


@contextmanager
def cluster(person: Server, prefix: str):
    """Make a cluster as the sidebar's button does; close it as its other button does."""
    made = json.loads(person.ask(f"{prefix}dask/clusters", "PUT"))
    try:
        yield made
    finally:
        person.ask(f"{prefix}dask/clusters/{made['id']}", "DELETE")
    assert json.loads(person.ask(f"{prefix}dask/clusters")) == []


def active(person: Server, prefix: str, link: str) -> dict:
    """Ask what the sidebar asks before it draws a plot."""
    quoted = urllib.parse.quote(urllib.parse.quote(link, safe=""), safe="")
    return json.loads(person.ask(f"{prefix}dask/dashboard-check/{quoted}"))


@pytest.mark.long
def test_sidebar_of_a_laptop_makes_and_shows_a_cluster(tmp_path):
    with server(tmp_path, "/") as person, cluster(person, "/") as made:
        assert made["name"].startswith("LocalCluster")
        assert active(person, "/", made["dashboard_link"])["isActive"]
        assert b"Dask" in person.ask(f"/dask/dashboard/{made['id']}/status")


@pytest.mark.long
def test_sidebar_behind_a_hub_shows_it_through_the_persons_own_server(tmp_path):
    """Its link leads where the browser can go, and nobody without the person's token."""
    prefix = "/user/alice/"
    with server(tmp_path, prefix, START) as person, cluster(person, prefix) as made:
        assert (made["workers"], made["cores"]) == (1, 1)
        link = made["dashboard_link"]
        assert link.startswith(f"{prefix}proxy/")
        assert link.endswith("/status")
        assert b"Dask" in person.ask(link)
        plots = json.loads(person.ask(link.replace("status", "individual-plots.json")))
        assert "Individual Task Stream" in plots
        with urllib.request.urlopen(urllib.parse.urljoin(person.base, link)) as stranger:
            assert urllib.parse.urlparse(stranger.geturl()).path == f"{prefix}login"


def ask_scheduler(address: str, **more: str) -> subprocess.CompletedProcess:
    """Send work to a scheduler from a process of its own, as a notebook does."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DASK_")}
    return subprocess.run([sys.executable, "-c", ASK, address], env={**kept, **more},
                          capture_output=True, text=True, timeout=60)


@pytest.mark.long
def test_cluster_on_a_shared_machine_works_for_its_person_only(tmp_path):
    """Neither without a certificate nor with somebody else's does another account reach it."""
    prefix = "/user/alice/"
    hers = cluster_environment(tmp_path / "alice", prefix)
    his = cluster_environment(tmp_path / "bob", "/user/bob/")
    with server(tmp_path, prefix, **hers) as person, cluster(person, prefix) as made:
        address = made["scheduler_address"]
        assert address.startswith("tls://")
        assert ask_scheduler(address, **hers).stdout == "3\n"
        assert b"Dask" in person.ask(made["dashboard_link"])
        assert "certificate" in ask_scheduler(address, **his).stderr
        assert ask_scheduler(address.replace("tls://", "tcp://")).returncode != 0


def test_certificate_is_private_kept_and_renewed_within_the_year(tmp_path):
    folder = tmp_path / "alice"
    cluster_environment(folder, "/")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    first = (folder / "certificate.pem").read_text()
    cluster_environment(folder, "/")
    assert (folder / "certificate.pem").read_text() == first
    old = time.time() - 301 * 86400
    os.utime(folder / "certificate.pem", (old, old))
    cluster_environment(folder, "/")
    assert (folder / "certificate.pem").read_text() != first
    assert sorted(path.name for path in folder.iterdir()) == ["certificate.pem", "key.pem"]
