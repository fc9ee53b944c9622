"""The time step of a run: what a step costs depends on how long it is."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    """Add the column; runs of before are left out of predictions."""
    op.add_column("runs", sa.Column("time_step", sa.Float))
