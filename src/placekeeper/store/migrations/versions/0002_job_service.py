"""The job service: leases, waiting runs, tags, security configurations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.add_column("job_runs", sa.Column("running_ms", sa.BigInteger))
    op.add_column("job_runs", sa.Column("state_detail", _TEXT))
    op.add_column("job_runs", sa.Column("client_token", _TEXT))
    op.create_index("ux_job_runs_client_token", "job_runs", ["job_name", "client_token"], unique=True)
    op.create_table(
        "launchers",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("host", _TEXT, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("renewals", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_launchers"),
    )
    op.create_table(
        "tags",
        sa.Column("resource", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("resource", "key", name="pk_tags"),
    )
    op.create_table(
        "security_configurations",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("spec", _TEXT, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_security_configurations"),
    )
