"""Conversion of the arrays of one object to the types that all objects agreed on."""

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.runtime.types.decimals import widened
from placekeeper.runtime.types.fields import glue_name, is_choice
from placekeeper.runtime.types.nested import list_with, map_with, struct_of
from placekeeper.runtime.types.table import INTEGRAL


def converted(array: pa.Array, field: pa.Field) -> pa.Array:
    """An array of a canonical type that merged into `field`, as an array of that field's type.

    Raises ValueRefused for a value that the common type cannot hold, and Arrow's own errors where a key of a
    map has no text.
    """
    if array.type == field.type:
        return array
    if pat.is_null(array.type):
        return pa.nulls(len(array), field.type)
    if is_choice(field):
        return _in_choice(array, field)
    if pat.is_struct(field.type):
        return _struct(array, field.type)
    if pat.is_map(field.type):
        return _map(array, field.type)
    if pat.is_list(field.type):
        return list_with(array, lambda values: converted(values, field.type.value_field), field.type)
    if pat.is_decimal(array.type) and pat.is_decimal(field.type):
        return widened(array, field.type)
    return array.cast(field.type)


def _in_choice(array: pa.Array, field: pa.Field) -> pa.Array:
    """The array as the child of the choice that its type belongs to; null stays null."""
    kind = glue_name(array.type)
    children = {child.name: child for child in field.type.fields}
    name = kind if kind in children else next(name for name in INTEGRAL if name in children)
    columns = [
        converted(array, child) if child.name == name else pa.nulls(len(array), child.type)
        for child in field.type.fields
    ]
    return struct_of(array, columns, field.type)


def _struct(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    there = {child.name: array.field(index) for index, child in enumerate(array.type.fields)}
    columns = [
        converted(there[child.name], child) if child.name in there else pa.nulls(len(array), child.type)
        for child in wanted.fields
    ]
    return struct_of(array, columns, wanted)


def _map(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    return map_with(
        array,
        lambda keys: converted(keys, wanted.key_field),
        lambda items: converted(items, wanted.item_field),
        wanted,
    )
