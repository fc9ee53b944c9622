"""A real OpenSSH server on this machine: the login node of a cluster elsewhere."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

CONFIGURATION = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
SetEnv {environment}
"""
_SBATCH = """#!{python}
import os, signal, subprocess, sys
from pathlib import Path

told = subprocess.run(["{sbatch}", *sys.argv[1:]])
drop = Path("{folder}/drop")
if drop.exists():  # the connection breaks after the job was taken and before that is said
    drop.unlink()
    keeper = os.getppid()
    while "sshd" not in Path(f"/proc/{{keeper}}/comm").read_text():
        keeper = int(Path(f"/proc/{{keeper}}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(keeper, signal.SIGKILL)
print("a greeting of 2 words", file=sys.stderr)
sys.exit(told.returncode)
"""


def daemon() -> str | None:
    """Return the server's program; None where it is not installed."""
    return shutil.which("sshd") or shutil.which("/usr/sbin/sshd")


class LoginNodeServer:
    """A server for the person who runs the tests, with one client key that it accepts.

    Parameters
    ----------
    **environment : str
        What its sessions have in their environment.
    """

    def __init__(self, **environment: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sshd-", dir="/tmp"))
        self.user = getpass.getuser()
        self.key, self.known_hosts = self.folder / "key", self.folder / "known_hosts"
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        self._environment = environment
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> LoginNodeServer:
        (self.folder / "bin").mkdir()
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where the server confines what it parses
        make_key(self.folder / "key")
        shutil.copy(self.folder / "key.pub", self.folder / "authorized_keys")
        self.new_host_key()
        self.trust()
        sbatch = self.folder / "bin" / "sbatch"
        sbatch.write_text(_SBATCH.format(python=sys.executable, sbatch=shutil.which("sbatch"),
                                         folder=self.folder))
        sbatch.chmod(0o755)
        words = {**self._environment, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"}
        (self.folder / "sshd_config").write_text(CONFIGURATION.format(
            port=self.port, folder=self.folder,
            environment=" ".join(f'"{name}={value}"' for name, value in words.items())))
        self.start()
        return self

    def __exit__(self, *exception) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_host_key(self) -> None:
        """Give the server another host key, as a reinstalled machine has."""
        for name in ("host_key", "host_key.pub"):
            (self.folder / name).unlink(missing_ok=True)
        make_key(self.folder / "host_key")

    def trust(self) -> None:
        """Have the client know the server's host key."""
        kind, key = (self.folder / "host_key.pub").read_text().split()[:2]
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {kind} {key}\n")
        self.known_hosts.chmod(0o644)

    def start(self) -> None:
        """Start it, and wait until it listens."""
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            [daemon(), "-D", "-e", "-f", str(self.folder / "sshd_config")],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        limit = time.monotonic() + 15
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            if time.monotonic() > limit or self._process.poll() is not None:
                raise TimeoutError((self.folder / "log").read_text())
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it and its connections with signal 9."""
        if self._process is None:
            return
        with suppress(psutil.Error):
            for child in psutil.Process(self._process.pid).children(recursive=True):
                if child.name() == "sshd":
                    child.send_signal(signal.SIGKILL)
        self._process.kill()
        self._process.wait()

    def drop_after_submission(self) -> Path:
        """Have the next submission's connection break once the job is taken."""
        drop = self.folder / "drop"
        drop.touch()
        return drop

    def settings(self, data: Path) -> str:
        """Return the table of a profile that says how to reach it."""
        return (f'host = "127.0.0.1"\nport = {self.port}\nuser = "{self.user}"\n'
                f'key_file = "{self.key}"\nknown_hosts_file = "{self.known_hosts}"\n'
                f'data_directory = "{data}"\nconnect_timeout = 3\n')


def make_key(path: Path) -> None:
    """Make a pair of keys."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "twin", "-f", str(path)],
                   check=True, stdin=subprocess.DEVNULL)
