"""The Data Catalog: databases, tables and partitions of tables."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.create_table(
        "catalog_databases",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("spec", _TEXT, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_catalog_databases"),
    )
    op.create_table(
        "catalog_tables",
        sa.Column("database", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("spec", _TEXT, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("modified_ms", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("database", "name", name="pk_catalog_tables"),
        sa.ForeignKeyConstraint(
            ["database"],
            ["catalog_databases.name"],
            name="fk_catalog_tables_catalog_databases",
            ondelete="CASCADE",
        ),
    )
    table = ["database", "table_name"]
    op.create_table(
        "catalog_partitions",
        sa.Column("ordinal", _ID, autoincrement=True, nullable=False),
        sa.Column("database", _TEXT, nullable=False),
        sa.Column("table_name", _TEXT, nullable=False),
        sa.Column("partition_values", _TEXT, nullable=False),
        sa.Column("values_digest", sa.String(64), nullable=False),
        sa.Column("spec", _TEXT, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("ordinal", name="pk_catalog_partitions"),
        sa.ForeignKeyConstraint(
            table,
            ["catalog_tables.database", "catalog_tables.name"],
            name="fk_catalog_partitions_catalog_tables",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ux_catalog_partitions_values", "catalog_partitions", [*table, "values_digest"], unique=True
    )
    op.create_index("ix_catalog_partitions_ordinal", "catalog_partitions", [*table, "ordinal"])
