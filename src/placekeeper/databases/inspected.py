"""Keys and indexes of a table, by SQLAlchemy's inspector."""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from placekeeper.model.databases import DatabaseTable

Found = tuple[tuple[str, ...], tuple[tuple[str, ...], ...], tuple[str, ...]]


def as_stored(dialect: Any) -> Callable[[str], str]:
    """How the database stores a name that SQLAlchemy tells: it has those in capitals in small letters."""
    return dialect.denormalize_name if dialect.requires_name_normalize else str


def keys_of(connection: Connection, table: DatabaseTable, primary: tuple[str, ...] | None = None) -> Found:
    """The primary key, if not given, the columns of other unique constraints and indexes, and the leading
    columns of any index. An index of a part of the rows or of an expression says nothing about rows."""
    inspector = sa.inspect(connection)
    schema = table.schema or None
    if primary is None:
        primary = tuple(inspector.get_pk_constraint(table.name, schema).get("constrained_columns") or ())
    found: list[tuple[bool, tuple[str, ...]]] = [
        (bool(index["unique"]), tuple(name for name in index["column_names"] if name is not None))
        for index in inspector.get_indexes(table.name, schema)
        if _is_whole(index)
    ]
    found += [
        (True, tuple(constraint["column_names"]))
        for constraint in inspector.get_unique_constraints(table.name, schema)
    ]
    return described_keys(primary, found)


def described_keys(primary: tuple[str, ...], found: Sequence[tuple[bool, tuple[str, ...]]]) -> Found:
    """The same, of indexes and constraints: for each whether it is unique, and its columns."""
    unique = {columns for is_unique, columns in found if is_unique} - {primary}
    leading = {columns[0] for _, columns in found} | set(primary[:1])
    return primary, tuple(sorted(unique)), tuple(sorted(leading))


def _is_whole(index: Any) -> bool:
    names = index["column_names"]
    partial = any(key.endswith("_where") and value for key, value in index.get("dialect_options", {}).items())
    return bool(names) and None not in names and not partial
