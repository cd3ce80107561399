"""Merged segments of the ledger, and those that they made superfluous."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.create_table(
        "merges",
        sa.Column("bookmark_id", _ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("after_version", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("merge", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("bookmark_id", "number", name="pk_merges"),
        sa.ForeignKeyConstraint(["bookmark_id"], ["bookmarks.id"], name="fk_merges_bookmarks"),
    )
    op.create_table(
        "dropped_segments",
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("dropped_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_dropped_segments"),
    )
