"""Searching for tables: SearchTables' Filters, SearchText and SortCriteria.

Texts are compared word by word, as AWS documents: `link` finds `customer-link`, and not `xxlinkyy`. Which
characters end a word is our inference: all except letters, digits and `_`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from placekeeper.model.catalog import Table
from placekeeper.model.errors import InvalidInputException

Meant = Callable[[Table], bool]
"""Whether a table is found."""

_WORD: Final = re.compile(r"\w+")
_LONG_AGO_S: Final = 10**12
"""Seconds from before all times that a client can send until 1970."""

_TEXTS: Final = ("Description", "Owner", "TableType")
_TIMES: Final = ("CreateTime", "UpdateTime", "LastAccessTime", "LastAnalyzedTime")
_COMPARATORS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "EQUALS": lambda time, value: time == value,
    "GREATER_THAN": lambda time, value: time > value,
    "LESS_THAN": lambda time, value: time < value,
    "GREATER_THAN_EQUALS": lambda time, value: time >= value,
    "LESS_THAN_EQUALS": lambda time, value: time <= value,
}
SORTED_BY: Final = ("Name", "DatabaseName", *_TEXTS, *_TIMES)
"""The fields by which tables can be sorted."""


def search_of(filters: Sequence[Mapping[str, Any]], text: str | None) -> Meant:
    """Compile a search: all filters and the text must hold.

    Raises InvalidInputException for a filter without Key or Value, and for a time that is none.
    """
    tests = [_filter(each) for each in filters]
    if text is not None:
        tests.append(_text_test(text))
    return lambda table: all(test(table) for test in tests)


def sort_text(field: str) -> Callable[[Table], str]:
    """The texts in whose order a field sorts tables. Raises InvalidInputException for another field."""
    if field in _TIMES:
        return lambda table: f"{_LONG_AGO_S + (_time(table, field) or 0):020.3f}"
    if field not in SORTED_BY:
        raise InvalidInputException(
            f"Tables cannot be sorted by {field}. Sort them by one of: {', '.join(SORTED_BY)}."
        )
    return lambda table: _value(table, field).lower()


def _filter(given: Mapping[str, Any]) -> Meant:
    key, value = given.get("Key"), given.get("Value")
    if not key or value is None:
        raise InvalidInputException("A filter needs a Key and a Value.")
    if key in _TIMES:
        compare, moment = _COMPARATORS[given.get("Comparator", "EQUALS")], _moment(key, value)

        def by_time(table: Table) -> bool:
            time = _time(table, key)
            return time is not None and compare(time, moment)

        return by_time
    words = _words(value)
    if not words:
        return lambda table: _value(table, key) == value
    return lambda table: words <= _words(_value(table, key))


def _text_test(text: str) -> Meant:
    if len(text) > 2 and text[0] == text[-1] == '"':
        whole = text[1:-1].lower()
        return lambda table: any(value.lower() == whole for value in _values(table))
    words = _words(text)
    return lambda table: words <= {word for value in _values(table) for word in _words(value)}


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _value(table: Table, key: str) -> str:
    """A member of a table, or one of its parameters."""
    known = {"Name": table.name, "DatabaseName": table.database}
    return str(known.get(key) or table.spec.get(key) or (table.spec.get("Parameters") or {}).get(key) or "")


def _values(table: Table) -> Iterator[str]:
    """All texts that say something of a table."""
    yield from (table.name, table.database)
    yield from (str(table.spec[name]) for name in _TEXTS if table.spec.get(name))
    for name, value in (table.spec.get("Parameters") or {}).items():
        yield from (name, value)
    columns = (table.spec.get("StorageDescriptor") or {}).get("Columns") or ()
    for column in (*columns, *(table.spec.get("PartitionKeys") or ())):
        yield from (column["Name"], column.get("Comment") or "")


def _time(table: Table, key: str) -> float | None:
    """A time of a table in seconds since 1970."""
    if key in ("CreateTime", "UpdateTime"):
        return (table.created_ms if key == "CreateTime" else table.modified_ms) / 1000
    text = table.spec.get(key)
    return None if text is None else datetime.fromisoformat(text).timestamp()


def _moment(key: str, text: str) -> float:
    """Seconds since 1970, from a number of them or from a time of ISO 8601 (UTC unless it says otherwise)."""
    try:
        if re.fullmatch(r"\d{1,15}(\.\d+)?", text):
            return float(text)
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise InvalidInputException(
            f"{text!r} is not a time for {key}. Write seconds since 1970, or ISO 8601: 2026-01-31T12:00:00Z."
        ) from None
