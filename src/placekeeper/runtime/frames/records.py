"""Records as Python sees them: those that a script's functions get, and the kinds of their values."""

from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any, Final

_SCALARS: Final = frozenset({str, int, float, bool, NoneType, bytes, datetime, date, Decimal})
"""Types of values that cannot change, and hold no others."""


class DynamicRecord(dict[str, Any]):
    """A record: a dict whose keys are attributes too; a missing one is a KeyError.

    Source: docs/reference/awsglue.md#missing-field.
    """

    def __getattr__(self, attr: str) -> Any:
        if attr.startswith("__"):  # what copy and pickle probe for
            raise AttributeError(attr)
        return self[attr]

    def __setattr__(self, attr: str, value: Any) -> None:
        self[attr] = value


def dynamic_record(values: dict[str, Any]) -> DynamicRecord:
    """A record with attribute access, also to the dicts right inside it."""
    return DynamicRecord(
        (name, DynamicRecord(value) if type(value) is dict else value) for name, value in values.items()
    )


def plain(value: Any) -> Any:
    """A copy with dicts for records and lists for tuples, all the way down."""
    if isinstance(value, dict):
        if _SCALARS.issuperset(map(type, value.values())):
            return dict(value)
        return {key: inner if type(inner) in _SCALARS else plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        if _SCALARS.issuperset(map(type, value)):
            return list(value)
        return [inner if type(inner) in _SCALARS else plain(inner) for inner in value]
    return value


def plain_row(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same of the values of a record, which it copies only if one of them holds others."""
    if _SCALARS.issuperset(map(type, values)):
        return values
    return tuple([value if type(value) in _SCALARS else plain(value) for value in values])


def kind_of(value: Any) -> str:
    """Glue's name for the type of a Python value. Raises TypeError for a value that no field can hold."""
    for kind, types in _KINDS:
        if isinstance(value, types):
            return kind
    raise TypeError(f"a DynamicRecord cannot hold {value!r} of type {type(value).__name__}")


_KINDS: tuple[tuple[str, Any], ...] = (
    ("boolean", bool),
    ("long", int),
    ("double", float),
    ("string", str),
    ("binary", bytes | bytearray),
    ("timestamp", datetime),  # before date: a datetime is a date too
    ("date", date),
    ("decimal", Decimal),
    ("struct", dict),
    ("array", list | tuple | set | frozenset),
)
