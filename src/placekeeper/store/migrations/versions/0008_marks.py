"""Marks of single objects: those that could not be read, and those that are left out."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.create_table(
        "marks",
        sa.Column("bookmark_id", _ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("run_id", _TEXT),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("mark", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("bookmark_id", "number", name="pk_marks"),
        sa.ForeignKeyConstraint(["bookmark_id"], ["bookmarks.id"], name="fk_marks_bookmarks"),
    )
    op.create_index("ix_marks_kind", "marks", ["kind", "run_id"])
