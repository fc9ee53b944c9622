"""A real hub for tests: the environment, the processes, and people who log in over HTTP."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
import uuid
from pathlib import Path

import requests
import websocket

ROOT = Path(__file__).resolve().parents[2]
AS_ROOT = os.geteuid() == 0
PREFIX = Path("/opt/estuary-twin") if AS_ROOT else ROOT / ".venv"
PASSWORD = "correct-horse-battery"
ASK = """
import json, os, urllib.error, urllib.request
def ask(method, address, content=None):
    request = urllib.request.Request(
        address, None if content is None else json.dumps(content).encode(), method=method,
        headers={"Authorization": "token " + os.environ["JUPYTERHUB_API_TOKEN"]})
    try:
        return urllib.request.urlopen(request).status, ""
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
"""
"""Code for a person's kernel: asks with the token of their server; returns status and words."""


def free_ports(count: int) -> int:
    """Return the first of some ports in a row that nothing listens on."""
    for first in range(18000 + os.getpid() % 500 * 20, 60000, 20):
        try:
            sockets = []
            for number in range(first, first + count):
                one = socket.socket()
                sockets.append(one)
                one.bind(("127.0.0.1", number))
        except OSError:
            continue
        else:
            return first
        finally:
            for one in sockets:
                one.close()
    raise RuntimeError("no ports")


class Hub:
    """A hub in a folder of its own.

    Parameters
    ----------
    folder : Path
        Short, and open to all accounts: sockets and people's homes lie below it.
    account : str or None
        Who starts it, where not the account of the tests.
    **settings : str
        ``TWIN_HUB_*`` by their names in lower case.
    """

    def __init__(self, folder: Path, account: str | None = None, **settings: str) -> None:
        self._as = [] if account is None else [
            "setpriv", f"--reuid={account}", f"--regid={account}", "--clear-groups"]
        first = free_ports(8)
        self.folder, self.address = folder, f"http://127.0.0.1:{first}"
        self.first_port = first + 1
        self.python = PREFIX / "bin" / "python"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TWIN_")},
            "TWIN_HUB_DIRECTORY": str(folder), "TWIN_HUB_ADDRESS": self.address,
            "TWIN_HUB_FIRST_PORT": str(self.first_port), "TWIN_HUB_ADMINISTRATORS": '["admin"]',
            **{f"TWIN_HUB_{name.upper()}": value for name, value in settings.items()}}

    def command(self, *arguments: str, check: bool = True, given: str = "") -> str:
        """Run ``python -m hub_config`` and return what it printed."""
        done = subprocess.run([*self._as, self.python, "-m", "hub_config", *arguments], text=True,
                              input=given, capture_output=True, env=self.environment, cwd="/",
                              check=False)
        if check and done.returncode:
            raise RuntimeError(f"{arguments}: {done.stdout}{done.stderr}\n{self.log('hub')}")
        return done.stdout + done.stderr

    def start(self) -> str:
        """Start it and return what it printed."""
        said = self.command("start", "--detach")
        path = self.folder / "hub" / "first_password"
        if path.is_file():
            self.admin_password = path.read_text().strip()
        return said

    def stop(self) -> None:
        """Stop it, and the servers of people."""
        self.command("stop", check=False)
        for path in Path("/proc").iterdir():
            if path.name.isdecimal():
                try:
                    told = (path / "environ").read_bytes()
                except OSError:
                    continue
                if str(self.folder).encode() in told and int(path.name) != os.getpid():
                    subprocess.run(["kill", "-9", path.name], check=False)

    def log(self, name: str, lines: int = 40) -> str:
        """Return the end of a program's log."""
        path = self.folder / "logs" / f"{name}.log"
        return "\n".join(path.read_text().splitlines()[-lines:]) if path.is_file() else ""

    def add(self, *names: str) -> None:
        """Let people in, all with one password."""
        self.command("person", *names, "--password", "-", given=PASSWORD)

    def log_in(self, name: str, password: str = PASSWORD) -> Visitor:
        """Return a browser's session of somebody who has logged in."""
        visitor = Visitor(self, name)
        visitor.log_in(password)
        return visitor

    def administrator(self) -> Visitor:
        """Return the session of the first administrator."""
        return self.log_in("admin", self.admin_password)

    def pid(self, program: str) -> int:
        """Return the process of a program that supervisord keeps."""
        told = subprocess.run(
            [PREFIX / "bin" / "supervisorctl", "-c", self.folder / "hub" / "supervisord.conf",
             "pid", program], capture_output=True, text=True, check=True)
        return int(told.stdout)


class Visitor:
    """Somebody in front of a browser, with its cookies.

    Parameters
    ----------
    hub : Hub
    name : str
    """

    def __init__(self, hub: Hub, name: str) -> None:
        self.hub, self.name, self.web = hub, name, requests.Session()

    def log_in(self, password: str) -> requests.Response:
        """Fill in the form of the login."""
        address = f"{self.hub.address}/hub/login"
        form = self.web.get(address, timeout=30)
        found = re.search(r'name="_xsrf" value="([^"]+)"', form.text)
        return self.web.post(address, timeout=30, allow_redirects=False, data={
            "username": self.name, "password": password, "_xsrf": found[1] if found else ""})

    def api(self, method: str, path: str, **more) -> requests.Response:
        """Ask the hub's own API as its pages do."""
        xsrf = self.web.cookies.get("_xsrf", path="/hub/") or ""
        return self.web.request(method, f"{self.hub.address}/hub/api/{path}", timeout=60,
                                headers={"X-XSRFToken": xsrf, "Referer":
                                         f"{self.hub.address}/hub/home"}, **more)

    def get(self, path: str, **more) -> requests.Response:
        """Open a page."""
        return self.web.get(f"{self.hub.address}{path}", timeout=60, **more)

    def fill_in(self, path: str, **data: str) -> requests.Response:
        """Send the form of a page of a service."""
        page = self.get(path)
        found = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        return self.web.post(f"{self.hub.address}{path}", timeout=90, data={
            "_xsrf": found[1] if found else "", **data})

    def token(self, scopes: list[str] | None = None, expires_in: int | None = None) -> str:
        """Return a token that the person asked for."""
        wanted = {"note": "test", "expires_in": expires_in, "scopes": scopes}
        answer = self.api("POST", f"users/{self.name}/tokens", json={
            name: value for name, value in wanted.items() if value is not None})
        answer.raise_for_status()
        return answer.json()["token"]

    def start_server(self, seconds: float = 60.0, **options) -> float:
        """Start the person's server; return the seconds until it was ready."""
        began = time.monotonic()
        answer = self.api("POST", f"users/{self.name}/server", json=options)
        if answer.status_code not in (201, 202):
            raise RuntimeError(f"{answer.status_code} {answer.text}")
        while time.monotonic() - began < seconds:
            server = self.api("GET", f"users/{self.name}").json()["servers"].get("", {})
            if server.get("ready"):
                return time.monotonic() - began
            time.sleep(0.2)
        raise RuntimeError(f"not ready: {self.hub.log('servers/' + self.name)}")

    def enter(self) -> None:
        """Open the person's server once, as a browser does, so that it knows who comes."""
        self.get(f"/user/{self.name}/lab").raise_for_status()

    def server(self, method: str, path: str, of: str | None = None, **more) -> requests.Response:
        """Ask a server's own API as its pages do."""
        base = f"/user/{of or self.name}/"
        xsrf = self.web.cookies.get("_xsrf", path=base) or ""
        return self.web.request(method, f"{self.hub.address}{base}{path}", timeout=60,
                                headers={"X-XSRFToken": xsrf}, **more)

    def connect(self, path: str, **headers: str) -> websocket.WebSocket:
        """Open a WebSocket with the session's cookies."""
        request = requests.Request("GET", f"{self.hub.address}{path}")
        cookies = self.web.prepare_request(request).headers.get("Cookie", "")
        return websocket.create_connection(
            f"ws{self.hub.address[4:]}{path}", timeout=120, cookie=cookies,
            origin=self.hub.address, header=[f"{key}: {value}" for key, value in headers.items()])

    def new_kernel(self) -> str:
        """Start a kernel and return its id."""
        answer = self.server("POST", "api/kernels", json={"name": "python3"})
        answer.raise_for_status()
        return answer.json()["id"]

    def run_code(self, code: str, kernel: str | None = None, seconds: float = 300.0) -> str:
        """Run code in a kernel of the person's server; return what it printed.

        Raises
        ------
        RuntimeError
            Where the code raised.
        """
        kernel = kernel or self.new_kernel()
        channel = self.connect(f"/user/{self.name}/api/kernels/{kernel}/channels")
        identity, said = uuid.uuid4().hex, []
        channel.send(json.dumps({
            "header": {"msg_id": identity, "msg_type": "execute_request", "username": self.name,
                       "session": identity, "version": "5.3", "date": ""},
            "parent_header": {}, "metadata": {}, "channel": "shell",
            "content": {"code": code, "silent": False, "store_history": False,
                        "user_expressions": {}, "allow_stdin": False}}))
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            message = json.loads(channel.recv())
            if message.get("parent_header", {}).get("msg_id") != identity:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                said.append(content["text"])
            elif kind == "error":
                raise RuntimeError(content["traceback"][-1])
            elif kind == "status" and content["execution_state"] == "idle":
                channel.close()
                return "".join(said)
        raise RuntimeError(f"no answer within {seconds} s: {''.join(said)}")
