"""From the types that files have to the few that frames have, and from those to Spark's."""

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import types as spark_types

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.scan.types import TIMESTAMP, is_choice, list_of, map_of

_UNSIGNED = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20),
}
_KEPT = frozenset(
    {
        pa.null(),
        pa.bool_(),
        pa.int8(),
        pa.int16(),
        pa.int32(),
        pa.int64(),
        pa.float32(),
        pa.float64(),
        pa.string(),
        pa.binary(),
        pa.date32(),
    }
)
_DECIMAL_DIGITS_MAX = 38


def canonical_schema(schema: pa.Schema, path: str) -> pa.Schema:
    """The schema a frame has for a file's schema; `path` is named in errors."""
    return pa.schema([canonical_field(field, f"{path}, column {field.name}") for field in schema])


def canonical_field(field: pa.Field, where: str) -> pa.Field:
    """The field in a frame: nullable, of a canonical type.

    Raises UnsupportedFeature, naming `where`, for what Spark cannot hold.
    """
    metadata = field.metadata if is_choice(field) else None
    return pa.field(field.name, canonical_type(field.type, where), metadata=metadata)


def canonical_type(data_type: pa.DataType, where: str) -> pa.DataType:
    """The type in a frame: wide enough for every value of `data_type`, one spelling per kind of value."""
    if data_type in _KEPT:
        return data_type
    if data_type in _UNSIGNED:
        return _UNSIGNED[data_type]
    if pat.is_timestamp(data_type):
        return TIMESTAMP
    if pat.is_dictionary(data_type):
        return canonical_type(data_type.value_type, where)
    if pat.is_large_string(data_type) or pat.is_string_view(data_type):
        return pa.string()
    if pat.is_large_binary(data_type) or pat.is_binary_view(data_type) or pat.is_fixed_size_binary(data_type):
        return pa.binary()
    if pat.is_date(data_type):
        return pa.date32()
    if pat.is_float16(data_type):
        return pa.float32()
    if pat.is_decimal(data_type) and data_type.precision <= _DECIMAL_DIGITS_MAX:
        return pa.decimal128(data_type.precision, data_type.scale)
    return _nested(data_type, where)


def _nested(data_type: pa.DataType, where: str) -> pa.DataType:
    if pat.is_struct(data_type):
        return pa.struct([canonical_field(field, where) for field in data_type.fields])
    if pat.is_map(data_type):
        return map_of(canonical_type(data_type.key_type, where), canonical_field(data_type.item_field, where))
    if pat.is_list(data_type) or pat.is_large_list(data_type) or pat.is_fixed_size_list(data_type):
        return list_of(canonical_field(data_type.value_field, where))
    raise UnsupportedFeature(f"{where} has the type {data_type}, which Spark has no type for.")


_SIMPLE: dict[pa.DataType, spark_types.DataType] = {
    pa.null(): spark_types.NullType(),
    pa.bool_(): spark_types.BooleanType(),
    pa.int8(): spark_types.ByteType(),
    pa.int16(): spark_types.ShortType(),
    pa.int32(): spark_types.IntegerType(),
    pa.int64(): spark_types.LongType(),
    pa.float32(): spark_types.FloatType(),
    pa.float64(): spark_types.DoubleType(),
    pa.string(): spark_types.StringType(),
    pa.binary(): spark_types.BinaryType(),
    pa.date32(): spark_types.DateType(),
    TIMESTAMP: spark_types.TimestampType(),
}


def spark_schema(schema: pa.Schema) -> spark_types.StructType:
    """Spark's schema for a canonical Arrow schema; every field is nullable."""
    return spark_types.StructType(
        [spark_types.StructField(field.name, _spark_type(field.type)) for field in schema]
    )


def _spark_type(data_type: pa.DataType) -> spark_types.DataType:
    simple = _SIMPLE.get(data_type)
    if simple is not None:
        return simple
    if pat.is_decimal(data_type):
        return spark_types.DecimalType(data_type.precision, data_type.scale)
    if pat.is_map(data_type):
        return spark_types.MapType(_spark_type(data_type.key_type), _spark_type(data_type.item_type))
    if pat.is_list(data_type):
        return spark_types.ArrayType(_spark_type(data_type.value_type))
    if pat.is_struct(data_type):
        return spark_types.StructType(
            [spark_types.StructField(field.name, _spark_type(field.type)) for field in data_type.fields]
        )
    raise ValueError(f"not a canonical type: {data_type}")
