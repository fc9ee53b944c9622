"""The production layer: TLS, a login at a forge, servers by the spawner of the chosen profile."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
import requests

from tests.machines.forge import SECRET
from tests.machines.hub import ROOT, free_ports

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def forge():
    """Address of a forge."""
    port = free_ports(9) + 8
    process = subprocess.Popen([sys.executable, "-m", "tests.machines.forge", str(port)], cwd=ROOT)
    address = f"http://127.0.0.1:{port}"
    for _ in range(100):
        try:
            requests.get(f"{address}/api/v4/version", timeout=1)
            break
        except requests.ConnectionError:
            time.sleep(0.1)
    yield address
    process.kill()


@pytest.fixture(scope="module")
def production(new_hub, forge):
    """A hub that speaks TLS and sends people to the forge."""
    hub = new_hub()
    place = hub.folder.parent
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", place / "key.pem", "-out", place / "certificate.pem"],
                   check=True, capture_output=True)
    (place / "oauth").write_text(SECRET)
    (place / "oauth").chmod(0o600)
    hub.address = hub.address.replace("http://", "https://")
    hub.environment |= {
        "TWIN_HUB_LAYER": "production", "TWIN_HUB_ADDRESS": hub.address,
        "TWIN_HUB_TLS_KEY": str(place / "key.pem"),
        "TWIN_HUB_TLS_CERTIFICATE": str(place / "certificate.pem"),
        "TWIN_HUB_ADMINISTRATORS": '["ana"]',
        "TWIN_HUB_OAUTH": json.dumps({
            "kind": "gitlab", "client_id": "twin", "address": forge, "allowed_groups": ["estuary"],
            "client_secret_file": str(place / "oauth")})}
    hub.start()
    return hub


def _come(hub, forge, name):
    """Log in at the forge as somebody; return the session and the last answer."""
    requests.get(f"{forge}/become/{name}", timeout=5)
    session = requests.Session()
    session.trust_env = False  # a bundle named by the environment would go before our own
    session.verify = str(hub.folder.parent / "certificate.pem")
    return session, session.get(f"{hub.address}/hub/oauth_login", timeout=60)


def test_member_of_the_forge_logs_in_and_gets_a_server(production, forge):
    session, answer = _come(production, forge, "ana")
    assert answer.status_code == 200, answer.url
    assert answer.url.startswith(f"{production.address}/hub/")
    xsrf = session.cookies.get("_xsrf", path="/hub/") or ""
    headers = {"X-XSRFToken": xsrf, "Referer": f"{production.address}/hub/home"}
    who = session.get(f"{production.address}/hub/api/user", headers=headers, timeout=30).json()
    assert (who["name"], who["admin"]) == ("ana", True)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age")
    started = session.post(f"{production.address}/hub/api/users/ana/server", headers=headers,
                           json={"profile": "student"}, timeout=60)
    assert started.status_code in (201, 202), started.text
    limit = time.monotonic() + 60.0
    while time.monotonic() < limit:
        told = session.get(f"{production.address}/hub/api/users/ana", headers=headers, timeout=30)
        if told.json()["servers"].get("", {}).get("ready"):
            break
        time.sleep(0.3)
    page = session.get(f"{production.address}/user/ana/lab", timeout=30)
    assert page.status_code == 200
    assert "jupyter-config-data" in page.text
    assert all(cookie.secure for cookie in session.cookies if "login" in cookie.name)


@pytest.mark.parametrize("name", ["mallory", "project-harbour"])
def test_who_is_not_of_the_group_or_bears_a_projects_name_is_refused(production, forge, name):
    session, answer = _come(production, forge, name)
    assert answer.status_code == 403
    who = session.get(f"{production.address}/hub/api/user", timeout=30)
    assert who.status_code == 403


def test_secret_of_the_forge_is_on_no_command_line_and_in_no_log(production):
    for path in (production.folder / "logs").rglob("*.log"):
        assert SECRET not in path.read_text(errors="replace"), path
