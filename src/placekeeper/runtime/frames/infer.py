"""The schema of records that a script's function made, gathered in one pass.

What a field was before the function is a hint: an int field stays int while its values fit, an empty array
keeps its element type. Without a hint an integer is long, as in PySpark; beyond 64 bits it is a decimal.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.frames.records import kind_of
from placekeeper.runtime.types.decimals import DIGITS_MAX
from placekeeper.runtime.types.fields import choice_field, glue_name, is_choice, list_of, map_of
from placekeeper.runtime.types.occurrence import Occurrence, with_occurrence
from placekeeper.runtime.types.table import NAMED

_INTEGERS = ((pa.int8(), 7), (pa.int16(), 15), (pa.int32(), 31), (pa.int64(), 63))


class Seen:
    """What was seen at one place: it only ever learns more."""

    __slots__ = (
        "element",
        "fields",
        "kinds",
        "least",
        "most",
        "nulls",
        "records",
        "scale",
        "seen",
        "whole_digits",
    )

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        self.fields: dict[str, Seen] = {}
        self.element: Seen | None = None
        self.least = self.most = 0
        self.whole_digits = self.scale = 0
        self.seen = self.nulls = self.records = 0

    def observe(self, value: Any) -> None:
        """Learn from one value. Raises TypeError for one that no field can hold."""
        self.seen += 1
        if value is None:
            self.nulls += 1
            return
        kind = kind_of(value)
        self.kinds.add(kind)
        if kind == "long":
            self.least, self.most = min(self.least, value), max(self.most, value)
        elif kind == "decimal":
            self._observe_decimal(value)
        elif kind == "struct":
            self.observe_record(value)
        elif kind == "array":
            self.element = element = self.element or Seen()
            for inner in value:
                element.observe(inner)

    def observe_record(self, record: dict[str, Any]) -> None:
        """Learn from the fields of one record. Raises TypeError for a field name that is no string."""
        self.records += 1
        for name, value in record.items():
            if not isinstance(name, str):
                raise TypeError(f"a field name is a string, not {name!r}")
            seen = self.fields.get(name)
            if seen is None:
                seen = self.fields[name] = Seen()
            seen.observe(value)

    def _observe_decimal(self, value: Decimal) -> None:
        _, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int):
            raise TypeError(f"a decimal field cannot hold {value}")
        self.whole_digits = max(self.whole_digits, len(digits) + exponent)
        self.scale = max(self.scale, -exponent)

    def schema(self, before: pa.Schema) -> pa.Schema:
        """The schema of the records seen: fields in the order they had before, then new ones as they came.

        It says how often they occur.
        """
        return with_occurrence(pa.schema(self._children(list(before))), self.occurrence())

    def occurrence(self) -> Occurrence:
        """How often values, nulls and fields occur."""
        return Occurrence(
            seen=self.seen,
            nulls=self.nulls,
            records=self.records,
            fields={name: field.occurrence() for name, field in self.fields.items()},
            element=None if self.element is None else self.element.occurrence(),
        )

    def _children(self, before: Iterable[pa.Field]) -> list[pa.Field]:
        hints = {field.name: field for field in before}
        names = [name for name in hints if name in self.fields]
        names += [name for name in self.fields if name not in hints]
        return [self.fields[name].field(name, hints.get(name)) for name in names]

    def field(self, name: str, hint: pa.Field | None) -> pa.Field:
        """The field that holds every value seen."""
        if not self.kinds:
            return pa.field(name, pa.null()) if hint is None else hint
        hints = [] if hint is None else list(hint.type.fields) if is_choice(hint) else [hint]
        types = [self._type(name, kind, hints) for kind in sorted(self.kinds)]
        if len(types) == 1:
            return pa.field(name, types[0])
        return choice_field(name, [pa.field(glue_name(found), found) for found in types])

    def _type(self, name: str, kind: str, hints: list[pa.Field]) -> pa.DataType:
        if kind == "long":
            return self._integer(hints)
        if kind == "double":
            return pa.float32() if any(pat.is_float32(hint.type) for hint in hints) else pa.float64()
        if kind == "decimal":
            return self._decimal(name, hints)
        if kind == "array":
            known = next((hint.type.value_field for hint in hints if pat.is_list(hint.type)), None)
            return list_of((self.element or Seen()).field("element", known))
        if kind == "struct":
            return self._struct(hints)
        return NAMED[kind]

    def _integer(self, hints: list[pa.Field]) -> pa.DataType:
        hinted = [hint.type for hint in hints if pat.is_integer(hint.type)]
        for data_type, bits in _INTEGERS:
            if -(2**bits) <= self.least and self.most < 2**bits and (data_type in hinted or bits == 63):
                return data_type
        return pa.decimal128(DIGITS_MAX, 0)

    def _decimal(self, name: str, hints: list[pa.Field]) -> pa.DataType:
        known = [hint.type for hint in hints if pat.is_decimal(hint.type)]
        scale = max([self.scale, *(data_type.scale for data_type in known)])
        whole = max([self.whole_digits, *(data_type.precision - data_type.scale for data_type in known)])
        if self.whole_digits + self.scale > DIGITS_MAX:
            raise ValueError(
                f"the field '{name}' that the function made takes decimals of {self.whole_digits} digits "
                f"before the point and {self.scale} after it. {DIGITS_MAX} in all are the most: round them, "
                "or make them strings"
            )
        return pa.decimal128(max(1, min(DIGITS_MAX, whole + scale)), min(scale, DIGITS_MAX))

    def _struct(self, hints: list[pa.Field]) -> pa.DataType:
        known = next((hint.type for hint in hints if pat.is_map(hint.type)), None)
        if known is not None:
            values = Seen()
            for seen in self.fields.values():
                values.merge(seen)
            return map_of(known.key_type, values.field("value", known.item_field))
        before = next((hint.type.fields for hint in hints if pat.is_struct(hint.type)), ())
        return pa.struct(self._children(before))

    def merge(self, other: "Seen") -> None:
        """Learn what another place saw."""
        self.kinds |= other.kinds
        self.seen += other.seen
        self.nulls += other.nulls
        self.records += other.records
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)
        self.scale, self.whole_digits = (
            max(self.scale, other.scale),
            max(self.whole_digits, other.whole_digits),
        )
        for name, seen in other.fields.items():
            self.fields.setdefault(name, Seen()).merge(seen)
        if other.element is not None:
            self.element = self.element or Seen()
            self.element.merge(other.element)
