"""What the Data Catalog has beside databases, tables and partitions."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.create_table(
        "catalog_connections",
        sa.Column("name", _TEXT, primary_key=True),
        sa.Column("spec", _TEXT, nullable=False),
        sa.Column("secrets", _TEXT),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("modified_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "catalog_functions",
        sa.Column("database", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("spec", _TEXT, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("database", "key", name="pk_catalog_functions"),
        sa.ForeignKeyConstraint(
            ["database"],
            ["catalog_databases.name"],
            name="fk_catalog_functions_catalog_databases",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "catalog_settings",
        sa.Column("name", _TEXT, primary_key=True),
        sa.Column("text", _TEXT, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("modified_ms", sa.BigInteger, nullable=False),
    )
