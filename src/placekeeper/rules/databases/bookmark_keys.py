"""The bookmark keys of a table: those that a script names, or its primary key.

Source: docs/reference/database-bookmarks.md#bookmark-keys.
"""

from collections.abc import Sequence
from typing import Final

from placekeeper.model.databases import BookmarkKeys, Key, TableColumn, TableShape
from placekeeper.model.errors import NoBookmarkKey, UsageError
from placekeeper.model.policy import Policy
from placekeeper.model.wording import counted, listed, meant
from placekeeper.rules.databases.key_values import key_text

KEYS: Final = "jobBookmarkKeys"
_REMEDY: Final = (
    'Name columns whose values only rise: "jobBookmarkKeys": ["…"] in connection_options, or in '
    "additional_options of from_catalog"
)
_NUMBERS: Final = ("int", "decimal")
_GROWING: Final = frozenset({"int", "decimal", "date", "timestamp", "timestamptz"})
"""Types whose values rise with the time in most tables; those of others are mostly in no order of time."""

_MOST_NAMED: Final = 5


def chosen_keys(
    shape: TableShape, names: Sequence[str] = (), *, descending: bool = False, policy: Policy = Policy.EXACT
) -> BookmarkKeys:
    """The keys by which a table is read: the columns named, or its primary key.

    Names are found as they are spelled, and then without regard to case. Raises UsageError for a name that
    no column has, that is given twice, or whose type has no order; NoBookmarkKey for a table whose primary
    key is no default: it begins with a number or a time.
    """
    columns = _named(shape, names) if names else _default(shape, policy)
    taken = {column.name for column in columns}
    groups = [group for group in (shape.primary_key, *shape.unique) if group]
    return BookmarkKeys(
        columns=tuple(column.name for column in columns),
        descending=descending,
        unique=any(taken.issuperset(group) for group in groups),
        row=shape.primary_key,
    )


def no_gaps_needed(shape: TableShape, keys: BookmarkKeys, *, first: int, last: int, rows: int) -> None:
    """AWS's condition on a primary key by default: no gaps. Raises NoBookmarkKey, which names the remedy."""
    span = abs(last - first) + 1
    if rows != span:
        raise NoBookmarkKey(
            f"{shape.table.full}: the primary key {keys.columns[0]} has gaps ({counted(rows, 'row')} from "
            f"{first:,} to {last:,}), and AWS reads on by a primary key without gaps only. Name it yourself: "
            f'"jobBookmarkKeys": ["{keys.columns[0]}"] in the options. Or read by --bookmark-policy '
            "exact, which takes any primary key"
        )


def candidates(shape: TableShape) -> list[str]:
    """Columns that may be a key: those that grow come first, then those with an index."""
    fitting = [column for column in shape.columns if column.key_type is not None]
    fitting.sort(
        key=lambda column: (
            column.key_type not in _GROWING,
            column.name not in shape.indexed,
            column.nullable,
        )
    )
    return [column.name for column in fitting]


def _named(shape: TableShape, names: Sequence[str]) -> list[TableColumn]:
    columns = [_column(shape, name) for name in names]
    twice = sorted({column.name for column in columns if columns.count(column) > 1})
    if twice:
        raise UsageError(f"{KEYS} names {listed(twice)} of {shape.table.full} twice: leave one out")
    for column in columns:
        if column.key_type is None:
            raise UsageError(
                f"{KEYS}: the column {column.name} of {shape.table.full} has the type {column.sql_type}, "
                f"whose values have no order to read on by. {_candidates(shape)}"
            )
    return columns


def _column(shape: TableShape, name: str) -> TableColumn:
    exact = [column for column in shape.columns if column.name == name]
    found = exact or [column for column in shape.columns if column.name.lower() == name.lower()]
    if len(found) == 1:
        return found[0]
    if found:
        spelled = listed(column.name for column in found)
        raise UsageError(
            f"{KEYS}: {name} may be {spelled} of {shape.table.full}: spell it as the database does"
        )
    known = [column.name for column in shape.columns]
    raise UsageError(
        f"{KEYS}: {shape.table.full} has no column '{name}'{meant(name, known) or '.'} It has "
        f"{listed(known)}. Name one that is there"
    )


def _default(shape: TableShape, policy: Policy) -> list[TableColumn]:
    by_name = {column.name: column for column in shape.columns}
    columns = [by_name[name] for name in shape.primary_key]
    if not columns:
        raise NoBookmarkKey(
            f"{shape.table.full} has no primary key by which the bookmark could read on. {_candidates(shape)}"
        )
    unordered = [column for column in columns if column.key_type is None]
    if unordered:
        raise NoBookmarkKey(
            f"{shape.table.full}: the primary key has the column {unordered[0].name} of the type "
            f"{unordered[0].sql_type}, whose values have no order to read on by. {_candidates(shape)}"
        )
    if policy is Policy.WINDOW and (len(columns) > 1 or columns[0].key_type not in _NUMBERS):
        raise NoBookmarkKey(
            f"{shape.table.full}: AWS reads on by a primary key only if it is one number, and this one is "
            f"({', '.join(f'{column.name} {column.sql_type}' for column in columns)}). {_REMEDY}"
        )
    if columns[0].key_type not in _GROWING:
        raise NoBookmarkKey(
            f"{shape.table.full}: the primary key begins with the column {columns[0].name} of the type "
            f"{columns[0].sql_type}. New rows may have lower values of it than old ones, and a bookmark "
            f"would miss those. If its values only rise, name it yourself. {_candidates(shape)}"
        )
    return columns


def must_rise(shape: TableShape, keys: BookmarkKeys) -> str:
    """What a user should know of a first key whose type tells no order of time; "" of another one."""
    by_name = {column.name: column for column in shape.columns}
    first = by_name.get(keys.columns[0])
    if first is None or first.key_type in _GROWING:
        return ""
    return (
        f"{shape.table.full}: the first bookmark key {first.name} has the type {first.sql_type}. Its values "
        f"must only {'fall' if keys.descending else 'rise'}: a new row behind the last key is missed"
    )


def _candidates(shape: TableShape) -> str:
    found = candidates(shape)
    if not found:
        return "No column of it can be a key: leave transformation_ctx out to read the whole table"
    more = "" if len(found) <= _MOST_NAMED else f" and {len(found) - _MOST_NAMED} more"
    return f"{_REMEDY}. Columns that can be one: {', '.join(found[:_MOST_NAMED])}{more}"


def default_remedy(shape: TableShape, names: Sequence[str]) -> str:
    """What to give beside it to read on by a primary key that is no default; "" for one that is."""
    by_name = {column.name: column for column in shape.columns}
    if by_name[names[0]].key_type in _GROWING:
        return ""
    spelled = ", ".join(f'"{name}"' for name in names)
    return f'. And give "{KEYS}": [{spelled}], if values of the new type only rise'


def retyped_keys(shape: TableShape, names: Sequence[str], last: Key) -> str:
    """Why a table cannot be read on after a key that a bookmark remembers: its type; "" if it can."""
    by_name = {column.name: column for column in shape.columns}
    columns = [by_name[name] for name in names if name in by_name]
    were = [value.type for value in last]
    if len(columns) < len(names) or [column.key_type for column in columns] == were:
        return ""
    now = ", ".join(column.sql_type for column in columns)
    return (
        f"the key ({', '.join(names)}) has the type {now} now, and the bookmark remembers {key_text(last)} "
        f"of the type {', '.join(were)}"
    )


def changed_keys(shape: TableShape, keys: BookmarkKeys) -> str:
    """Why a table cannot be read on by keys that a bookmark remembers; "" if it can."""
    by_name = {column.name: column for column in shape.columns}
    gone = [name for name in keys.columns if name not in by_name]
    if gone:
        return f"the column {gone[0]} is gone"
    unordered = [name for name in keys.columns if by_name[name].key_type is None]
    if unordered:
        return (
            f"the column {unordered[0]} has the type {by_name[unordered[0]].sql_type} now, without an order"
        )
    return ""
