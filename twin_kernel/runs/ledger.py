"""The ledger: the durable record of all runs, in SQLite (WAL) through SQLAlchemy."""

from __future__ import annotations

import fcntl
import getpass
import os
import secrets
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Engine,
    Float,
    Index,
    Integer,
    String,
    create_engine,
    event,
    select,
    text,
    update,
)
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from twin_kernel.errors import RunError, StorageError
from twin_kernel.settings import get_settings

__all__ = ["Ledger", "Record", "State", "open_ledger"]


class State(StrEnum):
    """Where a run stands. The first two are active, the others final until run again."""

    REQUESTED = "requested"
    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def active(self) -> bool:
        """Whether somebody should be working on it."""
        return self in (State.REQUESTED, State.RUNNING)


class _Base(DeclarativeBase):
    pass


class Record(_Base):
    """One run. Times are ISO 8601 UTC; durations s; memory MB."""

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_hash: Mapped[str] = mapped_column(String(64), index=True)
    case_json: Mapped[str] = mapped_column(String)
    state: Mapped[str] = mapped_column(String(16), index=True)
    solver: Mapped[str] = mapped_column(String(80))
    profile: Mapped[str] = mapped_column(String(80))
    cores: Mapped[int] = mapped_column(Integer)
    owner: Mapped[str] = mapped_column(String(80))
    folder: Mapped[str] = mapped_column(String)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created: Mapped[str] = mapped_column(String(32))
    started: Mapped[str | None] = mapped_column(String(32))
    finished: Mapped[str | None] = mapped_column(String(32))
    wall_seconds: Mapped[float | None] = mapped_column(Float)
    peak_memory: Mapped[float | None] = mapped_column(Float)
    driver_pid: Mapped[int | None] = mapped_column(Integer)
    driver_started: Mapped[float | None] = mapped_column(Float)
    reason: Mapped[str] = mapped_column(String, default="")


# Two clients that ask for the same case at the same instant get one run: the database decides.
_ACTIVE = text("state IN ('requested', 'running')")
_ONE_ACTIVE = Index("one_active_run_of_a_case", Record.case_hash, unique=True,
                    sqlite_where=_ACTIVE, postgresql_where=_ACTIVE)


def now() -> str:
    """Return the present instant, ISO 8601 UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Ledger:
    """Reads and writes records; every write is on disk before it returns.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        _Base.metadata.create_all(engine)
        _ONE_ACTIVE.create(engine, checkfirst=True)  # for a ledger older than the rule

    @contextmanager
    def _session(self):
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                yield session
        except IntegrityError:
            raise
        except DatabaseError as error:
            raise StorageError(
                "The ledger cannot be read or written", received=str(error.orig),
                next_step=f"check the disk and rights of {self._engine.url.database}") from error

    def add(self, **values: Any) -> Record | None:
        """Record a new run as requested and return it; None where its case has an active run."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        record = Record(id=f"{stamp}-{secrets.token_hex(3)}", state=State.REQUESTED, attempts=0,
                        owner=_user(), created=now(), reason="", **values)
        record.folder = str(Path(record.folder) / record.id)
        try:
            with self._session() as session:
                session.add(record)
        except IntegrityError:
            return None
        return record

    def get(self, run_id: str) -> Record:
        """Return a run by its id, or by a beginning of it that fits one only.

        Raises
        ------
        RunError
        """
        with self._session() as session:
            found = list(session.scalars(select(Record).where(
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

    def move(self, run_id: str, before: set[State], after: State, **values: Any) -> bool:
        """Change the state only where it is one of `before`; tell whether it was.

        It is neither where another run of the same case is active.
        """
        try:
            with self._session() as session:
                done = session.execute(update(Record).where(
                    Record.id == run_id, Record.state.in_([str(s) for s in before])
                ).values(state=str(after), **values))
                return done.rowcount == 1
        except IntegrityError:
            return False

    def list(self, *, case_hash: str | None = None, state: str | None = None,
             limit: int | None = 50) -> list[Record]:
        """Return runs, newest first."""
        query = select(Record).order_by(Record.created.desc(), Record.id.desc()).limit(limit)
        if case_hash is not None:
            query = query.where(Record.case_hash == case_hash)
        if state is not None:
            query = query.where(Record.state == state)
        with self._session() as session:
            return list(session.scalars(query))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # containers often run under a number without a name
        return f"uid {os.getuid()}"


def open_ledger(path: Path | None = None) -> Ledger:
    """Open the ledger of this installation, or the SQLite file at `path`.

    Raises
    ------
    StorageError
        Where its folder cannot be written.
    """
    path = get_settings().ledger_path if path is None else path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError("The folder of the ledger cannot be written", received=str(path.parent),
                           allowed="a folder on local disk you may write in",
                           next_step="set TWIN_DATA_DIRECTORY to one") from error
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _durable(connection, _record):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    try:
        # SQLite answers two processes that make one new file at once with "locked" or "table
        # exists", whatever its time-out: the second waits here for the first.
        with path.with_name(path.name + ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return Ledger(engine)
    except DatabaseError as error:
        raise StorageError("The ledger cannot be opened", received=f"{path}: {error.orig}",
                           allowed="a SQLite file on local disk you may write",
                           next_step="set TWIN_DATA_DIRECTORY to another folder") from error
