"""Shapes: an Avro schema as the types of a frame, and as the schema by which fastavro decodes.

A record is encoded as its fields, one behind the other. So a branch of a union can be decoded as a record of
one field. fastavro then says which branch it is. A value alone would not say it: int or long, float or
double, a text or an enumeration. Logical types are taken off, and numbers come as they are. An enumeration
is decoded as a number.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Context, Decimal
from functools import reduce
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.types.decimals import DIGITS_MAX
from placekeeper.runtime.types.exact import ValueRefused, nanoseconds_lost
from placekeeper.runtime.types.fields import list_of, map_of
from placekeeper.runtime.types.merging import merge_fields
from placekeeper.runtime.types.table import TIMESTAMP

_SINGLE: Final[Mapping[str, pa.DataType]] = {
    "null": pa.null(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "bytes": pa.binary(),
    "string": pa.string(),
}
_LEAST_BYTES: Final = {"null": 0, "float": 4, "double": 8}
_MOMENTS: Final = {
    "timestamp-millis": 1000,
    "local-timestamp-millis": 1000,
    "timestamp-micros": 1,
    "local-timestamp-micros": 1,
}
"""Logical types of timestamps, and the microseconds in one of their units."""
_NANOSECONDS: Final = frozenset({"timestamp-nanos", "local-timestamp-nanos"})
_PLENTY: Final = Context(prec=10_000)
BRANCH: Final = "value"
"""The field of the record that stands for a branch."""


@dataclass(frozen=True)
class Single:
    """One value of a type; `shape` makes what Arrow takes of what fastavro gives, None where that is the
    same. `least_bytes` are those of its shortest encoding."""

    data_type: pa.DataType
    shape: Callable[[Any], Any] | None = None
    least_bytes: int = 1

    def field(self, name: str) -> pa.Field:
        """The field of a frame that holds such values."""
        return pa.field(name, self.data_type)


@dataclass(frozen=True)
class Record:
    """Fields by name; `as_branch` are the bytes of the shortest encoding of a union that may have it."""

    fields: tuple[tuple[str, "Shape"], ...]
    as_branch: int | None = None

    @property
    def least_bytes(self) -> int:
        """The bytes of the shortest encoding."""
        if self.as_branch is not None:
            return self.as_branch
        return sum(shape.least_bytes for _, shape in self.fields)

    def field(self, name: str) -> pa.Field:
        """A struct."""
        return pa.field(name, pa.struct([shape.field(own) for own, shape in self.fields]))


@dataclass(frozen=True)
class Repeated:
    """An array; with `is_map`, a map from texts."""

    item: "Shape"
    is_map: bool
    least_bytes: int = 1

    def field(self, name: str) -> pa.Field:
        """An array or a map."""
        if self.is_map:
            return pa.field(name, map_of(pa.string(), self.item.field("value")))
        return pa.field(name, list_of(self.item.field("element")))


@dataclass(frozen=True)
class Union:
    """One of several types at a time, by the name of the record that stands for each."""

    branches: Mapping[str, "Shape"]
    least_bytes: int = 1

    def field(self, name: str) -> pa.Field:
        """One type if the branches merge, else a choice."""
        return reduce(merge_fields, (shape.field(name) for shape in self.branches.values()))


Shape = Single | Record | Repeated | Union


@dataclass
class Shaping:
    """The walk through one schema. `where` is named in errors; `logical` are logical types.

    With `resolved`, fastavro decodes by the schema itself, and unions of several types are refused.
    """

    where: str
    logical: bool
    cut_nanoseconds: bool = False
    resolved: bool = False
    _made: int = 0
    _named: dict[str, tuple[Shape, Any] | None] = field(default_factory=dict)

    def of(self, schema: Any, namespace: str = "") -> tuple[Shape, Any]:
        """The shape of a schema, and what decodes it.

        Raises UnsupportedFeature for a type inside itself and a decimal of too many digits, ValueError,
        TypeError, KeyError or AttributeError for no schema.
        """
        if isinstance(schema, list):
            return self._union(schema, namespace)
        if isinstance(schema, str):
            return self._by_name(schema, {}, namespace)
        kind = schema["type"]
        if not isinstance(kind, str):  # {"type": {"type": …}}
            return self.of(kind, namespace)
        if kind in ("record", "error", "enum", "fixed"):
            return self._define(kind, schema, namespace)
        if kind in ("array", "map"):
            inner = "items" if kind == "array" else "values"
            shape, decoding = self.of(schema[inner], namespace)
            return Repeated(shape, kind == "map"), {"type": kind, inner: decoding}
        return self._by_name(kind, schema, namespace)

    def _by_name(self, name: str, schema: Mapping[str, Any], namespace: str) -> tuple[Shape, Any]:
        if name in _SINGLE:
            plain = Single(_SINGLE[name], least_bytes=_LEAST_BYTES.get(name, 1))
            return self._logical(plain, schema), name
        full = name if "." in name or not namespace else f"{namespace}.{name}"
        found = self._named[full] if full in self._named else self._named[name]
        if found is None:
            raise UnsupportedFeature(
                f"{self.where} has the type {full} inside itself, and no column can hold that: write it as a "
                "text of JSON."
            )
        return found

    def _define(self, kind: str, schema: Mapping[str, Any], namespace: str) -> tuple[Shape, Any]:
        name = str(schema["name"])
        if "." not in name and (schema.get("namespace") or namespace):
            name = f"{schema.get('namespace') or namespace}.{name}"
        self._named[name] = None
        found = self._defined(kind, schema, name.rpartition(".")[0])
        decoding = found[1]
        # The second time, a name is enough.
        later = decoding["name"] if isinstance(decoding, dict) and "name" in decoding else decoding
        self._named[name] = (found[0], later)
        return found

    def _defined(self, kind: str, schema: Mapping[str, Any], namespace: str) -> tuple[Shape, Any]:
        if kind == "enum":
            symbols = tuple(map(str, schema["symbols"]))
            return Single(pa.string(), None if self.resolved else lambda at: _symbol(symbols, at)), "int"
        if kind == "fixed":
            size = int(schema["size"])
            fixed = self._logical(Single(pa.binary(), least_bytes=size), schema)
            return fixed, {"type": "fixed", "name": self._name(), "size": size}
        own = self._name()
        fields, decodings = [], []
        for part in schema["fields"]:
            shape, decoding = self.of(part["type"], namespace)
            fields.append((str(part["name"]), shape))
            decodings.append({"name": part["name"], "type": decoding})
        return Record(tuple(fields)), {"type": "record", "name": own, "fields": decodings}

    def _union(self, branches: list[Any], namespace: str) -> tuple[Shape, Any]:
        found = [self.of(branch, namespace) for branch in branches]
        real = [shape for shape, _ in found if not _is_null(shape)]
        if len(real) < 2:
            shortest = 1 + min(shape.least_bytes for shape, _ in found)  # the number of the branch, and it
            return _of_union((real or [found[0][0]])[0], shortest), [decoding for _, decoding in found]
        if self.resolved:
            raise UnsupportedFeature(
                f"{self.where}: the schema {branches} has several types at one place, and the file's own "
                "schema is another one. Leave avroSchema (avro.schema.literal) out."
            )
        has_double = any(isinstance(shape, Single) and pat.is_float64(shape.data_type) for shape in real)
        shapes: dict[str, Shape] = {}
        decodings: list[Any] = []
        for shape, decoding in found:
            if _is_null(shape):
                decodings.append(decoding)
                continue
            if has_double and isinstance(shape, Single) and pat.is_float32(shape.data_type):
                shape = Single(pa.float64(), least_bytes=shape.least_bytes)
            name = self._name()
            shapes[name] = shape
            decodings.append({"type": "record", "name": name, "fields": [{"name": BRANCH, "type": decoding}]})
        return Union(shapes), decodings

    def _logical(self, plain: Single, schema: Mapping[str, Any]) -> Single:
        """A logical type where there is one that is known; else the type beneath it, as Avro wants it."""
        name = schema.get("logicalType") if self.logical else None
        if name == "decimal" and pat.is_binary(plain.data_type):
            return self._decimal(plain, schema)
        if name == "date" and pat.is_int32(plain.data_type):
            return Single(pa.date32())
        if name in _MOMENTS and pat.is_int64(plain.data_type):
            unit = _MOMENTS[name]
            return Single(TIMESTAMP, None if unit == 1 else lambda value: value * unit)
        if name in _NANOSECONDS and pat.is_int64(plain.data_type):
            return Single(TIMESTAMP, lambda value: _micros(value, cut=self.cut_nanoseconds))
        return plain

    def _decimal(self, plain: Single, schema: Mapping[str, Any]) -> Single:
        digits, scale = schema.get("precision"), schema.get("scale", 0)
        if not (isinstance(digits, int) and isinstance(scale, int) and 0 <= scale <= digits and digits):
            return plain  # an invalid logical type is to be ignored, says Avro
        if digits > DIGITS_MAX:
            raise UnsupportedFeature(
                f"{self.where} has a decimal of {digits} digits, and {DIGITS_MAX} are the most: write it "
                "with fewer, or read its bytes with the format option version 1.7."
            )
        data_type = pa.decimal128(digits, scale)
        return Single(data_type, lambda value: _decimal_of(value, scale), plain.least_bytes)

    def _name(self) -> str:
        self._made += 1
        return f"t{self._made}"


def _of_union(shape: Shape, least_bytes: int) -> Shape:
    """The same values where null may stand for them."""
    if isinstance(shape, Record):
        return replace(shape, as_branch=least_bytes)
    return replace(shape, least_bytes=least_bytes)


def _is_null(shape: Shape) -> bool:
    return isinstance(shape, Single) and pat.is_null(shape.data_type)


def _symbol(symbols: tuple[str, ...], at: int) -> str:
    if not 0 <= at < len(symbols):
        raise ValueRefused(f"there is no symbol of the number {at} in an enumeration of {len(symbols)}")
    return symbols[at]


def _micros(value: int, *, cut: bool) -> int:
    if value % 1000 and not cut:
        seconds, nanoseconds = divmod(value, 1_000_000_000)
        raise ValueRefused(nanoseconds_lost(f"{seconds} s from 1970-01-01 and .{nanoseconds:09}"))
    return value // 1000


def _decimal_of(value: bytes, scale: int) -> Decimal:
    return Decimal(int.from_bytes(value, signed=True)).scaleb(-scale, _PLENTY)
