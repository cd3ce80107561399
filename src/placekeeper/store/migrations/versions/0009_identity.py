"""Which state a database belongs to: one row."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.create_table(
        "identity",
        sa.Column("one", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("state_id", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_identity"),
        sa.CheckConstraint("one = 1", name="ck_identity_one_row"),
    )
