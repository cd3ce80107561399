"""The tables of what the Data Catalog has beside databases, tables and partitions."""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Table

from placekeeper.store.schema import Text, metadata

catalog_connections = Table(
    "catalog_connections",
    metadata,
    Column("name", Text, primary_key=True),
    Column("spec", Text, nullable=False),  # JSON of ConnectionInput as it was sent, without its secrets
    Column("secrets", Text),  # JSON of these, sealed if there is a key; null: it has none
    Column("created_ms", BigInteger, nullable=False),
    Column("modified_ms", BigInteger, nullable=False),
)

catalog_functions = Table(
    "catalog_functions",
    metadata,
    Column("database", Text, primary_key=True),
    Column("key", Text, primary_key=True),  # the name in lower case
    Column("spec", Text, nullable=False),  # JSON of UserDefinedFunctionInput as it was sent
    Column("created_ms", BigInteger, nullable=False),
    ForeignKeyConstraint(["database"], ["catalog_databases.name"], ondelete="CASCADE"),
)

catalog_settings = Table(
    "catalog_settings",
    metadata,
    Column("name", Text, primary_key=True),  # of SettingName
    Column("text", Text, nullable=False),  # JSON, as it was sent
    Column("created_ms", BigInteger, nullable=False),
    Column("modified_ms", BigInteger, nullable=False),
)
