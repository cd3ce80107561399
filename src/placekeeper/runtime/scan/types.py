"""Types of columns: Glue's names for them, what two of them become together, and choices.

A choice is an Arrow struct field that carries CHOICE_METADATA, with one child per type, named as Glue names
the type and sorted by that name. Merging is commutative and associative but for the order of struct fields,
which is that of first appearance.
"""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.frame import CHOICE_METADATA

_NAMES: tuple[tuple[str, pa.DataType], ...] = (
    ("null", pa.null()),
    ("boolean", pa.bool_()),
    ("byte", pa.int8()),
    ("short", pa.int16()),
    ("int", pa.int32()),
    ("long", pa.int64()),
    ("float", pa.float32()),
    ("double", pa.float64()),
    ("string", pa.string()),
    ("binary", pa.binary()),
    ("date", pa.date32()),
)
_INTEGRAL = ("byte", "short", "int", "long")  # from narrow to wide: widening is exact
_DECIMAL_DIGITS_MAX = 38

TIMESTAMP = pa.timestamp("us", tz="UTC")
"""The one type of all timestamps in frames: Glue knows no timestamp without a zone."""


def glue_name(data_type: pa.DataType) -> str:
    """Glue's name of a canonical type: `int`, `string`, `struct`, …"""
    for name, known in _NAMES:
        if data_type == known:
            return name
    if pat.is_decimal(data_type):
        return "decimal"
    if pat.is_timestamp(data_type):
        return "timestamp"
    if pat.is_map(data_type):
        return "map"
    if pat.is_list(data_type):
        return "array"
    if pat.is_struct(data_type):
        return "struct"
    raise ValueError(f"not a canonical type: {data_type}")


def is_choice(field: pa.Field) -> bool:
    """Whether a field stands for a choice between types."""
    metadata = field.metadata or {}
    return all(metadata.get(key) == value for key, value in CHOICE_METADATA.items())


def choice_field(name: str, children: Iterable[pa.Field]) -> pa.Field:
    """A field that holds one of several types at a time; `children` are named by `glue_name`."""
    ordered = sorted(children, key=lambda child: child.name)
    return pa.field(name, pa.struct(ordered), metadata=CHOICE_METADATA)


def element_field(data_type: pa.DataType) -> pa.Field:
    """The field of an array's elements, under the name `element`."""
    return data_type.value_field.with_name("element")


def list_of(element: pa.Field) -> pa.DataType:
    """An array type whose elements are as `element`, choice mark included."""
    return pa.list_(element.with_name("element"))


def map_of(key: pa.DataType, item: pa.Field) -> pa.DataType:
    """A map type; `item` may be a choice."""
    return pa.map_(key, item.with_name("value"))


def merge_fields(left: pa.Field, right: pa.Field) -> pa.Field:
    """The field that holds the values of both; its name is that of `left`."""
    if left.equals(right, check_metadata=True):
        return left
    alternatives = {child.name: child for child in _alternatives(left)}
    for child in _alternatives(right):
        name, merged = _absorb(alternatives, child)
        alternatives[name] = merged
    if not alternatives:
        return pa.field(left.name, pa.null())
    if len(alternatives) == 1:
        (only,) = alternatives.values()
        return only.with_name(left.name)
    return choice_field(left.name, alternatives.values())


def merge_schemas(schemas: Iterable[pa.Schema]) -> pa.Schema:
    """The union of schemas by column name, columns in order of first appearance."""
    fields: dict[str, pa.Field] = {}
    for schema in schemas:
        _merge_into(fields, schema)
    return pa.schema(list(fields.values()))


def _merge_into(fields: dict[str, pa.Field], more: Iterable[pa.Field]) -> None:
    for field in more:
        known = fields.get(field.name)
        fields[field.name] = field if known is None else merge_fields(known, field)


def _alternatives(field: pa.Field) -> list[pa.Field]:
    """The types a field may hold, as fields named by them; null is what every type may be."""
    if is_choice(field):
        return list(field.type.fields)
    name = glue_name(field.type)
    return [] if name == "null" else [pa.field(name, field.type)]


def _absorb(alternatives: dict[str, pa.Field], child: pa.Field) -> tuple[str, pa.Field]:
    """The alternative that `child` becomes together with what is there, and its name."""
    if child.name in _INTEGRAL:
        known = [name for name in _INTEGRAL if name in alternatives]
        widest = max((*known, child.name), key=_INTEGRAL.index)
        for name in known:
            del alternatives[name]
        return widest, pa.field(widest, dict(_NAMES)[widest])
    there = alternatives.get(child.name)
    if there is None:
        return child.name, child
    return child.name, pa.field(child.name, _merge_same_kind(child.name, there.type, child.type))


def _merge_same_kind(name: str, left: pa.DataType, right: pa.DataType) -> pa.DataType:
    if name == "struct":
        fields: dict[str, pa.Field] = {}
        _merge_into(fields, left.fields)
        _merge_into(fields, right.fields)
        return pa.struct(list(fields.values()))
    if name == "array":
        return list_of(merge_fields(element_field(left), element_field(right)))
    if name == "map":
        return map_of(_merged_key(left, right), merge_fields(left.item_field, right.item_field))
    if name == "decimal":
        return _wider_decimal(left, right)
    return left


def _merged_key(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    merged = merge_fields(pa.field("key", left.key_type), pa.field("key", right.key_type))
    return pa.string() if is_choice(merged) else merged.type


def _wider_decimal(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    scale = max(left.scale, right.scale)
    whole_digits = max(left.precision - left.scale, right.precision - right.scale)
    return pa.decimal128(min(_DECIMAL_DIGITS_MAX, whole_digits + scale), scale)
