"""One turn of the run service: adopt, watch, conclude, obey, hand out."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from twin_kernel.errors import StorageError, TwinError
from twin_kernel.runs.execute import STOP, Attempt
from twin_kernel.runs.folder import COMMAND, disk_below
from twin_kernel.runs.lease import grant, read_life
from twin_kernel.runs.ledger import Ledger, Record, State, Waiting, now
from twin_kernel.runs.ledger.people import current_user
from twin_kernel.runs.profiles import project_quotas
from twin_kernel.runs.service.clusters import Clusters, Shape
from twin_kernel.runs.service.endings import Endings
from twin_kernel.runs.service.flights import Flight, checkpoint_mark
from twin_kernel.runs.service.queue import choose
from twin_kernel.settings import Settings

__all__ = ["Service"]

_STOP_SECONDS = 60.0  # for a checkpoint, before a run is taken from its worker


class Service:
    """Hands out runs and watches them.

    Parameters
    ----------
    ledger : Ledger
    settings : Settings
    clusters : Clusters
    """

    def __init__(self, ledger: Ledger, settings: Settings, clusters: Clusters) -> None:
        self.ledger, self.settings, self.clusters = ledger, settings, clusters
        self.flights: dict[str, Flight] = {}
        # A managed service serves everybody, a person's own that person.
        self._whose = None if settings.service == "managed" else current_user()
        self.endings = Endings(ledger, settings)
        self._told: dict[str, str] = {}

    def adopt(self) -> None:
        """Watch what the last service handed out: it may be alive, ended, or lost."""
        if self._whose is None:
            self.ledger.declare({name: (project.members, project.core_hours)
                                 for name, project in self.settings.projects.items()})
        for waiting in self.ledger.active(self._whose):
            if waiting.token is not None:
                record = self.ledger.get(waiting.id)
                self.flights[record.id] = Flight(
                    record.id, record.token, Path(record.folder), self._shape(record),
                    mark=checkpoint_mark(Path(record.folder)))

    def turn(self) -> bool:
        """Do what is to be done now; tell whether any run is active."""
        active = self.ledger.active(self._whose)
        self._obey([one for one in active if one.wish])
        self._watch()
        self._hand_out(active)
        self.clusters.close_idle({flight.shape for flight in self.flights.values()})
        return bool(active)

    # What is handed out

    def _watch(self) -> None:
        for flight in list(self.flights.values()):
            with _alone(flight.run):
                self._watch_one(flight)

    def _watch_one(self, flight: Flight) -> None:
        flight.look()
        if flight.beat and not flight.told:
            self._begun(flight)
        ended = flight.ended()
        if ended is not None:
            self._end(flight, *ended)
        elif flight.stopping and time.monotonic() - flight.stopping > _STOP_SECONDS:
            self._end(flight, {}, "it did not stop when asked, and was taken from its worker")
        elif self._silent(flight):
            self._end(flight, {}, "no sign of life")
        elif not flight.beat and flight.future is not None:
            self._tell_trouble(flight)

    def _tell_trouble(self, flight: Flight) -> None:
        """Say in the ledger what keeps a run's job from its queue, and when that has passed."""
        trouble = self.clusters.trouble(flight.shape)
        reason = f"waits for its cluster: {trouble}" if trouble else ""
        if reason != self._told.get(flight.run, ""):
            self._told[flight.run] = reason
            self.ledger.move(flight.run, {State.REQUESTED}, State.REQUESTED, held=flight.token,
                             reason=reason)

    def _begun(self, flight: Flight) -> None:
        """Write down that an attempt computes, and for the first how long the run has waited."""
        record, life = self.ledger.get(flight.run), read_life(flight.folder, flight.token)
        first = {}
        if record.started is None:
            waited = datetime.now(UTC) - datetime.fromisoformat(record.created)
            first = {"started": now(), "queue_seconds": max(0.0, waited.total_seconds())}
        self.ledger.move(flight.run, {State.REQUESTED}, State.RUNNING, held=flight.token,
                         attempts=life["number"], node=life["node"], job=life["job"], reason="",
                         **first)
        flight.told = True

    def _end(self, flight: Flight, outcome: dict, why: str) -> None:
        if not outcome:
            self._fence(flight)
        self.endings.conclude(flight, outcome, why)
        del self.flights[flight.run]  # not before: the ledger may refuse, and is asked again

    def _silent(self, flight: Flight) -> bool:
        """Tell whether an attempt must be taken for lost; one that waits for a node is not."""
        quiet = time.monotonic() - flight.seen > self.settings.lease_seconds
        if flight.future is None:
            return quiet
        if flight.beat:
            return quiet and not disk_below(flight.folder, self.settings.disk_reserve / 2)
        if quiet and not self.clusters.healthy(flight.shape):
            self.clusters.forget(flight.shape)
            return True
        return False

    # What is wished

    def _obey(self, wishing: list[Waiting]) -> None:
        """Stop what is to be stopped: at once where nobody computes it yet."""
        for one in wishing:
            after = State.PAUSED if one.wish == "pause" else State.CANCELLED
            flight = self.flights.get(one.id)
            if flight is None or (flight.beat == 0 and not flight.look()):
                if flight is not None:
                    self._withdraw(flight)
                self.ledger.move(one.id, {State.REQUESTED, State.RUNNING}, after, wish="",
                                 token=None, finished=now(),
                                 reason=f"{after} while it waited for its place")
            elif flight.stopping is None:
                flight.stopping = time.monotonic()
                (flight.folder / STOP).touch()

    def _withdraw(self, flight: Flight) -> None:
        """Take an attempt back from a queue; should a worker have it already, its token is old."""
        self._fence(flight)
        del self.flights[flight.run]

    @staticmethod
    def _fence(flight: Flight) -> None:
        """Take the lease away: whoever still computes under it ends at its next sign of life."""
        if flight.folder.is_dir():
            grant(flight.folder, secrets.token_hex(8), 0)
        if flight.future is not None:
            flight.future.cancel()

    # What waits

    def _hand_out(self, active: list[Waiting]) -> None:
        waiting = [one for one in active if one.id not in self.flights and not one.wish
                   and one.state == State.REQUESTED]
        if not waiting:
            return
        in_use = [one for one in active if one.id in self.flights]
        room = {name: profile.total_cores for name, profile in self.settings.profiles.items()}
        for one in in_use:
            room[one.profile] = room.get(one.profile, 0) - one.cores
        if not any(cores > 0 for cores in room.values()):
            return
        unmet = self.ledger.unmet()
        quotas = project_quotas(self.ledger, self.settings)
        ready = [one for one in waiting if self._ready(one, unmet.get(one.id, []), quotas)]
        for one in choose(ready, in_use, room, self.ledger.used("owner", _weeks_ago(4))):
            self._try_start(one)

    def _try_start(self, one: Waiting) -> None:
        """Hand a run out; where that fails it rests, so that others have its place meanwhile."""
        try:
            self._start(one)
        except StorageError:
            raise
        except Exception as error:
            complain(error, f"run {one.id}: ")
            self.endings.rest(one.id)
            self.ledger.move(one.id, {State.REQUESTED}, State.REQUESTED,
                             reason=f"it could not be handed out yet: {error}")

    def _ready(self, one: Waiting, unmet: list[tuple[str, str]],
               quotas: dict[str, float | None]) -> bool:
        """Tell whether nothing but a place is missing; say what is."""
        lost = [run for run, state in unmet if State(state) in (State.FAILED, State.CANCELLED)]
        if lost:
            self.ledger.move(one.id, {State.REQUESTED}, State.FAILED, finished=now(),
                             reason=f"it needs run {lost[0]}, which did not complete")
            return False
        reason = f"waits for run {unmet[0][0]}" if unmet else ""
        quota = quotas.get(one.project)
        if quota is not None:
            used = self.ledger.used("project").get(one.project, 0.0)
            if used >= 3600.0 * quota:
                reason = f"the core-hours of project '{one.project}' are used up"
        if one.profile not in self.settings.profiles:
            reason = f"the settings of the run service have no profile '{one.profile}'"
        if disk_below(self.settings.data_directory, self.settings.disk_reserve / 2):
            reason = "the disk is full: runs wait until there is space"
        if self.endings.resting(one.id):
            return False
        if reason != self._told.get(one.id, ""):
            self._told[one.id] = reason
            self.ledger.move(one.id, {State.REQUESTED}, State.REQUESTED, reason=reason)
        return not reason

    def _start(self, one: Waiting) -> None:
        """Write a new lease, in the ledger first, and hand the run to a worker."""
        record = self.ledger.get(one.id)
        folder, token = Path(record.folder), secrets.token_hex(8)
        number = record.attempts + 1
        if not folder.parent.is_dir():  # a file system that is not mounted now
            self.ledger.move(one.id, {State.REQUESTED}, State.REQUESTED,
                             reason=f"the folder of runs is not seen by the service: {folder}")
            return
        if not (folder / COMMAND).is_file():
            self.ledger.move(one.id, {State.REQUESTED}, State.FAILED, finished=now(),
                             reason=f"its folder is gone: {folder}")
            return
        if not self.ledger.move(one.id, {State.REQUESTED}, State.REQUESTED, token=token):
            return
        (folder / STOP).unlink(missing_ok=True)
        grant(folder, token, number)
        command = json.loads((folder / COMMAND).read_text(encoding="utf-8"))
        shape, profile = self._shape(record), self.settings.profiles[record.profile]
        seconds = (None if profile.cluster == "local"
                   else profile.walltime_seconds - profile.stop_before)
        flight = Flight(one.id, token, folder, shape, mark=checkpoint_mark(folder))
        flight.future = self.clusters.submit(shape, Attempt(
            str(folder), token, number, tuple(command["command"]), record.cores, seconds))
        self.flights[one.id] = flight

    def _shape(self, record: Record) -> Shape:
        try:
            told = json.loads((Path(record.folder) / COMMAND).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            told = {}
        return Shape(record.profile, record.cores, told.get("parallelism", "threads"))


@contextmanager
def _alone(run: str) -> Iterator[None]:
    """Keep what is wrong with one run from the others; a ledger that fails concerns all."""
    try:
        yield
    except StorageError:
        raise
    except Exception as error:
        complain(error, f"run {run}: ")


def _weeks_ago(weeks: int) -> str:
    instant = datetime.fromtimestamp(time.time() - weeks * 7 * 86400, UTC)
    return instant.isoformat(timespec="seconds")


def complain(error: Exception, about: str = "") -> None:
    """Say in the service's log what a turn met."""
    said = str(error) if isinstance(error, TwinError) else f"{type(error).__name__}: {error}"
    with suppress(OSError):  # the disk of the log may be the one that is full
        print(f"{now()} {about}{said}", flush=True)
