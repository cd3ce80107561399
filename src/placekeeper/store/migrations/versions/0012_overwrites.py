"""A run that overwrites a folder keeps others from doing so meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.create_table(
        "overwrites",
        sa.Column("run_id", _TEXT, nullable=False),
        sa.Column("folder", _TEXT, nullable=False),
    )
    op.create_index("ix_overwrites_run_id", "overwrites", ["run_id"])
    op.create_index("ix_publications_settled", "publications", ["settled_ms"])
