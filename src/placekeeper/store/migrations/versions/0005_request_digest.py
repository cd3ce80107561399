"""A start sent again is known by its request; open runs with a launcher and tags are found by indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.drop_column("launchers", "pid")
    op.add_column("job_runs", sa.Column("request_digest", sa.String(64)))
    op.drop_index("ux_job_runs_client_token", "job_runs")
    op.create_index("ix_job_runs_client_token", "job_runs", ["job_name", "client_token"])
    op.create_index("ix_tags_key", "tags", ["key", "value", "resource"])
    taken = sa.text("completed_ms IS NULL AND launcher IS NOT NULL")
    op.create_index("ix_job_runs_taken", "job_runs", ["ordinal"], sqlite_where=taken, postgresql_where=taken)
