"""The job service: leases, waiting runs, tags, security configurations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.add_column("job_runs", sa.Column("running_ms", sa.BigInteger))
    op.add_column("job_runs", sa.Column("state_detail", sa.Text))
    op.add_column("job_runs", sa.Column("client_token", sa.Text))
    op.create_index("ux_job_runs_client_token", "job_runs", ["job_name", "client_token"], unique=True)
    op.create_table(
        "launchers",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("renewals", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_launchers"),
    )
    op.create_table(
        "tags",
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("resource", "key", name="pk_tags"),
    )
    op.create_table(
        "security_configurations",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_security_configurations"),
    )
