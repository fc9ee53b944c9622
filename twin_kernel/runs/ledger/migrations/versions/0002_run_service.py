"""The run service: owners and projects, leases, costs, predictions, dependencies."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"

_TEXTS = {"wish": 16, "project": 80, "model": 120, "model_version": 40, "machine": 160,
          "processes": 200}
_OPTIONAL_TEXTS = {"request_key": 120, "ensemble": 120, "token": 32, "node": 120, "job": 80}
_COUNTS = ("priority", "losses")
_OPTIONAL_COUNTS = ("triangles", "exit_code")
_NUMBERS = ("steps", "queue_seconds", "core_seconds", "energy", "carbon", "predicted_low",
            "predicted_median", "predicted_high")
_INDEXED = ("owner", "project", "ensemble", "created")


def upgrade() -> None:
    """Add what the service needs; runs that nobody drives any more are asked for again."""
    op.drop_index("one_active_run_of_a_case", "runs", if_exists=True)
    with op.batch_alter_table("runs") as runs:
        runs.drop_column("driver_pid")
        runs.drop_column("driver_started")
        runs.alter_column("solver", type_=sa.String(120))
        for name, length in _TEXTS.items():
            runs.add_column(sa.Column(name, sa.String(length), nullable=False, server_default=""))
        runs.add_column(sa.Column("stage", sa.String(16), nullable=False,
                                  server_default="exploratory"))
        for name, length in _OPTIONAL_TEXTS.items():
            runs.add_column(sa.Column(name, sa.String(length)))
        for name in _COUNTS:
            runs.add_column(sa.Column(name, sa.Integer, nullable=False, server_default="0"))
        for name in _OPTIONAL_COUNTS:
            runs.add_column(sa.Column(name, sa.Integer))
        runs.add_column(sa.Column("output_bytes", sa.BigInteger))
        for name in _NUMBERS:
            runs.add_column(sa.Column(name, sa.Float))
    for name in _INDEXED:
        op.create_index(f"ix_runs_{name}", "runs", [name])
    op.execute("UPDATE runs SET core_seconds = wall_seconds * cores")
    op.execute("UPDATE runs SET state = 'cancelled' WHERE state = 'interrupted'")
    op.execute("UPDATE runs SET state = 'requested' WHERE state = 'running'")
    active = sa.text("state IN ('requested', 'running')")
    op.create_index("one_active_run_of_a_case", "runs", ["owner", "project", "case_hash"],
                    unique=True, sqlite_where=active, postgresql_where=active)
    op.create_index("one_run_of_a_request", "runs", ["owner", "request_key"], unique=True)
    op.create_table(
        "dependencies",
        sa.Column("run", sa.String(40), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("needs", sa.String(40), sa.ForeignKey("runs.id"), primary_key=True))
