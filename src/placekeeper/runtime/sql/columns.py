"""Columns and their types in a statement, and keys with values."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.model.wording import nearest
from placekeeper.rules.catalog.hive_types import hive_type
from placekeeper.runtime.sql.cursor import Cursor, NotUnderstood, Wrong
from placekeeper.runtime.types.hive import is_type
from placekeeper.runtime.types.table import NAMED

_SPELLINGS: Final = {"long": "bigint", "short": "smallint", "byte": "tinyint", "dec": "decimal"}
_COUNTED: Final = frozenset({"bucket", "truncate"})
_TRANSFORMS: Final = {
    **{f"{one}{end}": one for one in ("year", "month", "day", "hour") for end in ("", "s")},
    **{one: one for one in _COUNTED},
}
"""Iceberg's transforms by the functions of Spark."""

_ARGUMENTS: Final = re.compile(r"\(\s*(?:(?P<count>\d+)\s*,\s*)?(?P<name>`[^`]+`|\w+)\s*\)")


class ColumnSaid(Struct, frozen=True):
    """A column as a statement has it; a partition key of a query has no type. `is_required`: NOT NULL.

    `transform` is that of a partition of an Iceberg table, as Iceberg spells it: day, bucket[16].
    """

    name: str
    type: str
    comment: str = ""
    is_required: bool = False
    transform: str = ""

    @property
    def spec(self) -> dict[str, str]:
        """The column in a TableInput."""
        told = {"Name": self.name.lower(), "Type": self.type}
        return {**told, "Comment": self.comment} if self.comment else told


def columns_said(inside: Cursor, *, may_lack: bool = False) -> Iterator[ColumnSaid]:
    """Columns in brackets; with `may_lack` they may lack types, or be the source of a transform.

    Raises NotUnderstood, and UnsupportedFeature for a transform that Iceberg does not have.
    """
    while not inside.is_at_end:
        name = inside.identifier()
        inside.take(":")
        type = inside.until(",", "comment", "not", "default", "options", "first", "after", angles=True)
        is_required = inside.take("not")
        if is_required:
            inside.need("null")
        comment = inside.string() if inside.take("comment") else ""
        if not inside.is_at_end and not inside.take(","):
            raise NotUnderstood(f"the column {name} has more than a name, a type and a COMMENT")
        if may_lack and type.startswith("("):
            yield _transformed(name, type)
            continue
        if type or not may_lack:
            _check_type(name, type)
        yield ColumnSaid(name, _type(type), comment, bool(is_required))


def _transformed(function: str, arguments: str) -> ColumnSaid:
    """A transform of Iceberg: days(at), bucket(16, id)."""
    match = _ARGUMENTS.fullmatch(arguments)
    name, count = _TRANSFORMS.get(function.lower(), ""), match["count"] if match else None
    if match is None or not name or (count is None) == (name in _COUNTED):
        raise UnsupportedFeature(
            f"PARTITIONED BY {function}{arguments} is not there: say a column, or for an Iceberg table "
            "years, months, days or hours of a column, bucket(16, column) or truncate(10, column)"
        )
    return ColumnSaid(match["name"].strip("`"), "", transform=f"{name}[{count}]" if count else name)


def _type(text: str) -> str:
    """A type as the catalog has it; empty for none."""
    name = str(hive_type(" ".join(text.split()))).replace(" ", "") if text else ""
    return _SPELLINGS.get(name, name)


def _check_type(column: str, text: str) -> None:
    """Raises Wrong for a type that is none: no reader of the table would know it."""
    type, shown = _type(text), " ".join(text.split())
    if not is_type(type):
        near = nearest(type, sorted(NAMED))
        hint = f" Did you mean {near}?" if near else ""
        raise Wrong(
            f'[UNSUPPORTED_DATATYPE] Unsupported data type "{shown}" of the column {column}.{hint} Types '
            "are int, bigint, double, decimal(10,2), string, boolean, date, timestamp, binary, array<…>, "
            "map<…,…> and struct<name:type,…>."
            if shown
            else f"[PARSE_SYNTAX_ERROR] The column {column} lacks a type. Say one: {column} string."
        )


def pairs_said(inside: Cursor) -> Iterator[tuple[str, str]]:
    """Keys and values in brackets. Raises NotUnderstood."""
    while not inside.is_at_end:
        key = inside.string() if inside.is_at_string else ".".join(inside.name())
        inside.take("=")
        yield key, inside.literal() or ""
        if not inside.is_at_end and not inside.take(","):
            raise NotUnderstood(f"a comma was expected behind {key}")
