"""The Data Catalog keeps versions, indexes and statistics of tables, and finds partitions by their keys."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from placekeeper.rules.catalog.key_order import order_texts

revision = "0013"
down_revision = "0012"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TABLE = ["database", "table_name"]
_AT_ONCE = 1000


def upgrade() -> None:
    """Forward only: a state is never taken back to an older schema."""
    op.add_column("catalog_tables", sa.Column("indexes", _TEXT))
    op.create_table(
        "catalog_table_versions",
        sa.Column("database", _TEXT, nullable=False),
        sa.Column("table_name", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("spec", _TEXT, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("modified_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(*_TABLE, "version", name="pk_catalog_table_versions"),
        _of_a_table("catalog_table_versions"),
    )
    op.create_table(
        "catalog_table_statistics",
        sa.Column("database", _TEXT, nullable=False),
        sa.Column("table_name", _TEXT, nullable=False),
        sa.Column("column_name", _TEXT, nullable=False),
        sa.Column("spec", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint(*_TABLE, "column_name", name="pk_catalog_table_statistics"),
        _of_a_table("catalog_table_statistics"),
    )
    op.create_table(
        "catalog_partition_statistics",
        sa.Column("ordinal", _ID, nullable=False, autoincrement=False),
        sa.Column("column_name", _TEXT, nullable=False),
        sa.Column("spec", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("ordinal", "column_name", name="pk_catalog_partition_statistics"),
        sa.ForeignKeyConstraint(
            ["ordinal"],
            ["catalog_partitions.ordinal"],
            name="fk_catalog_partition_statistics_catalog_partitions",
            ondelete="CASCADE",
        ),
    )
    for place in (1, 2, 3):
        op.add_column("catalog_partitions", sa.Column(f"key{place}", _TEXT))
    _fill(op.get_bind())
    for place in (1, 2, 3):
        keys = [f"key{n}" for n in range(place, 4)]
        op.create_index(f"ix_catalog_partitions_key{place}", "catalog_partitions", [*_TABLE, *keys])


def _of_a_table(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        _TABLE,
        ["catalog_tables.database", "catalog_tables.name"],
        name=f"fk_{name}_catalog_tables",
        ondelete="CASCADE",
    )


def _fill(connection: sa.Connection) -> None:
    """Give the partitions that are there the texts by which they are found."""
    tables = connection.execute(sa.text("SELECT database, name, spec FROM catalog_tables")).all()
    put = sa.text("UPDATE catalog_partitions SET key1 = :key1, key2 = :key2, key3 = :key3 WHERE ordinal = :o")
    for database, name, spec in tables:
        types = [key.get("Type") or "string" for key in json.loads(spec).get("PartitionKeys") or ()]
        for rows in _pieces(connection, database, name):
            texts = [order_texts(json.loads(values), types) for _, values in rows]
            found = [
                {"key1": key1, "key2": key2, "key3": key3, "o": row[0]}
                for row, (key1, key2, key3) in zip(rows, texts, strict=True)
            ]
            connection.execute(put, found)


def _pieces(connection: sa.Connection, database: str, name: str) -> Iterator[list[Any]]:
    """Ordinals and values of a table's partitions."""
    found = sa.text(
        "SELECT ordinal, partition_values FROM catalog_partitions "
        "WHERE database = :d AND table_name = :t AND ordinal > :after ORDER BY ordinal LIMIT :many"
    )
    after = -1
    while True:
        wanted = {"d": database, "t": name, "after": after, "many": _AT_ONCE}
        rows = list(connection.execute(found, wanted).all())
        if not rows:
            return
        after = rows[-1][0]
        yield rows
