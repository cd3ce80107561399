"""The schema of records that nobody has described, gathered from their values in one pass.

JSON is read by it, and so are the records that a script's function makes. The two differ in the function that
names the kind of a value (`KindOf`); all else is one rule. Different kinds at one place make a choice, but
`int` and `long` are `long` together. A place that was always null has the type null, and so have the elements
of an array that was always empty.

A schema from before may serve as hints: an int field stays int while its values fit, a float field stays
float, an empty array keeps its element type, and fields keep their order.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.types.alike import Alike
from placekeeper.runtime.types.decimals import DIGITS_MAX
from placekeeper.runtime.types.fields import choice_field, glue_name, is_choice, list_of, map_of
from placekeeper.runtime.types.known_types import with_known_types
from placekeeper.runtime.types.occurrence import Occurrence, with_occurrence
from placekeeper.runtime.types.table import NAMED

KindOf = Callable[[Any], str]
"""Gives Glue's name of the type of a value, not None. Raises TypeError for what no field can hold."""

Record = Mapping[str, Any]

_INTEGERS: Final = ((pa.int8(), 7), (pa.int16(), 15), (pa.int32(), 31), (pa.int64(), 63))
_LOOKED_INTO: Final = frozenset({"struct", "array", "long", "decimal"})
"""Kinds of which the value says more than its kind."""


class SchemaGatherer:
    """What was seen at one place. It only ever learns more."""

    __slots__ = (
        "_alike",
        "_element",
        "_fields",
        "_is_as_before",
        "_kind_of",
        "_kinds",
        "_least",
        "_most",
        "_nulls",
        "_records",
        "_scale",
        "_seen",
        "_whole_digits",
    )

    def __init__(self, kind_of: KindOf) -> None:
        self._kind_of = kind_of
        self._kinds: set[str] = set()
        self._fields: dict[str, SchemaGatherer] = {}
        self._element: SchemaGatherer | None = None
        self._least = self._most = 0
        self._whole_digits = self._scale = 0
        self._seen = self._nulls = self._records = 0
        self._is_as_before = False
        self._alike: dict[tuple[object, ...], Alike] = {}

    def observe_records(self, records: Iterable[Record]) -> None:
        """Learn from records. Names and types seen before cost one look-up, and the values that may differ.

        Raises TypeError for a value that no field can hold, and for a field name that is no string.
        """
        known, fields = self._alike, self._fields
        for record in records:
            signature = (*record, *map(type, record.values()))
            alike = known.get(signature)
            if alike is None:
                self._observe_record(record)
                known[signature] = Alike.of(record)
                continue
            alike.times += 1
            for name in alike.open_names:
                fields[name]._observe(record[name])

    def _observe_record(self, record: Record) -> None:
        self._records += 1
        fields = self._fields
        for name, value in record.items():
            field = fields.get(name)
            if field is None:
                if not isinstance(name, str):
                    raise TypeError(f"a field name is a string, not {name!r}")
                field = fields[name] = SchemaGatherer(self._kind_of)
            field._observe(value)

    def _observe(self, value: Any) -> None:
        self._seen += 1
        if value is None:
            self._nulls += 1
            return
        kind = self._kind_of(value)
        self._kinds.add(kind)
        if kind not in _LOOKED_INTO:
            return
        if kind == "struct":
            self._observe_record(value)
        elif kind == "array":
            self._element = element = self._element or SchemaGatherer(self._kind_of)
            for item in value:
                element._observe(item)
        elif kind == "long":
            if value < self._least:
                self._least = value
            elif value > self._most:
                self._most = value
        else:
            self._observe_decimal(value)

    def _observe_decimal(self, value: Decimal | int) -> None:
        if isinstance(value, int):
            self._whole_digits = DIGITS_MAX
            return
        _, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int):
            raise TypeError(f"a decimal field cannot hold {value}")
        self._whole_digits = max(self._whole_digits, len(digits) + exponent)
        self._scale = max(self._scale, -exponent)

    def count(self, seen: int, nulls: int, kinds: Iterable[str]) -> None:
        """Learn of values that somebody else looked at: how many, how many nulls, and the kinds among them.

        Of arrays and structs, what is inside is told to `element` and `field`. Decimals cannot be told so.
        """
        self._seen += seen
        self._nulls += nulls
        self._kinds.update(kinds)

    def count_whole_numbers(self, least: int, most: int) -> None:
        """Learn between which bounds the whole numbers are that were counted."""
        self._least = min(self._least, least)
        self._most = max(self._most, most)

    def count_decimals(self, decimals: Iterable[Decimal | int]) -> None:
        """Learn how many digits the decimals have that were counted."""
        for value in decimals:
            self._observe_decimal(value)

    def stay(self) -> None:
        """Values that were counted have the type from before: that is known."""
        self._is_as_before = True

    def kind_of(self, value: Any) -> str:
        """The kind of a value. Raises TypeError for what no field can hold."""
        return self._kind_of(value)

    def count_records(self, records: int) -> None:
        """Learn of records whose fields are told of one by one."""
        self._records += records

    def field(self, name: str) -> "SchemaGatherer":
        """What was seen in a field of the records here."""
        return self._fields.setdefault(name, SchemaGatherer(self._kind_of))

    def element(self) -> "SchemaGatherer":
        """What was seen in the arrays here."""
        self._element = self._element or SchemaGatherer(self._kind_of)
        return self._element

    def schema(self, before: pa.Schema | None = None) -> pa.Schema:
        """The schema of the records seen, with how often their fields occur.

        Fields come in the order that they had in `before`, then new ones in the order of appearance. Raises
        ValueError for decimals that take more digits than there are.
        """
        part = self.part(before)
        return part if before is None else with_known_types(part, before)

    def part(self, before: pa.Schema | None = None) -> pa.Schema:
        """The same of a part of the records: what was always null has the type null, whatever it was before.

        Another part may tell its type.
        """
        fields = self._children(() if before is None else before)
        return with_occurrence(pa.schema(fields), self.occurrence())

    @property
    def records(self) -> int:
        """How many records were seen."""
        return self._records + sum(alike.times for alike in self._alike.values())

    def occurrence(self) -> Occurrence:
        """How often values, nulls and fields occur."""
        found = Occurrence(
            seen=self._seen,
            nulls=self._nulls,
            records=self.records,
            fields={name: field.occurrence() for name, field in self._fields.items()},
            element=None if self._element is None else self._element.occurrence(),
        )
        for alike in self._alike.values():
            for name, is_null in alike.closed:
                found.fields[name].seen += alike.times
                found.fields[name].nulls += alike.times * is_null
        return found

    def _children(self, before: Iterable[pa.Field]) -> list[pa.Field]:
        hints = {field.name: field for field in before}
        names = [name for name in hints if name in self._fields]
        names += [name for name in self._fields if name not in hints]
        return [self._fields[name]._field(name, hints.get(name)) for name in names]

    def _field(self, name: str, hint: pa.Field | None) -> pa.Field:
        """The field that holds every value seen; a choice if they are of several types."""
        if self._is_as_before and hint is not None:
            return pa.field(name, hint.type)
        kinds = self._kinds - {"int"} if "long" in self._kinds else self._kinds
        if not kinds:
            return pa.field(name, pa.null())
        hints = [] if hint is None else list(hint.type.fields) if is_choice(hint) else [hint]
        types = [self._type(name, kind, hints) for kind in sorted(kinds)]
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
            return list_of((self._element or SchemaGatherer(self._kind_of))._field("element", known))
        if kind == "struct":
            return self._struct(hints)
        return NAMED[kind]

    def _integer(self, hints: list[pa.Field]) -> pa.DataType:
        hinted = [hint.type for hint in hints if pat.is_integer(hint.type)]
        for data_type, bits in _INTEGERS:
            if -(2**bits) <= self._least and self._most < 2**bits and (data_type in hinted or bits == 63):
                return data_type
        return pa.decimal128(DIGITS_MAX, 0)

    def _decimal(self, name: str, hints: list[pa.Field]) -> pa.DataType:
        known = [hint.type for hint in hints if pat.is_decimal(hint.type)]
        scale = max([self._scale, *(data_type.scale for data_type in known)])
        whole = max([self._whole_digits, *(data_type.precision - data_type.scale for data_type in known)])
        if self._whole_digits + self._scale > DIGITS_MAX:
            raise ValueError(
                f"the field '{name}' that the function made takes decimals of {self._whole_digits} digits "
                f"before the point and {self._scale} after it. {DIGITS_MAX} in all are the most: round them, "
                "or make them strings"
            )
        return pa.decimal128(max(1, min(DIGITS_MAX, whole + scale)), min(scale, DIGITS_MAX))

    def _struct(self, hints: list[pa.Field]) -> pa.DataType:
        known = next((hint.type for hint in hints if pat.is_map(hint.type)), None)
        if known is not None:
            values = SchemaGatherer(self._kind_of)
            for field in self._fields.values():
                values._learn_types(field)
            return map_of(known.key_type, values._field("value", known.item_field))
        before = next((hint.type.fields for hint in hints if pat.is_struct(hint.type)), ())
        return pa.struct(self._children(before))

    def _learn_types(self, other: "SchemaGatherer") -> None:
        """Learn what another place saw, but not how often."""
        self._kinds |= other._kinds
        self._least, self._most = min(self._least, other._least), max(self._most, other._most)
        self._scale = max(self._scale, other._scale)
        self._whole_digits = max(self._whole_digits, other._whole_digits)
        for name, field in other._fields.items():
            self._fields.setdefault(name, SchemaGatherer(self._kind_of))._learn_types(field)
        if other._element is not None:
            self._element = self._element or SchemaGatherer(self._kind_of)
            self._element._learn_types(other._element)
