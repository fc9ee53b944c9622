"""What nobody may do on a hub: reach another's server, files, runs, tokens or services."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest
import requests
import websocket

from tests.machines.hub import ASK, ROOT

pytestmark = pytest.mark.long

REFUSED = (401, 403, 404)
RUNS = "/services/runs/api/runs"
PATHS = ("/user/alice/lab", "/user/alice/api/contents", "/user/alice/api/kernels",
         "/user/alice/files/estuary-twin/00_welcome.ipynb", "/hub/api/users/alice",
         "/hub/api/users/alice/tokens", "/hub/api/users", "/hub/api/groups", "/hub/metrics",
         "/hub/admin", "/hub/authorize", "/services/health/", "/services/health/metrics", RUNS)
SERVED_BY_TOKEN = ("/hub/api/users/alice", "/user/alice/api/contents", RUNS)


def _with_token(hub, path, token):
    return requests.get(f"{hub.address}{path}", timeout=30, allow_redirects=False,
                        headers={"Authorization": f"token {token}"})


def _refuses(answer):
    """Tell whether an answer lets nobody in: refused, or sent to log in."""
    if answer.status_code in (301, 302):
        return bool(re.search(r"/hub/login|/hub/api/oauth2/authorize",
                              answer.headers["Location"]))
    return answer.status_code in REFUSED


@pytest.mark.parametrize("path", PATHS)
def test_nobody_comes_in_without_logging_in(hub, path):
    assert _refuses(requests.get(f"{hub.address}{path}", timeout=30, allow_redirects=False))


@pytest.mark.parametrize("path", [one for one in PATHS if one != RUNS])
def test_another_person_is_refused(hub, path):
    answer = hub.log_in("carol").get(path)
    assert answer.status_code in REFUSED, answer.url


@pytest.mark.parametrize("path", PATHS)
def test_unknown_token_is_refused(hub, path):
    assert _refuses(_with_token(hub, path, "0" * 32))


@pytest.mark.parametrize("path", SERVED_BY_TOKEN)
def test_token_opens_until_it_is_taken_back_or_expires(hub, path):
    alice = hub.log_in("alice")
    token = alice.token(expires_in=3600)
    assert _with_token(hub, path, token).status_code == 200
    short = alice.token(expires_in=1)
    time.sleep(2.0)
    assert _refuses(_with_token(hub, path, short))


@pytest.mark.parametrize("path", SERVED_BY_TOKEN)
def test_token_without_the_scope_is_refused(hub, path):
    token = hub.log_in("alice").token(scopes=["read:users:name!user"])
    answer = _with_token(hub, path, token)
    # Of one's own name nothing more follows than the name.
    assert _refuses(answer) or not {"servers", "last_activity", "created", "auth_state",
                                    "scopes"} & set(answer.json())


@pytest.mark.parametrize("path", ["/user/alice/api/kernels", "/hub/api/users/alice/tokens"])
def test_foreign_token_is_refused(hub, path):
    assert _refuses(_with_token(hub, path, hub.log_in("carol").token()))


def test_person_cannot_give_themselves_more(hub):
    carol = hub.log_in("carol")
    for scopes in (["admin:users"], ["access:servers!user=alice"], ["admin:groups"]):
        answer = carol.api("POST", "users/carol/tokens", json={"scopes": scopes})
        assert answer.status_code in (400, 403), scopes
    assert carol.api("PATCH", "users/carol", json={"admin": True}).status_code == 403
    assert carol.api("POST", "groups/harbour/users",
                     json={"users": ["carol"]}).status_code in REFUSED
    assert carol.api("POST", "groups/large", json={}).status_code in REFUSED


def test_token_of_a_server_does_no_more_than_its_work(hub):
    carol = hub.log_in("carol")
    carol.enter()
    said = carol.run_code(
        ASK + "hub = os.environ['JUPYTERHUB_API_URL']\n"
        "for method, path in (('POST', '/users/carol/tokens'), ('DELETE', '/users/carol/server'),"
        " ('GET', '/users'), ('POST', '/users/alice/server'), ('GET', '/groups')):\n"
        "    print(ask(method, hub + path, {} if method == 'POST' else None)[0])")
    assert set(said.split()) <= {"403", "404"}


def test_websocket_of_another_is_refused(hub):
    alice, carol = hub.log_in("alice"), hub.log_in("carol")
    alice.enter()
    kernel = alice.new_kernel()
    path = f"/user/alice/api/kernels/{kernel}/channels"
    for connect in (lambda: carol.connect(path),
                    lambda: websocket.create_connection(f"ws{hub.address[4:]}{path}", timeout=20)):
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            connect()
        assert refused.value.status_code in REFUSED
    # A page of another origin that has alice's cookies.
    request = requests.Request("GET", f"{hub.address}{path}")
    cookies = alice.web.prepare_request(request).headers["Cookie"]
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        websocket.create_connection(f"ws{hub.address[4:]}{path}", timeout=20, cookie=cookies,
                                    origin="https://elsewhere.example")
    assert refused.value.status_code in REFUSED


def test_files_of_others_and_of_the_installation_are_closed(hub):
    carol = hub.log_in("carol")
    carol.enter()
    places = [f"{hub.folder}/{name}" for name in (
        "people/alice", "projects/harbour", "secrets/runs.token", "secrets/cookie", "secrets/proxy"
        ".token", "hub", "hub/jupyterhub.sqlite", "hub/first_password", "twin",
        "twin/ledger.sqlite", "twin/runs", "logs/hub.log", "logs/servers/alice.log")]
    said = carol.run_code(
        "import os\n"
        f"for place in {places!r}:\n"
        "    for what in (os.listdir, open):\n"
        "        try: what(place); print('READ', place)\n"
        "        except (PermissionError, NotADirectoryError, IsADirectoryError, "
        "FileNotFoundError): pass\n"
        "for number in filter(str.isdecimal, os.listdir('/proc')):\n"
        "    try:\n"
        "        told = open(f'/proc/{number}/environ').read()\n"
        "        if f'USER=twin-carol' not in told and 'JUPYTERHUB' in told: print('ENVIRON')\n"
        "    except OSError: pass\n"
        "print('done')")
    assert said.strip() == "done"


def test_no_secret_is_on_a_command_line_in_a_log_or_in_the_repository(hub):
    secrets = [path.read_text().strip() for path in (hub.folder / "secrets").iterdir()]
    secrets.append(hub.admin_password)
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            try:
                line = (path / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            assert not any(one in line for one in secrets), line
    for path in (hub.folder / "logs").rglob("*.log"):
        told = path.read_text(errors="replace")
        assert not any(one in told for one in secrets), path
    looks_secret = r"(password|secret|token)\s*=\s*['\"][^'\"{]{12,}"
    kept = subprocess.run(["git", "grep", "-nIE", looks_secret], cwd=ROOT,
                          capture_output=True, text=True, check=False).stdout
    allowed = ("tests/", "correct-horse")
    assert [line for line in kept.splitlines() if not any(one in line for one in allowed)] == []
    carol = hub.log_in("carol")
    carol.enter()
    environment = carol.run_code("import os; print(os.environ)")
    assert not any(one in environment for one in secrets)


def test_request_of_another_page_is_refused(hub):
    """Alice's cookies without the token that only her own pages know."""
    alice = hub.log_in("alice")
    alice.enter()
    before = alice.api("GET", "users/alice/tokens").json()
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Referer":
                 "https://elsewhere.example/", "Origin": "https://elsewhere.example"}
    for method, path in (("POST", "/hub/api/users/alice/tokens"),
                         ("DELETE", "/hub/api/users/alice/server"),
                         ("POST", "/user/alice/api/kernels"), ("POST", "/services/projects/"),
                         ("POST", "/services/projects/harbour")):
        for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
            answer = alice.web.request(
                method, f"{hub.address}{path}", timeout=30, allow_redirects=False, data="{}",
                headers={**elsewhere, "Content-Type": kind})
            assert answer.status_code in (400, *REFUSED), (method, path, answer.status_code)
    after = alice.api("GET", "users/alice/tokens").json()
    assert len(after["api_tokens"]) == len(before["api_tokens"])
    assert alice.api("GET", "users/alice").json()["servers"][""]["ready"]


@pytest.mark.parametrize("target", [
    "https://elsewhere.example/", "//elsewhere.example/", r"\\elsewhere.example",
    "/\\elsewhere.example", "http:elsewhere.example", "/%5Celsewhere.example"])
def test_login_sends_nobody_elsewhere(hub, target):
    visitor = hub.log_in("alice")
    answer = visitor.get("/hub/login", params={"next": target}, allow_redirects=False)
    place = answer.headers.get("Location", "/")
    assert place.startswith("/")
    assert not re.match(r"/[/\\]", place)


@pytest.mark.parametrize("path", [
    "/user/alice/files/..%2F..%2Fbob", "/user/alice/api/contents/..%2F..%2F..%2Fetc%2Fpasswd",
    "/user/alice/files/%2e%2e/%2e%2e/secrets/cookie", "/services/projects/..%2Fhealth",
    "/services/runs/api/runs/..%2F..%2Fledger.sqlite", "/hub/static/..%2F..%2Fjupyterhub.sqlite",
    "/services/runs/api/runs/x/files/..%2Fledger"])
def test_path_out_of_its_folder_is_refused(hub, path):
    alice = hub.log_in("alice")
    alice.enter()
    answer = alice.web.send(_raw(alice, hub.address + path), timeout=30)
    assert answer.status_code in (400, 401, 403, 404, 405)
    assert "root:" not in answer.text


def _raw(visitor, address):
    """Return a request whose path is sent as it is written."""
    request = visitor.web.prepare_request(requests.Request("GET", address.split("?")[0]))
    request.url = address
    return request


def test_too_large_a_request_is_refused(hub):
    token = hub.log_in("alice").token()
    for path, size in (("/services/runs/api/launch", 3_000_000),
                       (f"/services/runs/api/inputs/{'0' * 64}.csv", 51_000_000)):
        try:
            answer = requests.request(
                "PUT" if "inputs" in path else "POST", hub.address + path, data=b"0" * size,
                headers={"Authorization": f"token {token}"}, timeout=60)
            assert answer.status_code in (400, 413, 502, 503), path
        except requests.ConnectionError:
            pass  # cut off while it was still sending
    assert _with_token(hub, RUNS, token).status_code == 200


def test_login_is_not_tried_without_end(hub):
    hub.add("victim")
    for _ in range(5):
        hub.log_in("victim", "not-the-password")
    late = hub.log_in("victim")  # the right one, too late
    assert late.api("GET", "user").status_code == 403
    assert hub.log_in("alice").api("GET", "user").status_code == 200


@pytest.mark.parametrize("path", ["/hub/login", "/hub/home", "/services/projects/"])
def test_pages_say_that_they_are_not_to_be_embedded_or_guessed(hub, path):
    headers = hub.log_in("alice").get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert re.search("frame-ancestors '(self|none)'", headers["Content-Security-Policy"])


def test_cookies_are_for_the_hub_alone(hub):
    visitor = hub.log_in("alice")
    for cookie in visitor.web.cookies:
        if cookie.name in ("jupyterhub-hub-login", "jupyterhub-session-id"):
            assert cookie.has_nonstandard_attr("HttpOnly"), cookie.name


def test_processes_of_services_have_no_rights_of_root(hub):
    for name in ("runs", "projects", "health", "runner", "culler"):
        told = Path(f"/proc/{hub.pid(name)}/status").read_text()
        assert "Uid:\t0" not in told, name
    assert os.stat(hub.folder / "secrets" / "proxy.token").st_uid == 0
