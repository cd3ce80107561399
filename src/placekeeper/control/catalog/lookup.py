"""Looking up databases and tables in a transaction. Names are folded to lower case."""

from collections.abc import Sequence
from typing import Final

from placekeeper.model.catalog import Database, Table
from placekeeper.model.errors import EntityNotFoundException
from placekeeper.ports.store import Transaction
from placekeeper.rules.catalog.missing_names import missing_database
from placekeeper.rules.catalog.name_patterns import NameTest

_PAGE_OF_NAMES: Final = 1000


def database_of(tx: Transaction, name: str) -> Database:
    """The database of that name. Raises EntityNotFoundException."""
    found = tx.databases.get(name.lower())
    if found is None:
        raise EntityNotFoundException(f"Database {name.lower()} not found.")
    return found


def table_of(tx: Transaction, database: str, name: str) -> Table:
    """The table of that name. Raises EntityNotFoundException for the database, and for the table."""
    found = tx.tables.get(database_of(tx, database).name, name.lower())
    if found is None:
        raise EntityNotFoundException(f"Table {name.lower()} not found.")
    return found


def check_there(tx: Transaction, database: str) -> None:
    """Raises EntityNotFoundException, for people, for a database that is not there."""
    if tx.databases.get(database.lower()) is None:
        raise missing_database(database, tuple(one.name for one in all_databases(tx)))


def table_names(tx: Transaction, database: str) -> tuple[str, ...]:
    """The names of all tables of a database, in their order. Their definitions are not read."""
    names: list[str] = []
    more = True
    while more:
        after = names[-1] if names else None
        page = tx.tables.names(database.lower(), after=after, limit=_PAGE_OF_NAMES)
        names += page
        more = len(page) == _PAGE_OF_NAMES
    return tuple(names)


def matching_names(
    tx: Transaction, database: str, matches: NameTest, after: str | None, limit: int
) -> Sequence[str]:
    """The first names of tables after `after` that match, at most `limit` of them."""
    found: list[str] = []
    while len(found) < limit:
        names = tx.tables.names(database, after=after, limit=_PAGE_OF_NAMES)
        found += [name for name, is_meant in zip(names, matches(names), strict=True) if is_meant]
        if len(names) < _PAGE_OF_NAMES:
            break
        after = names[-1]
    return found[:limit]


def all_databases(tx: Transaction) -> Sequence[Database]:
    """All databases, in the order of their names."""
    found: list[Database] = []
    more = True
    while more:
        page = tx.databases.page(after=found[-1].name if found else None, limit=_PAGE_OF_NAMES)
        found += page.items
        more = page.more
    return found
