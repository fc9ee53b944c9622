"""People on one server: PostgreSQL itself keeps each to what is theirs and their projects'.

Each person connects under a role of their own that is a member of ``twin_users``. A row is seen by
its owner and by the members of its project, changed by its owner only, and what a run has used is
written by the service, whose role owns the tables and is not bound by these rules.
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0003", "0002"

_CHANGED_BY_OWNER = ("state", "wish", "reason", "token", "losses", "finished", "cores", "profile",
                     "ensemble", "priority")
# A person's own service writes what it sees of that person's runs.
_SEEN_BY_SERVICE = ("attempts", "node", "job", "exit_code", "started", "queue_seconds",
                    "wall_seconds", "core_seconds", "peak_memory", "output_bytes", "energy",
                    "carbon")
_MINE = "owner = current_user"
_OURS = "project IN (SELECT project FROM members WHERE member = current_user)"


def upgrade() -> None:
    """Make the table of members and, on PostgreSQL, the rules."""
    op.create_table("members", sa.Column("project", sa.String(80), primary_key=True),
                    sa.Column("member", sa.String(80), primary_key=True))
    if op.get_context().dialect.name != "postgresql":
        return
    op.execute("DO $$ BEGIN CREATE ROLE twin_users NOLOGIN; "
               "EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    changed = ", ".join(_CHANGED_BY_OWNER + _SEEN_BY_SERVICE)
    op.execute(f"GRANT SELECT, INSERT, UPDATE ({changed}) ON runs TO twin_users")
    op.execute("GRANT SELECT, INSERT ON dependencies TO twin_users")
    op.execute("GRANT SELECT ON members, alembic_version TO twin_users")
    for table in ("runs", "dependencies", "members"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY mine ON runs USING ({_MINE}) WITH CHECK ({_MINE} AND "
               f"(project = '' OR {_OURS}))")
    op.execute(f"CREATE POLICY ours ON runs FOR SELECT USING (project <> '' AND {_OURS})")
    # Both ends must be in view: nobody learns of a run by waiting for it.
    ends = ("EXISTS (SELECT 1 FROM runs WHERE id = run AND owner = current_user) AND "
            "EXISTS (SELECT 1 FROM runs WHERE id = needs)")
    op.execute(f"CREATE POLICY ends ON dependencies USING ({ends}) WITH CHECK ({ends})")
    op.execute("CREATE POLICY own ON members FOR SELECT USING (member = current_user)")
