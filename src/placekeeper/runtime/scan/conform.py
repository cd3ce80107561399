"""Record batches of one object as batches of the schema that all objects agreed on."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.runtime.arrow_nulls import unsliced
from placekeeper.runtime.scan.canonical import canonical_type
from placekeeper.runtime.scan.types import TIMESTAMP, glue_name, is_choice

_INTEGRAL = frozenset({"byte", "short", "int", "long"})


def conformed(batch: pa.RecordBatch, schema: pa.Schema, where: str) -> pa.RecordBatch:
    """`batch` with exactly the columns of `schema`: in its order, in its types, null where absent."""
    there = dict(zip(batch.schema.names, batch.columns, strict=True))
    columns = [
        conformed_array(there[field.name], field, where)
        if field.name in there
        else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def conformed_array(array: pa.Array, field: pa.Field, where: str) -> pa.Array:
    """An array of any type that merged into `field`, as an array of that field's type."""
    if array.type == field.type:
        return array
    if pat.is_null(array.type):
        return pa.nulls(len(array), field.type)
    if is_choice(field):
        return _in_choice(array, field, where)
    if pat.is_dictionary(array.type):
        return conformed_array(array.dictionary_decode(), field, where)
    if pat.is_struct(field.type):
        return _struct(array, field.type, where)
    if pat.is_map(field.type):
        return _map(array, field.type, where)
    if pat.is_list(field.type):
        return _list(array, field.type, where)
    return _cast(array, field.type)


def _cast(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    if wanted == TIMESTAMP and pat.is_timestamp(array.type):
        micros = pc.cast(array, pa.timestamp("us", tz=array.type.tz), safe=False)  # nanoseconds are cut off
        return micros.cast(pa.int64()).cast(TIMESTAMP)  # what has no zone is in UTC
    if pat.is_uint64(array.type) and pat.is_decimal(wanted):
        return array.cast(pa.decimal128(20)).cast(wanted)
    return array.cast(wanted)


def _in_choice(array: pa.Array, field: pa.Field, where: str) -> pa.Array:
    """The array as the child of the choice that its type belongs to; null stays null."""
    kind = glue_name(canonical_type(array.type, where))
    children = {child.name: child for child in field.type.fields}
    name = kind if kind in children else next(iter(_INTEGRAL & children.keys()))
    columns = [
        conformed_array(array, child, where) if child.name == name else pa.nulls(len(array), child.type)
        for child in field.type.fields
    ]
    return pa.StructArray.from_arrays(columns, fields=list(field.type.fields), mask=array.is_null())


def _struct(array: pa.Array, wanted: pa.DataType, where: str) -> pa.Array:
    there = {child.name: array.field(index) for index, child in enumerate(array.type.fields)}
    columns = [
        conformed_array(there[child.name], child, where)
        if child.name in there
        else pa.nulls(len(array), child.type)
        for child in wanted.fields
    ]
    if not columns:
        return pa.array([None if null else {} for null in array.is_null().to_pylist()], wanted)
    return pa.StructArray.from_arrays(columns, fields=list(wanted.fields), mask=array.is_null())


def _list(array: pa.Array, wanted: pa.DataType, where: str) -> pa.Array:
    if pat.is_fixed_size_list(array.type) or pat.is_large_list(array.type):
        array = array.cast(pa.list_(array.type.value_field))
    array = unsliced(array)
    values = conformed_array(array.values, wanted.value_field, where)
    return pa.ListArray.from_arrays(array.offsets, values, type=wanted, mask=array.is_null())


def _map(array: pa.Array, wanted: pa.DataType, where: str) -> pa.Array:
    array = unsliced(array)
    keys = conformed_array(array.keys, wanted.key_field, where)
    items = conformed_array(array.items, wanted.item_field, where)
    return pa.MapArray.from_arrays(array.offsets, keys, items, type=wanted, mask=array.is_null())
