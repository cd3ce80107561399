"""The tables of the Data Catalog."""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Integer, String, Table

from placekeeper.store.schema import Id, Text, metadata

catalog_databases = Table(
    "catalog_databases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("spec", Text, nullable=False),  # JSON of DatabaseInput as it was sent
    Column("created_ms", BigInteger, nullable=False),
)

catalog_tables = Table(
    "catalog_tables",
    metadata,
    Column("database", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("spec", Text, nullable=False),  # JSON of TableInput as it was sent
    Column("created_ms", BigInteger, nullable=False),
    Column("modified_ms", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),  # updates so far: VersionId
    Column("undecided", Text),  # JSON of Undecided; null: nothing of it can be taken back
    Column("indexes", Text),  # JSON of its partition indexes; null: none
    ForeignKeyConstraint(["database"], ["catalog_databases.name"], ondelete="CASCADE"),
)


def _of_a_table() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["database", "table_name"], ["catalog_tables.database", "catalog_tables.name"], ondelete="CASCADE"
    )


catalog_table_versions = Table(
    "catalog_table_versions",
    metadata,
    Column("database", Text, primary_key=True),
    Column("table_name", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),  # an older one than the table's
    Column("spec", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("modified_ms", BigInteger, nullable=False),
    _of_a_table(),
)

catalog_partitions = Table(
    "catalog_partitions",
    metadata,
    Column("ordinal", Id, primary_key=True, autoincrement=True),  # order of creation; pages go by it
    Column("database", Text, nullable=False),
    Column("table_name", Text, nullable=False),
    Column("partition_values", Text, nullable=False),  # JSON of the list
    # Unique in place of the list, which may be longer than what PostgreSQL can index.
    Column("values_digest", String(64), nullable=False),
    Column("spec", Text, nullable=False),  # JSON of PartitionInput without Values
    Column("created_ms", BigInteger, nullable=False),
    Column("undecided", Text),  # as that of a table
    Column("modified_ms", BigInteger),  # when it was changed or filled last; null: not since it was made
    # The first values as texts in their order (rules/catalog/key_order.py); null: a value cannot be read.
    Column("key1", Text),
    Column("key2", Text),
    Column("key3", Text),
    _of_a_table(),
    Index("ux_catalog_partitions_values", "database", "table_name", "values_digest", unique=True),
    Index("ix_catalog_partitions_ordinal", "database", "table_name", "ordinal"),
    Index("ix_catalog_partitions_key1", "database", "table_name", "key1", "key2", "key3"),
    Index("ix_catalog_partitions_key2", "database", "table_name", "key2", "key3"),
    Index("ix_catalog_partitions_key3", "database", "table_name", "key3"),
)

catalog_table_statistics = Table(
    "catalog_table_statistics",
    metadata,
    Column("database", Text, primary_key=True),
    Column("table_name", Text, primary_key=True),
    Column("column_name", Text, primary_key=True),
    Column("spec", Text, nullable=False),  # JSON of ColumnStatistics as it was sent
    _of_a_table(),
)

catalog_partition_statistics = Table(
    "catalog_partition_statistics",
    metadata,
    Column("ordinal", Id, primary_key=True, autoincrement=False),  # of the partition
    Column("column_name", Text, primary_key=True),
    Column("spec", Text, nullable=False),
    ForeignKeyConstraint(["ordinal"], ["catalog_partitions.ordinal"], ondelete="CASCADE"),
)

catalog_changes = Table(
    "catalog_changes",
    metadata,
    Column("id", Text, primary_key=True),  # of an effect of a run
    Column("state", String(16), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)
