"""Runs change the Data Catalog, and take their changes back when they fail."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.add_column("catalog_tables", sa.Column("undecided", _TEXT))
    op.add_column("catalog_partitions", sa.Column("undecided", _TEXT))
    op.create_table(
        "catalog_changes",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalog_changes"),
    )
