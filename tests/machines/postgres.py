"""A real PostgreSQL on this machine, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest; None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"),
                   key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return None if on_path is None else Path(on_path).parent


class PostgresServer:
    """A server at 127.0.0.1 that keeps its data while it is restarted.

    As root it runs under the user ``postgres``, which Debian's package makes: it refuses root.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
        self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] \
            if os.getuid() == 0 else []
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> PostgresServer:
        if self._as:
            shutil.chown(self.folder, "postgres", "postgres")
        self._call("initdb", "-D", str(self.folder / "data"), "-U", "twin", "-A", "trust",
                   "--no-sync")
        self.start()
        return self

    def __exit__(self, *exception) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, database: str = "postgres", user: str = "twin") -> str:
        """Return the address of a database as SQLAlchemy writes it."""
        return f"postgresql+psycopg://{user}@127.0.0.1:{self.port}/{database}"

    def new_database(self, name: str) -> str:
        """Make a database and return its address."""
        self._call("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "twin", name)
        return self.address(name)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            [*self._as, str(binaries() / "postgres"), "-D", str(self.folder / "data"), "-p",
             str(self.port), "-c", "listen_addresses=127.0.0.1", "-c",
             f"unix_socket_directories={self.folder}"],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder)
        log.close()
        limit = time.monotonic() + 30
        while subprocess.run([binaries() / "pg_isready", "-q", "-h", "127.0.0.1", "-p",
                              str(self.port)], check=False).returncode:
            if time.monotonic() > limit or self._process.poll() is not None:
                raise TimeoutError((self.folder / "log").read_text())
            time.sleep(0.1)

    def restart(self) -> None:
        """Stop it as an administrator would, and start it again."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait()
        self.start()

    def kill(self) -> None:
        """Kill it with signal 9; its children end by themselves."""
        self._process.kill()
        self._process.wait()

    def _call(self, program: str, *arguments: str) -> None:
        subprocess.run([*self._as, str(binaries() / program), *arguments], check=True,
                       capture_output=True, cwd=self.folder)
