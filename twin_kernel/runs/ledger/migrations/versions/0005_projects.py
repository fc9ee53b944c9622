"""Projects that people make themselves, with roles, a quota of core-hours and one of disk."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0005", "0004"


def upgrade() -> None:
    """Make the table, the roles and, on PostgreSQL, the rule that only members see a project."""
    op.create_table(
        "projects", sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("title", sa.String(120), nullable=False, server_default=""),
        sa.Column("state", sa.String(16), nullable=False, server_default="active"),
        sa.Column("origin", sa.String(16), nullable=False, server_default="people"),
        sa.Column("created", sa.String(32), nullable=False, server_default=""),
        sa.Column("core_hours", sa.Float), sa.Column("disk_gigabytes", sa.Float))
    op.add_column("members", sa.Column("role", sa.String(16), nullable=False,
                                       server_default="member"))
    # Until now all members came from the settings.
    op.execute("INSERT INTO projects (name, title, origin) "
               "SELECT DISTINCT project, project, 'settings' FROM members")
    if op.get_context().dialect.name != "postgresql":
        return
    op.execute("GRANT SELECT ON projects TO twin_users")
    op.execute("ALTER TABLE projects ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY ours ON projects FOR SELECT USING "
               "(name IN (SELECT project FROM members WHERE member = current_user))")
