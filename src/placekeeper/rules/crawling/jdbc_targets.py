"""Targets in databases: which tables they mean, and what the catalog says of them.

Source: docs/reference/crawlers.md#databases.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from placekeeper.model.crawling import FoundTable
from placekeeper.model.errors import UsageError
from placekeeper.rules.catalog.table_files import Columns
from placekeeper.rules.crawling.changes import UPDATED_BY
from placekeeper.rules.crawling.store_tables import store_table
from placekeeper.rules.globs import globs_pattern

_KEPT: Final = ("hashfield", "hashexpression", "hashpartitions")
"""Parameters that people set and crawls leave: how jobs read the table at the same time."""

_OTHER: Final = re.compile(r"[^a-z0-9_]")
_MOST_PARTS: Final = 3


class TargetPath(msgspec.Struct, frozen=True):
    """The names that a Path means, in which % stands for any characters; `schema` is "" without schemas."""

    database: str
    schema: str
    table: str

    @property
    def one_database(self) -> str:
        """The database that it names; "" for a pattern."""
        return "" if "%" in self.database else self.database

    def means(self, database: str, schema: str, table: str) -> bool:
        """Whether a table is meant, whatever its case."""
        return all(
            _pattern(pattern).fullmatch(name)
            for pattern, name in ((self.database, database), (self.schema, schema), (self.table, table))
            if pattern
        )


class DatabaseTableFound(msgspec.Struct, frozen=True, kw_only=True):
    """A table or view that a crawl has found. `location` is its whole name, as the catalog keeps it."""

    database: str
    schema: str
    name: str
    location: str
    columns: Columns
    is_view: bool = False


def target_path(path: str, *, has_schemas: bool) -> TargetPath:
    """What a Path means: `database/schema/table`, `database/table` where there are no schemas, or less.

    What it does not name is all there is. Raises UsageError for more than three names.
    """
    parts = [part.strip() for part in path.strip("/").split("/") if part.strip()]
    if not parts or len(parts) > _MOST_PARTS:
        raise UsageError(
            f"the Path '{path}' of a JDBC target is database/schema/table, or database/table for products "
            "without schemas; % stands for any characters, such as shop/public/%"
        )
    if not has_schemas:
        return TargetPath(parts[0], "", parts[-1] if len(parts) > 1 else "%")
    database, schema, table = (*parts, "%", "%")[:_MOST_PARTS]
    return TargetPath(database, schema, table)


def excluded(exclusions: Sequence[str], database: str, schema: str, table: str) -> bool:
    """Whether a glob matches a table: its name, or its name with schema, or with both. Both % and * are any
    characters. Raises UsageError for a broken glob."""
    pattern = globs_pattern([glob.replace("%", "*") for glob in exclusions])
    names = [part for part in (database, schema, table) if part]
    return any(pattern.fullmatch("/".join(names[place:])) for place in range(len(names)))


def table_found(
    found: DatabaseTableFound,
    *,
    crawler: str,
    connection: str,
    classification: str,
    known: Mapping[str, Any] | None = None,
) -> FoundTable:
    """A table of a database for the catalog, as AWS's crawlers name it; `known` is what it says already."""
    before = (known or {}).get("Parameters") or {}
    parameters = {
        UPDATED_BY: crawler,
        "classification": classification,
        "connectionName": connection,
        "typeOfData": "view" if found.is_view else "table",
        **{name: before[name] for name in _KEPT if name in before},
    }
    return FoundTable(
        name=table_name(found.database, found.schema, found.name),
        spec=store_table(found.location, found.columns, parameters),
    )


def table_name(database: str, schema: str, table: str) -> str:
    """The name of a table in the catalog: `shop_public_orders`."""
    return _OTHER.sub("_", "_".join(part for part in (database, schema, table) if part).lower())


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("%"))), re.IGNORECASE | re.DOTALL)
