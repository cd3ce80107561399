"""Databases and tables of the Data Catalog in SQL."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, delete, insert, select, tuple_, update

from placekeeper.model.catalog import Database, PartitionIndex, Table, Undecided
from placekeeper.model.errors import AlreadyExistsException
from placekeeper.model.page import Page
from placekeeper.store.catalog_schema import catalog_databases as databases
from placekeeper.store.catalog_schema import catalog_tables as tables
from placekeeper.store.damage import decoded
from placekeeper.store.pages import STREAMED, page_of


class SqlDatabaseRows:
    """Implements ports.rows.catalog.DatabaseRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, database: Database) -> None:
        """Raises AlreadyExistsException."""
        if self.get(database.name) is not None:
            raise AlreadyExistsException("Database already exists.")
        self._connection.execute(insert(databases).values(**_row(database)))

    def get(self, name: str) -> Database | None:
        """The database of that name."""
        found = select(databases).where(databases.c.name == name)
        row = self._connection.execute(found).mappings().first()
        return None if row is None else _database(row)

    def replace(self, database: Database) -> bool:
        """Replace a database; False if there is none of that name."""
        changed = update(databases).where(databases.c.name == database.name).values(**_row(database))
        return self._connection.execute(changed).rowcount > 0

    def delete(self, name: str) -> bool:
        """Delete a database and its tables; False if there is none."""
        return self._connection.execute(delete(databases).where(databases.c.name == name)).rowcount > 0

    def page(self, *, after: str | None, limit: int) -> Page[Database]:
        """Databases by name, those after `after`, until the page is full."""
        found = select(databases).order_by(databases.c.name).limit(limit + 1)
        if after is not None:
            found = found.where(databases.c.name > after)
        with self._connection.execute(found.execution_options(**STREAMED)).mappings() as rows:
            return page_of(rows, limit, _database, "spec")


class SqlTableRows:
    """Implements ports.rows.catalog.TableRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, table: Table) -> None:
        """Raises AlreadyExistsException. The database must exist."""
        if self.get(table.database, table.name) is not None:
            raise AlreadyExistsException("Table already exists.")
        self._connection.execute(insert(tables).values(**_row(table)))

    def get(self, database: str, name: str) -> Table | None:
        """The table of that name."""
        found = select(tables).where(tables.c.database == database, tables.c.name == name)
        row = self._connection.execute(found).mappings().first()
        return None if row is None else _table(row)

    def replace(self, table: Table) -> bool:
        """Put a table in the place of the one whose version is one less; False when there is none."""
        changed = (
            update(tables)
            .where(tables.c.database == table.database, tables.c.name == table.name)
            .where(tables.c.version == table.version - 1)
            .values(**_row(table))
        )
        return self._connection.execute(changed).rowcount > 0

    def put_undecided(self, table: Table, undecided: Undecided | None) -> None:
        """Change what is undecided of a table, and nothing else."""
        self._connection.execute(
            update(tables)
            .where(tables.c.database == table.database, tables.c.name == table.name)
            .values(undecided=encoded(undecided))
        )

    def put_indexes(self, table: Table, indexes: Sequence[PartitionIndex]) -> None:
        """Change the indexes of a table, and nothing else."""
        self._connection.execute(
            update(tables)
            .where(tables.c.database == table.database, tables.c.name == table.name)
            .values(indexes=_indexes_column(indexes))
        )

    def delete(self, database: str, name: str) -> bool:
        """Delete a table and its partitions; False if there is none."""
        gone = delete(tables).where(tables.c.database == database, tables.c.name == name)
        return self._connection.execute(gone).rowcount > 0

    def page(
        self, database: str, *, after: str | None, limit: int, among: Collection[str] | None = None
    ) -> Page[Table]:
        """Tables of a database by name, those after `after`, until the page is full; of those names only, if
        given."""
        found = select(tables).where(tables.c.database == database).order_by(tables.c.name).limit(limit + 1)
        if after is not None:
            found = found.where(tables.c.name > after)
        if among is not None:
            found = found.where(tables.c.name.in_(among))
        with self._connection.execute(found.execution_options(**STREAMED)).mappings() as rows:
            return page_of(rows, limit, _table, "spec")

    def names(self, database: str, *, after: str | None, limit: int) -> Sequence[str]:
        """The first names after `after`, in their order."""
        found = select(tables.c.name).where(tables.c.database == database)
        if after is not None:
            found = found.where(tables.c.name > after)
        return self._connection.execute(found.order_by(tables.c.name).limit(limit)).scalars().all()

    def every(self, *, after: tuple[str, str] | None) -> Iterator[Table]:
        """All tables by the names of database and table, those after `after`, as they are read."""
        found = select(tables).order_by(tables.c.database, tables.c.name).execution_options(**STREAMED)
        if after is not None:
            found = found.where(tuple_(tables.c.database, tables.c.name) > after)
        with self._connection.execute(found).mappings() as rows:
            yield from map(_table, rows)


def encoded(undecided: Undecided | None) -> str | None:
    """As the column has it."""
    return None if undecided is None else msgspec.json.encode(undecided).decode()


def undecided_of(text: str | None, table: str, key: str) -> Undecided | None:
    """The column as a value. Raises StateUnfit for a damaged one."""
    return None if text is None else decoded(text, Undecided, table, key)


def _row(item: Database | Table) -> dict[str, object]:
    row = msgspec.structs.asdict(item) | {"spec": msgspec.json.encode(item.spec).decode()}
    if isinstance(item, Table):
        row |= {"undecided": encoded(item.undecided), "indexes": _indexes_column(item.indexes)}
    return row


def _indexes_column(indexes: Sequence[PartitionIndex]) -> str | None:
    return msgspec.json.encode(list(indexes)).decode() if indexes else None


def _database(row: RowMapping) -> Database:
    spec = decoded(row["spec"], dict[str, Any], "catalog_databases", row["name"])
    return Database(**{**row, "spec": spec})


def _table(row: RowMapping) -> Table:
    key = f"{row['database']}.{row['name']}"
    spec = decoded(row["spec"], dict[str, Any], "catalog_tables", key)
    undecided = undecided_of(row["undecided"], "catalog_tables", key)
    text = row["indexes"]
    indexes = () if text is None else decoded(text, tuple[PartitionIndex, ...], "catalog_tables", key)
    return Table(**{**row, "spec": spec, "undecided": undecided, "indexes": indexes})
