"""Opening the ledger: the database, its durability, and its schema brought up to date."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, nullcontext
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from twin_kernel.errors import StorageError
from twin_kernel.runs.ledger.ledger import Ledger
from twin_kernel.runs.ledger.people import acting_person
from twin_kernel.runs.ledger.personal import PersonalLedger
from twin_kernel.runs.ledger.remote import RemoteLedger
from twin_kernel.settings import get_settings

__all__ = ["SCHEMA", "open_ledger"]

SCHEMA = "0005"
"""The migration that this code works with."""
_MIGRATIONS = Path(__file__).with_name("migrations")
_UPGRADE_LOCK = 7_245_031  # of PostgreSQL; any number that no other program takes


def open_ledger(path: Path | str | None = None) -> Ledger | RemoteLedger:
    """Open the ledger of this installation, or the one at `path`.

    Inside `acting_for` it shows and changes only what that person may see and change. In a
    person's server on a hub it is the hub's, through its service of runs.

    Parameters
    ----------
    path : Path, str or None
        A SQLite file, or the address of a database as SQLAlchemy writes it.

    Raises
    ------
    StorageError
        Where it cannot be opened, or was written by a later version.
    """
    settings = get_settings()
    if path is None and settings.runs_url is not None:
        return RemoteLedger(settings.runs_url, os.environ.get("JUPYTERHUB_API_TOKEN", ""),
                            settings.runs_directory)
    place = settings.ledger_address if path is None else path
    key = str(place), os.getpid()
    server = isinstance(place, str) and "://" in place
    # A file named outright is always opened anew: somebody wants to know whether it can be.
    if path is not None or key not in _opened or not (server or Path(place).is_file()):
        _opened[key] = _open(_server(place), nullcontext()) if server else _open_file(Path(place))
    person = acting_person()
    return _opened[key] if person is None else PersonalLedger(_opened[key].engine, person)


_opened: dict[tuple[str, int], Ledger] = {}  # a forked process opens its own


def _open_file(place: Path) -> Ledger:
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _open(_file(place), _file_lock(place))
    except StorageError:
        raise
    except OSError as error:
        raise StorageError("The folder of the ledger cannot be written",
                           received=f"{place.parent}: {error.strerror}",
                           allowed="a folder on local disk you may write in",
                           next_step="set TWIN_DATA_DIRECTORY to one") from error


def _server(address: str) -> Engine:
    try:
        # A connection that its server closed, as on a restart, is made anew before it is used.
        return create_engine(make_url(address), pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StorageError("The address of the ledger cannot be used", received=str(error),
                           allowed="postgresql+psycopg://user@host/database, or no address",
                           next_step="pip install 'estuary-twin[hub]', or mend "
                                     "TWIN_LEDGER_URL") from error


def _file(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _durable(connection, _record):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    return engine


@contextmanager
def _file_lock(path: Path):
    """Hold a lock beside a SQLite file.

    SQLite answers two processes that make one new file at once with "locked" or "table exists",
    whatever its time-out: the second waits here for the first.
    """
    new = not path.exists()
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
        if new:
            os.chmod(path, 0o600)


def _open(engine: Engine, lock) -> Ledger:
    try:
        with lock:
            _bring_up_to_date(engine)
    except DBAPIError as error:
        raise StorageError(
            "The ledger cannot be opened",
            received=f"{engine.url.render_as_string()}: {str(error.orig).strip()}",
            allowed="a SQLite file on local disk you may write, or a server that answers",
            next_step="set TWIN_DATA_DIRECTORY to another folder, or mend "
                      "TWIN_LEDGER_URL") from error
    return Ledger(engine)


def _bring_up_to_date(engine: Engine) -> None:
    """Apply the migrations that the database lacks; refuse one of a later version."""
    with engine.connect() as connection:
        found = _schema_of(connection)
        if found == SCHEMA:
            return
        if found is not None and found > SCHEMA:
            raise StorageError(
                "The ledger was written by a later version of the twin", received=found,
                allowed=f"schema {SCHEMA} or earlier", next_step="update the twin")
        from alembic import command
        from alembic.config import Config

        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_lock({_UPGRADE_LOCK})"))
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["connection"] = connection
        if found is None and "runs" in inspect(connection).get_table_names():
            command.stamp(config, "0001")  # older than migrations
        command.upgrade(config, SCHEMA)
        connection.commit()
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_unlock({_UPGRADE_LOCK})"))


def _schema_of(connection) -> str | None:
    if "alembic_version" not in inspect(connection).get_table_names():
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
