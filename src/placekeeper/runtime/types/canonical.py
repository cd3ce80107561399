"""Canonical types: the few types that frames have, and the rule by which each type of a file becomes one.

Arrow's types do not say everything: what a file marks as text (ENUM, JSON) can be bytes to Arrow. So a format
may give marks of its own, one for each column of single values, in the order of the schema.
"""

from collections.abc import Iterator
from itertools import repeat

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat
from msgspec import Struct

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.types.decimals import DIGITS_MAX
from placekeeper.runtime.types.exact import moments, uuid_texts
from placekeeper.runtime.types.fields import list_of, map_of
from placekeeper.runtime.types.layouts import is_bytes, is_list, is_text
from placekeeper.runtime.types.names import distinct
from placekeeper.runtime.types.nested import Convert, list_with, map_with, struct_of
from placekeeper.runtime.types.table import GLUE_NAMES, TIMESTAMP

NO_MARKS: Iterator[str] = repeat("")
"""The marks of a format that has none."""
TEXT_MARKS = frozenset({"ENUM", "JSON"})

_UNSIGNED = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20),
}
_ADVICE = {
    "INTERVAL": "write it as a number of months, days or milliseconds",
    "time": "write it as a text, or as a number with its unit in the column's name",
}


class Canonical(Struct, frozen=True):
    """A field as a frame has it: nullable, of a canonical type. `convert` brings a file's arrays into that
    type; it is None where they have it already."""

    field: pa.Field
    convert: Convert | None


class Rules(Struct, frozen=True):
    """How files of one format become canonical. `where` is named in errors: the file and the column."""

    where: str
    marks: Iterator[str] = NO_MARKS
    cut_nanoseconds: bool = False

    def field(self, field: pa.Field) -> Canonical:
        """The field in a frame. Raises UnsupportedFeature for what Spark cannot hold."""
        data_type, convert = self._type(field.type)
        return Canonical(pa.field(field.name, data_type), convert)

    def _type(self, data_type: pa.DataType) -> tuple[pa.DataType, Convert | None]:
        if isinstance(data_type, pa.BaseExtensionType):
            return _after(lambda array: array.storage, self._type(data_type.storage_type))
        if pat.is_dictionary(data_type):
            return _after(lambda array: array.dictionary_decode(), self._type(data_type.value_type))
        if pat.is_run_end_encoded(data_type):
            return _after(pc.run_end_decode, self._type(data_type.value_type))
        if pat.is_nested(data_type):
            return self._nested(data_type)
        return self._single(data_type, next(self.marks, ""))

    def _nested(self, data_type: pa.DataType) -> tuple[pa.DataType, Convert | None]:
        if pat.is_struct(data_type):
            return self._struct(data_type)
        if pat.is_map(data_type):
            return self._map(data_type)
        if is_list(data_type):
            inner = self.field(data_type.value_field)
            wanted = list_of(inner.field)
            if inner.convert is None and data_type == wanted:
                return wanted, None
            return wanted, lambda array: list_with(array, inner.convert, wanted)
        raise self._refusal(str(data_type), "write it as one of the types that Spark has")

    def _struct(self, data_type: pa.DataType) -> tuple[pa.DataType, Convert | None]:
        names = distinct([child.name for child in data_type.fields])
        children = [
            self.field(child.with_name(name)) for child, name in zip(data_type.fields, names, strict=True)
        ]
        wanted = pa.struct([child.field for child in children])
        converts = [child.convert for child in children]
        if data_type == wanted and not any(converts):
            return wanted, None

        def convert(array: pa.Array) -> pa.Array:
            columns = [array.field(index) for index in range(len(converts))]
            changed = [
                column if convert is None else convert(column)
                for column, convert in zip(columns, converts, strict=True)
            ]
            return struct_of(array, changed, wanted)

        return wanted, convert

    def _map(self, data_type: pa.DataType) -> tuple[pa.DataType, Convert | None]:
        key, convert_key = self._type(data_type.key_type)
        item = self.field(data_type.item_field)
        wanted = map_of(key, item.field)
        if convert_key is None and item.convert is None and data_type == wanted:
            return wanted, None
        return wanted, lambda array: map_with(array, convert_key, item.convert, wanted)

    def _single(self, data_type: pa.DataType, mark: str) -> tuple[pa.DataType, Convert | None]:
        if mark in _ADVICE:
            raise self._refusal(mark, _ADVICE[mark])
        if mark == "UUID" and data_type == pa.binary(16):
            return pa.string(), uuid_texts
        if is_text(data_type) or (mark in TEXT_MARKS and is_bytes(data_type)):
            return _cast(data_type, pa.string())
        if is_bytes(data_type):
            return _cast(data_type, pa.binary())
        if pat.is_timestamp(data_type):
            if data_type == TIMESTAMP:
                return TIMESTAMP, None
            return TIMESTAMP, lambda array: moments(array, cut_nanoseconds=self.cut_nanoseconds)
        if data_type in GLUE_NAMES:
            return data_type, None
        if data_type in _UNSIGNED:
            return _cast(data_type, _UNSIGNED[data_type])
        return self._rest(data_type)

    def _rest(self, data_type: pa.DataType) -> tuple[pa.DataType, Convert | None]:
        if pat.is_date(data_type):
            return _cast(data_type, pa.date32())
        if pat.is_float16(data_type):
            return _cast(data_type, pa.float32())
        if pat.is_duration(data_type):
            return pa.int64(), lambda array: array.view(pa.int64())
        if pat.is_decimal(data_type) and 0 <= data_type.scale <= data_type.precision <= DIGITS_MAX:
            return _cast(data_type, pa.decimal128(data_type.precision, data_type.scale))
        if pat.is_decimal(data_type):
            raise self._refusal(str(data_type), f"write it with at most {DIGITS_MAX} digits, or as a text")
        advice = _ADVICE["time"] if pat.is_time(data_type) else "write it as one of the types that Spark has"
        raise self._refusal(str(data_type), advice)

    def _refusal(self, type_name: str, advice: str) -> UnsupportedFeature:
        return UnsupportedFeature(
            f"{self.where} has the type {type_name}, which Spark has no type for: {advice}."
        )


def _cast(have: pa.DataType, wanted: pa.DataType) -> tuple[pa.DataType, Convert | None]:
    """For a wanted type that holds every value of the other one: there Arrow's cast is exact."""
    return (wanted, None) if have == wanted else (wanted, lambda array: array.cast(wanted))


def _after(first: Convert, rest: tuple[pa.DataType, Convert | None]) -> tuple[pa.DataType, Convert]:
    wanted, convert = rest
    if convert is None:
        return wanted, first
    return wanted, lambda array: convert(first(array))
