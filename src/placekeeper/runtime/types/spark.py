"""Types of frames as Spark's, and back."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import types as spark_types

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.types.depth import check_depth
from placekeeper.runtime.types.fields import list_of, map_of
from placekeeper.runtime.types.table import FROM_SPARK, SPARK_TYPES


def spark_schema(schema: pa.Schema) -> spark_types.StructType:
    """Spark's schema for that of a frame; every field is nullable.

    Raises UnsupportedFeature for a column that nests too deep: choices, which merging makes, count too.
    """
    check_depth(schema, "the frame")
    return _struct(schema)


def _struct(fields: Iterable[pa.Field]) -> spark_types.StructType:
    return spark_types.StructType(
        [spark_types.StructField(field.name, spark_type(field.type)) for field in fields]
    )


def spark_type(data_type: pa.DataType) -> spark_types.DataType:
    """Spark's type for that of a frame's field."""
    simple = SPARK_TYPES.get(data_type)
    if simple is not None:
        return simple
    if pat.is_decimal(data_type):
        return spark_types.DecimalType(data_type.precision, data_type.scale)
    if pat.is_map(data_type):
        return spark_types.MapType(spark_type(data_type.key_type), spark_type(data_type.item_type))
    if pat.is_list(data_type):
        return spark_types.ArrayType(spark_type(data_type.value_type))
    if pat.is_struct(data_type):
        return _struct(data_type.fields)
    raise ValueError(f"not a canonical type: {data_type}")


def from_spark(data_type: spark_types.DataType) -> pa.DataType:
    """The type of a frame's field for Spark's. Raises UnsupportedFeature where Glue has no word for it."""
    simple = FROM_SPARK.get(type(data_type))
    if simple is not None:
        return simple
    if isinstance(data_type, spark_types.DecimalType):
        return pa.decimal128(data_type.precision, data_type.scale)
    if isinstance(data_type, spark_types.StructType):
        return pa.struct([pa.field(field.name, from_spark(field.dataType)) for field in data_type.fields])
    if isinstance(data_type, spark_types.ArrayType):
        return list_of(pa.field("element", from_spark(data_type.elementType)))
    if isinstance(data_type, spark_types.MapType):
        item = pa.field("value", from_spark(data_type.valueType))
        return map_of(from_spark(data_type.keyType), item)
    raise UnsupportedFeature(
        f"a DynamicFrame cannot hold Spark's type {data_type.simpleString()}: cast it in the DataFrame"
    )
