"""The first ledger: one table of runs, each driven by a process of its own."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None


def upgrade() -> None:
    """Make the table of runs."""
    op.create_table(
        "runs",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("case_hash", sa.String(64), nullable=False, index=True),
        sa.Column("case_json", sa.String, nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("solver", sa.String(80), nullable=False),
        sa.Column("profile", sa.String(80), nullable=False),
        sa.Column("cores", sa.Integer, nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("folder", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("started", sa.String(32)),
        sa.Column("finished", sa.String(32)),
        sa.Column("wall_seconds", sa.Float),
        sa.Column("peak_memory", sa.Float),
        sa.Column("driver_pid", sa.Integer),
        sa.Column("driver_started", sa.Float),
        sa.Column("reason", sa.String, nullable=False))
    active = sa.text("state IN ('requested', 'running')")
    op.create_index("one_active_run_of_a_case", "runs", ["case_hash"], unique=True,
                    sqlite_where=active, postgresql_where=active)
