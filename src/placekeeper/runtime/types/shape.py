"""The types found in JSON values, and how often fields occur, gathered in one pass.

An integer is `int` if it fits 32 bits, `long` if it fits 64, `decimal` (38 digits, scale 0) if it has at most
38 digits; beyond that, its digits are kept as a string. `int` and `long` together are `long`; other types
that meet at one place make a choice. A field that is always null has the type null, as have the elements of
an array that is always empty.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from types import NoneType
from typing import Final

import pyarrow as pa

from placekeeper.runtime.types.decimals import DIGITS_MAX
from placekeeper.runtime.types.fields import choice_field, list_of
from placekeeper.runtime.types.occurrence import Occurrence, with_occurrence
from placekeeper.runtime.types.table import NAMED

_INT_BOUND: Final = 2**31
_LONG_BOUND: Final = 2**63
_DECIMAL_BOUND: Final = 10**38
_SCALARS: Final = {**NAMED, "decimal": pa.decimal128(DIGITS_MAX, 0)}


def kind_of(value: object) -> str:
    """Glue's name of the type of a decoded JSON value."""
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return _integer_kind(value)
    if isinstance(value, float):
        return "double"
    if isinstance(value, dict):
        return "struct"
    if isinstance(value, list):
        return "array"
    return "null"


def _integer_kind(value: int) -> str:
    if -_INT_BOUND <= value < _INT_BOUND:
        return "int"
    if -_LONG_BOUND <= value < _LONG_BOUND:
        return "long"
    return "decimal" if -_DECIMAL_BOUND < value < _DECIMAL_BOUND else "string"


@dataclass(slots=True)
class _Alike:
    """Records whose names and types were seen before: how many came after the first of them.

    `open_names` are the fields whose values are looked at each time; `closed` are the others, and whether
    they are null.
    """

    open_names: tuple[str, ...]
    closed: tuple[tuple[str, bool], ...]
    times: int = 0

    @classmethod
    def of(cls, record: dict[str, object]) -> "_Alike":
        opened = tuple(name for name, value in record.items() if type(value) in (int, dict, list))
        closed = tuple(
            (name, type(value) is NoneType) for name, value in record.items() if name not in opened
        )
        return cls(opened, closed)


class Shape:
    """What was seen at one place: it only ever learns more."""

    __slots__ = ("_known", "element", "fields", "kinds", "nulls", "records", "seen")

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        self.fields: dict[str, Shape] = {}
        self.element: Shape | None = None
        self.seen = self.nulls = self.records = 0
        self._known: dict[tuple[object, ...], _Alike] = {}

    def observe(self, value: object) -> None:
        """Learn from one value."""
        self.seen += 1
        kind = kind_of(value)
        if kind == "null":
            self.nulls += 1
            return
        self.kinds.add(kind)
        if isinstance(value, dict):
            self.observe_record(value)
        elif isinstance(value, list):
            self.element = element = self.element or Shape()
            for item in value:
                element.observe(item)

    def observe_records(self, records: Iterable[dict[str, object]]) -> None:
        """Learn from records. Names and types seen before cost one look-up and the integers."""
        known = self._known
        for record in records:
            signature = (*record, *map(type, record.values()))
            alike = known.get(signature)
            if alike is None:
                self.observe_record(record)
                known[signature] = _Alike.of(record)
                continue
            alike.times += 1
            for name in alike.open_names:
                self.fields[name].observe(record[name])

    def observe_record(self, record: dict[str, object]) -> None:
        """Learn from the fields of one record."""
        self.records += 1
        for name, value in record.items():
            field = self.fields.get(name)
            if field is None:
                field = self.fields[name] = Shape()
            field.observe(value)

    def schema(self) -> pa.Schema:
        """The schema of the records seen, with how often its fields occur."""
        found = pa.schema([shape.field(name) for name, shape in self.fields.items()])
        return with_occurrence(found, self.occurrence())

    def occurrence(self) -> Occurrence:
        """How often values, nulls and fields occur."""
        found = Occurrence(
            seen=self.seen,
            nulls=self.nulls,
            records=self.records + sum(alike.times for alike in self._known.values()),
            fields={name: shape.occurrence() for name, shape in self.fields.items()},
            element=None if self.element is None else self.element.occurrence(),
        )
        for alike in self._known.values():
            for name, is_null in alike.closed:
                found.fields[name].seen += alike.times
                found.fields[name].nulls += alike.times * is_null
        return found

    def field(self, name: str) -> pa.Field:
        """The field of that name which holds every value seen; a choice if they are of several types."""
        kinds = self.kinds - {"int"} if "long" in self.kinds else self.kinds
        if not kinds:
            return pa.field(name, pa.null())
        if len(kinds) == 1:
            return pa.field(name, self._type(next(iter(kinds))))
        return choice_field(name, [pa.field(kind, self._type(kind)) for kind in kinds])

    def _type(self, kind: str) -> pa.DataType:
        if kind == "struct":
            return pa.struct([shape.field(name) for name, shape in self.fields.items()])
        if kind == "array":
            return list_of((self.element or Shape()).field("element"))
        return _SCALARS[kind]
