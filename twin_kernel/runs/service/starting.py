"""One run service for each installation: its lock, and how a client sees that it is up."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from twin_kernel.errors import RunError, StorageError
from twin_kernel.runs.ledger import open_ledger
from twin_kernel.runs.ledger.people import current_user
from twin_kernel.settings import Settings, get_settings

__all__ = ["ANOTHER_SERVES", "OneService", "ensure_service", "service_lives"]

_LOCK, _LOG = "service.lock", "service.log"
_LOADING_SECONDS = 30.0
ANOTHER_SERVES = 3
"""Exit code of a service that is not needed."""
_started: dict[Path, tuple[subprocess.Popen, float]] = {}  # by this process


class OneService:
    """Holds the right to serve, for as long as this process lives.

    A lock on a file beside the runs, which the kernel releases with the process, however it ends.
    Where the ledger is on a server, a lock of that server too, so that services on two machines
    do not both serve one person.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self._path = settings.data_directory / _LOCK
        self._on_server = settings.ledger_url is not None
        self._file = self._connection = None

    def __enter__(self) -> bool:
        self._file = self._path.open("w")
        for _ in range(20):  # a client that looks whether it is up holds the lock for an instant
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return not self._on_server or self._lock_on_server()
            except BlockingIOError:
                time.sleep(0.05)
        return False

    def still_mine(self) -> bool:
        """Tell whether the right to serve is kept; a server that was restarted is asked anew."""
        if not self._on_server:
            return True
        try:
            if self._connection is not None:
                self._connection.execute(text("SELECT 1"))
                return True
        except DBAPIError:
            self._connection = None
        return self._lock_on_server()

    def _lock_on_server(self) -> bool:
        try:
            connection = open_ledger().engine.connect().execution_options(
                isolation_level="AUTOCOMMIT")
            taken = bool(connection.execute(
                text("SELECT pg_try_advisory_lock(hashtext(:whose))"),
                {"whose": f"run service of {current_user()}"}).scalar())
        except (DBAPIError, StorageError):  # it is not up: the lock on the file must do meanwhile
            return True
        self._connection = connection
        return taken

    def __exit__(self, *exception) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._file is not None:
            self._file.close()


def service_lives(settings: Settings | None = None) -> bool:
    """Tell whether a run service serves this installation."""
    path = (settings or get_settings()).data_directory / _LOCK
    try:
        with path.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True


def ensure_service() -> None:
    """Start the run service where none serves; it does not depend on the calling process.

    Raises
    ------
    RunError
        Where others keep the service ("managed") and it is not up.
    """
    settings = get_settings()
    if settings.runs_url is not None:  # the hub keeps it
        return
    if service_lives(settings) or _starting(settings.data_directory):
        return
    if settings.service == "managed":
        raise RunError("What is asked for is recorded, but nobody serves it yet",
                       received="service = 'managed', and no run service is up",
                       allowed="a service kept by the hub or by systemd",
                       next_step="ask whoever keeps it for: twin service run")
    with (Path(settings.data_directory) / _LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "twin_kernel.runs.service"], stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            cwd=settings.data_directory)
    _started[settings.data_directory] = (process, time.monotonic())


def _starting(data: Path) -> bool:
    """Tell whether a service that this process started is loading, or found that another serves."""
    if data not in _started:
        return False
    process, at = _started[data]
    code, age = process.poll(), time.monotonic() - at
    return age < _LOADING_SECONDS and code in (None, ANOTHER_SERVES)
