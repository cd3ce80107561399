"""What to say of a database or a table that a script names and the catalog does not have."""

from collections.abc import Sequence
from typing import Final

from placekeeper.model.errors import EntityNotFoundException
from placekeeper.model.wording import listed, meant

MOST_NAMES: Final = 10
"""More names than these are counted, not listed."""

_URL: Final = "--endpoint-url URL, with the URL that placekeeper dev prints"


def unknown_database(name: str, names: Sequence[str]) -> str:
    """The sentence for a database that is not among `names`: what there is, and which was meant."""
    name = name.lower()
    return f"Database {name} not found. {_there('The catalog has', name, names, 'database')}"


def unknown_table(database: str, name: str, names: Sequence[str]) -> str:
    """The same for a table that is not among the `names` of its database."""
    name, database = name.lower(), database.lower()
    return f"Table {name} not found. {_there(f'The database {database} has', name, names, 'table')}"


def missing_database(name: str, names: Sequence[str]) -> EntityNotFoundException:
    """The error for a database that is not among `names`; it begins as Glue's."""
    return EntityNotFoundException(
        f"{unknown_database(name, names)} To make it, type aws glue create-database --database-input "
        f"Name={name.lower()} {_URL}"
    )


def missing_table(database: str, name: str, names: Sequence[str]) -> EntityNotFoundException:
    """The error for a table that is not among the `names` of its database; it begins as Glue's."""
    return EntityNotFoundException(
        f"{unknown_table(database, name, names)} To make it, write it with getSink and "
        f"enableUpdateCatalog=True, or type aws glue create-table --database-name {database.lower()} "
        f"--table-input … {_URL}"
    )


def _there(begin: str, name: str, names: Sequence[str], kind: str) -> str:
    """What there is, and which of it was meant."""
    if not names:
        return f"{begin} no {kind}."
    few = len(names) <= MOST_NAMES
    known = f" {listed(names)}" if few else ""
    noun = f"the {kind}{'' if len(names) == 1 else 's'}" if few else f"{len(names):,} {kind}s"
    return f"{begin} {noun}{known}{meant(name, names) or '.'}"
