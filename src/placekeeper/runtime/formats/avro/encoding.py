"""Encodings: an Arrow type as an Avro schema, and its values as fastavro encodes them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.formats.shared.text import iso_timestamp
from placekeeper.runtime.types.fields import list_of, map_of

Shaper = Callable[[Any], Any]

_SINGLE: Final = {
    pa.null(): "null",
    pa.bool_(): "boolean",
    pa.int8(): "int",
    pa.int16(): "int",
    pa.int32(): "int",
    pa.int64(): "long",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.string(): "string",
    pa.binary(): "bytes",
}
_PLENTY: Final = Context(prec=100)


@dataclass(frozen=True)
class Encoding:
    """`schema` is what the head says, `plain` the same without logical types, by which fastavro encodes.

    Values are cast to the type `numbers`; then `shape` makes what fastavro takes, None if that is the same.
    """

    schema: Any
    plain: Any
    numbers: pa.DataType
    shape: Shaper | None = None


@dataclass(frozen=True)
class Encodings:
    """Encodings of one version. `check_name` raises for a name that Avro does not have."""

    logical: bool
    check_name: Callable[[str], None]

    def record(self, data_type: pa.DataType, name: str) -> Encoding:
        """A struct as a record of that name; records inside are named by their way."""
        fields = list(data_type.fields)
        for field in fields:
            self.check_name(field.name)
        inner = [self.nullable(field.type, f"{name}_{field.name}") for field in fields]
        head: dict[str, Any] = {"type": "record", "name": name}
        names = [field.name for field in fields]
        shapes = {own: one.shape for own, one in zip(names, inner, strict=True) if one.shape is not None}
        return Encoding(
            head | {"fields": _fields(names, (one.schema for one in inner))},
            head | {"fields": _fields(names, (one.plain for one in inner))},
            pa.struct([field.with_type(one.numbers) for field, one in zip(fields, inner, strict=True)]),
            _record_shaper(shapes) if shapes else None,
        )

    def nullable(self, data_type: pa.DataType, name: str) -> Encoding:
        """A type whose values may be null."""
        one = self._of(data_type, name)
        if one.schema == "null":
            return one
        shape = one.shape
        return Encoding(
            ["null", one.schema],
            ["null", one.plain],
            one.numbers,
            None if shape is None else lambda value: None if value is None else shape(value),
        )

    def _of(self, data_type: pa.DataType, name: str) -> Encoding:
        if pat.is_struct(data_type):
            return self.record(data_type, name)
        if pat.is_map(data_type):
            return self._map(data_type, name)
        if pat.is_list(data_type):
            item = self.nullable(data_type.value_type, f"{name}_element")
            shape = item.shape
            return Encoding(
                {"type": "array", "items": item.schema},
                {"type": "array", "items": item.plain},
                list_of(data_type.value_field.with_type(item.numbers)),
                None if shape is None else lambda values: [shape(value) for value in values],
            )
        if pat.is_decimal(data_type):
            return self._decimal(data_type)
        if pat.is_date(data_type):
            if self.logical:
                return Encoding({"type": "int", "logicalType": "date"}, "int", pa.int32())
            return Encoding("string", "string", data_type, lambda value: value.isoformat())
        if pat.is_timestamp(data_type):
            return self._timestamp(data_type)
        return Encoding(_SINGLE[data_type], _SINGLE[data_type], data_type)

    def _map(self, data_type: pa.DataType, name: str) -> Encoding:
        key, item = self._of(data_type.key_type, name), self.nullable(data_type.item_type, f"{name}_value")
        key_of, item_of = key.shape or _same, item.shape or _same
        return Encoding(
            {"type": "map", "values": item.schema},
            {"type": "map", "values": item.plain},
            map_of(key.numbers, data_type.item_field.with_type(item.numbers)),
            lambda pairs: {str(key_of(own)): item_of(value) for own, value in pairs},
        )

    def _decimal(self, data_type: pa.DataType) -> Encoding:
        if not self.logical:
            return Encoding("string", "string", data_type, lambda value: format(value, "f"))
        scale = data_type.scale
        schema = {
            "type": "bytes",
            "logicalType": "decimal",
            "precision": data_type.precision,
            "scale": scale,
        }
        return Encoding(schema, "bytes", data_type, lambda value: _bytes_of(value, scale))

    def _timestamp(self, data_type: pa.DataType) -> Encoding:
        zone = "Z" if data_type.tz else ""
        if not self.logical:
            return Encoding("string", "string", data_type, lambda value: iso_timestamp(value, zone=zone))
        name = "timestamp-micros" if zone else "local-timestamp-micros"
        return Encoding({"type": "long", "logicalType": name}, "long", pa.int64())


def _fields(names: list[str], schemas: Iterable[Any]) -> list[dict[str, Any]]:
    return [{"name": name, "type": schema} for name, schema in zip(names, schemas, strict=True)]


def _record_shaper(shapes: dict[str, Shaper]) -> Shaper:
    return lambda record: record | {name: shape(record[name]) for name, shape in shapes.items()}


def _bytes_of(value: Decimal, scale: int) -> bytes:
    """The digits as the shortest number in two's complement."""
    digits = int(value.scaleb(scale, _PLENTY))
    return digits.to_bytes((digits + (digits < 0)).bit_length() // 8 + 1, signed=True)


def _same(value: Any) -> Any:
    return value
