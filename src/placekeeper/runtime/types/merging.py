"""Merging: the type that holds the values of two types.

Merging is commutative and associative but for the order of struct fields, which is that of first appearance.
Whole numbers become the wider one, decimals the wider one (decimals.py), null becomes the other, structs are
united field by field, arrays and maps element by element. Any other two types make a choice: whole numbers
with decimals or floating numbers, float with double, date with timestamp.
"""

from collections.abc import Iterable

import pyarrow as pa

from placekeeper.runtime.types.decimals import wider
from placekeeper.runtime.types.fields import (
    choice_field,
    element_field,
    glue_name,
    is_choice,
    list_of,
    map_of,
)
from placekeeper.runtime.types.table import INTEGRAL, NAMED, TIMESTAMP


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
    if child.name in INTEGRAL:
        known = [name for name in INTEGRAL if name in alternatives]
        widest = max((*known, child.name), key=INTEGRAL.index)
        for name in known:
            del alternatives[name]
        return widest, pa.field(widest, NAMED[widest])
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
        return wider(left, right)
    if name == "timestamp" and left != right:
        return TIMESTAMP
    return left


def _merged_key(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    merged = merge_fields(pa.field("key", left.key_type), pa.field("key", right.key_type))
    return pa.string() if is_choice(merged) else merged.type
