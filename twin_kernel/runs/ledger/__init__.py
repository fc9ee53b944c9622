"""The ledger: the durable record of all runs, in SQLite or PostgreSQL through SQLAlchemy."""

from __future__ import annotations

from twin_kernel.runs.ledger.engine import open_ledger
from twin_kernel.runs.ledger.ledger import Ledger, Waiting
from twin_kernel.runs.ledger.people import Person, acting_for, current_user
from twin_kernel.runs.ledger.tables import Record, State, now

__all__ = ["Ledger", "Person", "Record", "State", "Waiting", "acting_for", "current_user", "now",
           "open_ledger"]
