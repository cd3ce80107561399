"""Looking up databases and tables in a transaction. Names are folded to lower case."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from placekeeper.model.catalog import Database, Table
from placekeeper.model.errors import EntityNotFoundException
from placekeeper.model.page import Page
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
        raise missing_database(database, _all_names(tx.databases.page))


def table_names(tx: Transaction, database: str) -> tuple[str, ...]:
    """The names of all tables of a database, in their order."""
    return _all_names(partial(tx.tables.page, database.lower()))


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
    return _all(tx.databases.page)


def _all_names(page_of: Callable[..., Page[Database] | Page[Table]]) -> tuple[str, ...]:
    """The names of all pages."""
    found: Sequence[Database | Table] = _all(page_of)
    return tuple(one.name for one in found)


def _all(page_of: Callable[..., Any]) -> list[Any]:
    """What is on all pages of something that has a name."""
    found: list[Any] = []
    more = True
    while more:
        page = page_of(after=found[-1].name if found else None, limit=_PAGE_OF_NAMES)
        found += page.items
        more = page.more
    return found
