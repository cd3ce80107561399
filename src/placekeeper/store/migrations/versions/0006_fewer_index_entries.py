"""A start enters two indexes less: of tokens those in use count, of client tokens those that were given."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.drop_index("ix_job_runs_client_token", "job_runs")
    given = sa.text("client_token IS NOT NULL")
    op.create_index(
        "ix_job_runs_client_token",
        "job_runs",
        ["job_name", "client_token"],
        sqlite_where=given,
        postgresql_where=given,
    )
    op.drop_index("ux_job_runs_token_digest", "job_runs")
    has_launcher = sa.text("launcher IS NOT NULL")
    op.create_index(
        "ux_job_runs_token_digest",
        "job_runs",
        ["token_digest"],
        unique=True,
        sqlite_where=has_launcher,
        postgresql_where=has_launcher,
    )
