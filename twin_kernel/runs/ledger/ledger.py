"""Reading and writing the ledger: every write is on disk before it returns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session, undefer

from twin_kernel.errors import RunError, StorageError
from twin_kernel.runs.ledger.people import current_user
from twin_kernel.runs.ledger.tables import Dependency, Member, Project, Record, State, now

__all__ = ["Ledger", "Waiting"]

_ACTIVE = (str(State.REQUESTED), str(State.RUNNING))


class Waiting(NamedTuple):
    """What the queue needs to know of an active run."""

    id: str
    owner: str
    project: str
    profile: str
    cores: int
    priority: int
    created: str
    state: str
    wish: str
    token: str | None


class Ledger:
    """The record of all runs.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Of a database that holds the tables (`open_ledger`).
    """

    poll_seconds = 0.3
    """How often to ask how a run goes on."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def folder(self, record: Record) -> Path:
        """Return where the files of a run are."""
        return Path(record.folder)

    def bring(self, run_id: str, names: Sequence[str]) -> None:
        """Have files of a run ready to be read: here, they are."""

    def bring_results(self, run_id: str) -> None:
        """Have all files of a run that has ended ready to be read: here, they are."""

    @contextmanager
    def _session(self):
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise StorageError(
                "The ledger cannot be read or written", received=str(error.orig).strip(),
                next_step=f"check the disk, rights or server of {self.engine.url!r}") from error

    def request(self, identity: str, *, after: Sequence[str] = (),
                **values: Any) -> tuple[Record, bool]:
        """Record a run as asked for; durable when this returns.

        Parameters
        ----------
        identity : str
            Id of the new run.
        after : sequence of str
            Runs that must be complete before it begins.
        **values
            Other fields of `Record`.

        Returns
        -------
        Record
            The new run, or the one that the same request, or the same active case, already has.
        bool
            Whether it is new.
        """
        values = {"owner": current_user(), **values}
        # To the microsecond: requests of one second keep their order.
        created = datetime.now(UTC).isoformat(timespec="microseconds")
        record = Record(id=identity, state=str(State.REQUESTED), created=created, **values)
        try:
            with self._session() as session:
                session.add(record)
                session.flush()
                session.add_all(Dependency(run=identity, needs=other) for other in set(after))
            return self.get(identity), True
        except IntegrityError:
            return self._same_request(values), False

    def _same_request(self, values: dict[str, Any]) -> Record:
        """Return the run that the database refused to have twice."""
        key, known = values.get("request_key"), []
        if key is not None:
            known = self.list(owner=values["owner"], request_key=key)
        known = known or [record for record in self.list(
            owner=values["owner"], case_hash=values["case_hash"],
            project=values.get("project", ""), limit=None) if State(record.state).active]
        if not known:  # it ended in the meantime, or a run to wait for is not there
            raise RunError("The request cannot be recorded", received=values["case_hash"][:12],
                           allowed="runs to wait for that the ledger has",
                           next_step="ask again")
        return self.get(known[0].id)

    def get(self, run_id: str) -> Record:
        """Return a run with its case, by its id or by a beginning of it that fits one only.

        Raises
        ------
        RunError
        """
        with self._session() as session:
            found = list(session.scalars(select(Record).options(undefer(Record.case_json)).where(
                Record.id.startswith(run_id, autoescape=True)).limit(3)))
        exact = [record for record in found if record.id == run_id] or found
        if len(exact) != 1:
            raise RunError("Unknown run" if not exact else "Several runs begin so",
                           received=run_id, allowed="the id of one run",
                           next_step="twin runs lists them")
        return exact[0]

    def set(self, run_id: str, **values: Any) -> None:
        """Change fields of a run."""
        with self._session() as session:
            session.execute(update(Record).where(Record.id == run_id).values(**values))

    def move(self, run_id: str, before: Iterable[State], after: State,
             held: str | None = None, **values: Any) -> bool:
        """Change the state only where it is one of `before`, and tell whether it was.

        It is not moved either where another run of the same case is active.

        Parameters
        ----------
        run_id : str
        before : iterable of State
        after : State
        held : str or None
            Token of the lease that must hold the run; "" where none may, None where any may.
        **values
            Fields to change with it.
        """
        query = update(Record).where(Record.id == run_id, Record.state.in_(
            [str(state) for state in before]))
        if held is not None:
            query = query.where(Record.token == held if held else Record.token.is_(None))
        try:
            with self._session() as session:
                return session.execute(query.values(state=str(after), **values)).rowcount == 1
        except IntegrityError:
            return False

    def wish(self, run_id: str, wish: str) -> None:
        """Ask the run service to "cancel" or to "pause" a run, where it is active."""
        with self._session() as session:
            session.execute(update(Record).where(
                Record.id == run_id, Record.state.in_(_ACTIVE)).values(wish=wish))

    def list(self, *, limit: int | None = 50, since: str | None = None,
             **equal: str | None) -> list[Record]:
        """Return runs, newest first, without their cases.

        Parameters
        ----------
        limit : int or None
        since : str or None
            ISO 8601 instant; only runs asked for from then on.
        **equal
            Fields and the values they must have; None is no condition.
        """
        query = select(Record).order_by(Record.created.desc(), Record.id.desc()).limit(limit)
        for name, value in equal.items():
            if value is not None:
                query = query.where(getattr(Record, name) == value)
        if since is not None:
            query = query.where(Record.created >= since)
        with self._session() as session:
            return list(session.scalars(query))

    def active(self, owner: str | None = None) -> list[Waiting]:
        """Return what is asked for or being computed, by one person or by all, oldest first."""
        columns = [getattr(Record, name) for name in Waiting._fields]
        query = select(*columns).where(Record.state.in_(_ACTIVE)).order_by(
            Record.created, Record.id)
        if owner is not None:
            query = query.where(Record.owner == owner)
        with self._session() as session:
            return [Waiting(*row) for row in session.execute(query)]

    def declare(self, projects: dict[str, tuple[tuple[str, ...], float | None]]) -> None:
        """Write the projects of the settings in place of those written so before.

        Projects that people made stay as they are, also under a name that the settings have.

        Parameters
        ----------
        projects : dict of str to (tuple of str, float or None)
            Members and core-hours of each.
        """
        ours = select(Project.name).where(Project.origin == "settings")
        with self._session() as session:
            session.execute(delete(Member).where(Member.project.in_(ours)))
            session.execute(delete(Project).where(Project.origin == "settings"))
            made = set(session.scalars(select(Project.name)))
            for name, (people, core_hours) in projects.items():
                if name not in made:
                    session.add(Project(name=name, title=name, origin="settings", created=now(),
                                        core_hours=core_hours))
                    session.add_all(Member(project=name, member=one) for one in set(people))

    def quotas(self, member: str | None = None) -> dict[str, float | None]:
        """Return the core-hours of each open project, or of those a person belongs to."""
        query = select(Project.name, Project.core_hours).where(Project.state == "active")
        if member is not None:
            query = query.where(Project.name.in_(
                select(Member.project).where(Member.member == member)))
        with self._session() as session:
            return {name: core_hours for name, core_hours in session.execute(query)}

    def past(self, limit: int, **equal: str) -> list[Record]:
        """Return the last runs with some values, for what they took."""
        return self.list(limit=limit, **equal)

    def unmet(self) -> dict[str, list[tuple[str, str]]]:
        """Return for each requested run the runs it waits for that are not complete.

        Returns
        -------
        dict of str to list of (str, str)
            Id and state of each.
        """
        from sqlalchemy.orm import aliased

        mine, other = aliased(Record), aliased(Record)
        query = select(Dependency.run, other.id, other.state).join(
            mine, mine.id == Dependency.run).join(other, other.id == Dependency.needs).where(
            mine.state == str(State.REQUESTED), other.state != str(State.COMPLETE))
        found: dict[str, list[tuple[str, str]]] = {}
        with self._session() as session:
            for run, needed, state in session.execute(query):
                found.setdefault(run, []).append((needed, state))
        return found

    def needs(self, run_id: str) -> list[str]:
        """Return the runs that a run waits for."""
        with self._session() as session:
            return list(session.scalars(select(Dependency.needs).where(
                Dependency.run == run_id)))

    def used(self, by: str, since: str = "") -> dict[str, float]:
        """Return the core-seconds used, by ``"owner"`` or ``"project"``."""
        column = getattr(Record, by)
        with self._session() as session:
            return {name: float(total or 0.0) for name, total in session.execute(
                select(column, func.sum(Record.core_seconds)).where(
                    Record.created >= since).group_by(column))}

