"""The process of the run service: ``twin service run``."""

from __future__ import annotations

import os
import signal
import sys
import time

from twin_kernel.errors import StorageError
from twin_kernel.runs.ledger import Ledger, open_ledger
from twin_kernel.runs.ledger.people import current_user
from twin_kernel.runs.service.clusters import Clusters
from twin_kernel.runs.service.service import Service, complain
from twin_kernel.runs.service.starting import ANOTHER_SERVES, OneService
from twin_kernel.settings import Settings, get_settings

__all__ = ["main"]

_POLL = 0.2  # s
_IDLE_SECONDS = 60.0  # without work, a service that a client started ends
_LONGEST_PAUSE = 10.0  # s, while the ledger does not answer


class _Stop:
    """Remembers that a signal asked to stop."""

    asked = False

    def __call__(self, number, frame) -> None:
        self.asked = True

    def listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self)


def main(stay: bool = True) -> int:
    """Serve until asked to stop, or until there has been nothing to do for a minute.

    What runs is not stopped with the service: its workers go on, and the next service finds them.

    Parameters
    ----------
    stay : bool
        Whether to stay without work, too: as a hub's, systemd's or a job's service does, and one
        that a client has started does not.

    Returns
    -------
    int
        0, or `ANOTHER_SERVES`.
    """
    stop, settings = _Stop(), get_settings()
    stop.listen()
    settings.data_directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    while True:
        right = OneService(settings)
        with right as mine:
            if not mine:
                print("another run service serves this installation", flush=True)
                return ANOTHER_SERVES
            import dask_jobqueue  # noqa: F401  before it is needed: it takes SIGINT for itself

            stop.listen()
            _serve(open_patiently(stop), settings, stop, right, stay)
        # A request recorded while this service ended found its lock held: look once more.
        if stop.asked or not open_ledger().active(current_user()):
            break
    sys.stdout.flush()
    os._exit(0)  # closing the clusters would cancel the jobs that compute


def open_patiently(stop: _Stop) -> Ledger:
    """Open the ledger; wait for a server that is not up yet."""
    while True:
        try:
            return open_ledger()
        except StorageError as error:
            complain(error)
            if stop.asked:
                raise
            time.sleep(2.0)


def _serve(ledger: Ledger, settings: Settings, stop: _Stop, right: OneService,
           stay: bool) -> None:
    clusters = Clusters(settings.profiles, settings.data_directory / "jobs")
    service = Service(ledger, settings, clusters)
    adopted, busy_at, pause = False, time.monotonic(), _POLL
    while not stop.asked and right.still_mine():
        try:
            if not adopted:
                service.adopt()
                adopted = True
            if service.turn():
                busy_at = time.monotonic()
            pause = _POLL
        except Exception as error:
            complain(error)  # a full disk, a locked ledger, a scheduler that is down: all pass
            pause = min(_LONGEST_PAUSE, 2.0 * pause)
            busy_at = time.monotonic()
        if not stay and time.monotonic() - busy_at > _IDLE_SECONDS:
            clusters.close()
            return
        time.sleep(pause)
