"""The tables of the ledger. Times are ISO 8601 UTC; durations s; memory MB; energy J; carbon g."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["Base", "Dependency", "Member", "Project", "Record", "State", "now"]


class State(StrEnum):
    """Where a run stands. The first two are active; the others last until it is asked for again."""

    REQUESTED = "requested"
    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PAUSED = "paused"

    @property
    def active(self) -> bool:
        """Whether the run service has work with it."""
        return self in (State.REQUESTED, State.RUNNING)

    @property
    def resumable(self) -> bool:
        """Whether it was stopped on purpose and goes on from its checkpoint when asked."""
        return self in (State.CANCELLED, State.PAUSED)


class Base(DeclarativeBase):
    """The tables of the ledger."""


class Record(Base):
    """One run, from the moment it is asked for."""

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_hash: Mapped[str] = mapped_column(String(64), index=True)
    case_json: Mapped[str] = mapped_column(String, deferred=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    wish: Mapped[str] = mapped_column(String(16), default="", server_default="")
    reason: Mapped[str] = mapped_column(String, default="", server_default="")

    owner: Mapped[str] = mapped_column(String(80), index=True)
    project: Mapped[str] = mapped_column(String(80), default="", server_default="", index=True)
    request_key: Mapped[str | None] = mapped_column(String(120))
    ensemble: Mapped[str | None] = mapped_column(String(120), index=True)
    priority: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    solver: Mapped[str] = mapped_column(String(120))
    model: Mapped[str] = mapped_column(String(120), default="", server_default="")
    model_version: Mapped[str] = mapped_column(String(40), default="", server_default="")
    stage: Mapped[str] = mapped_column(String(16), default="exploratory",
                                       server_default="exploratory")
    profile: Mapped[str] = mapped_column(String(80))
    cores: Mapped[int] = mapped_column(Integer)
    machine: Mapped[str] = mapped_column(String(160), default="", server_default="")
    triangles: Mapped[int | None] = mapped_column(Integer)
    steps: Mapped[float | None] = mapped_column(Float)
    time_step: Mapped[float | None] = mapped_column(Float)
    processes: Mapped[str] = mapped_column(String(200), default="", server_default="")

    folder: Mapped[str] = mapped_column(String)
    token: Mapped[str | None] = mapped_column(String(32))
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    losses: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    node: Mapped[str | None] = mapped_column(String(120))
    job: Mapped[str | None] = mapped_column(String(80))
    exit_code: Mapped[int | None] = mapped_column(Integer)

    created: Mapped[str] = mapped_column(String(32), index=True)
    started: Mapped[str | None] = mapped_column(String(32))
    finished: Mapped[str | None] = mapped_column(String(32))
    queue_seconds: Mapped[float | None] = mapped_column(Float)
    wall_seconds: Mapped[float | None] = mapped_column(Float)
    core_seconds: Mapped[float | None] = mapped_column(Float)
    peak_memory: Mapped[float | None] = mapped_column(Float)
    output_bytes: Mapped[int | None] = mapped_column(BigInteger)
    energy: Mapped[float | None] = mapped_column(Float)
    carbon: Mapped[float | None] = mapped_column(Float)

    predicted_low: Mapped[float | None] = mapped_column(Float)
    predicted_median: Mapped[float | None] = mapped_column(Float)
    predicted_high: Mapped[float | None] = mapped_column(Float)

    def __repr__(self) -> str:
        return (f"<run {self.id}: {self.state}, {self.solver} on {self.profile}, "
                f"of {self.owner}, asked for {self.created}>")


class Dependency(Base):
    """A run that waits for another to be complete."""

    __tablename__ = "dependencies"

    run: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    needs: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)


class Project(Base):
    """People who share runs, core-hours and a folder.

    Its origin is "settings", where it is written from there, or "people", who made it.
    """

    __tablename__ = "projects"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    title: Mapped[str] = mapped_column(String(120), default="", server_default="")
    state: Mapped[str] = mapped_column(String(16), default="active", server_default="active")
    origin: Mapped[str] = mapped_column(String(16), default="people", server_default="people")
    created: Mapped[str] = mapped_column(String(32), default="", server_default="")
    core_hours: Mapped[float | None] = mapped_column(Float)
    disk_gigabytes: Mapped[float | None] = mapped_column(Float)


class Member(Base):
    """A person of a project, "owner" or "member", who sees its runs."""

    __tablename__ = "members"

    project: Mapped[str] = mapped_column(String(80), primary_key=True)
    member: Mapped[str] = mapped_column(String(80), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), default="member", server_default="member")


# Two clients that ask for the same case at the same instant get one run, and the same request
# sent twice too: the database decides. What one person asks for says nothing to another.
_ACTIVE = text("state IN ('requested', 'running')")
Index("one_active_run_of_a_case", Record.owner, Record.project, Record.case_hash, unique=True,
      sqlite_where=_ACTIVE, postgresql_where=_ACTIVE)
Index("one_run_of_a_request", Record.owner, Record.request_key, unique=True)


def now() -> str:
    """Return the present instant, ISO 8601 UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
