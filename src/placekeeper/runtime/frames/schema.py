"""Schemas of frames: from Spark's and to it, and Glue's own JSON for them."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import SparkSession
from pyspark.sql import types as spark_types

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.frame import Frame
from placekeeper.runtime.scan.canonical import spark_schema
from placekeeper.runtime.scan.types import TIMESTAMP, glue_name, is_choice, list_of, map_of

LOCAL_TIMESTAMP = pa.timestamp("us")
"""A timestamp without a zone: a DataFrame may have one, and it stays so."""

_FROM_SPARK: dict[type[spark_types.DataType], pa.DataType] = {
    spark_types.NullType: pa.null(),
    spark_types.BooleanType: pa.bool_(),
    spark_types.ByteType: pa.int8(),
    spark_types.ShortType: pa.int16(),
    spark_types.IntegerType: pa.int32(),
    spark_types.LongType: pa.int64(),
    spark_types.FloatType: pa.float32(),
    spark_types.DoubleType: pa.float64(),
    spark_types.StringType: pa.string(),
    spark_types.CharType: pa.string(),
    spark_types.VarcharType: pa.string(),
    spark_types.BinaryType: pa.binary(),
    spark_types.DateType: pa.date32(),
    spark_types.TimestampType: TIMESTAMP,
    spark_types.TimestampNTZType: LOCAL_TIMESTAMP,
}


def schema_of(struct: spark_types.StructType) -> pa.Schema:
    """The frame schema of a DataFrame: no choices, every field nullable.

    Raises UnsupportedFeature for types that Glue has no word for.
    """
    return pa.schema([pa.field(field.name, _from_spark(field.dataType)) for field in struct.fields])


def schema_named(schema: pa.Schema, names: Sequence[str]) -> pa.Schema:
    """The same fields under other names."""
    return pa.schema([field.with_name(name) for field, name in zip(schema, names, strict=True)])


def _from_spark(data_type: spark_types.DataType) -> pa.DataType:
    simple = _FROM_SPARK.get(type(data_type))
    if simple is not None:
        return simple
    if isinstance(data_type, spark_types.DecimalType):
        return pa.decimal128(data_type.precision, data_type.scale)
    if isinstance(data_type, spark_types.StructType):
        return pa.struct([pa.field(field.name, _from_spark(field.dataType)) for field in data_type.fields])
    if isinstance(data_type, spark_types.ArrayType):
        return list_of(pa.field("element", _from_spark(data_type.elementType)))
    if isinstance(data_type, spark_types.MapType):
        item = pa.field("value", _from_spark(data_type.valueType))
        return map_of(_from_spark(data_type.keyType), item)
    raise UnsupportedFeature(
        f"a DynamicFrame cannot hold Spark's type {data_type.simpleString()}: cast it in the DataFrame"
    )


def spark_type(data_type: pa.DataType) -> spark_types.DataType:
    """Spark's type for that of a frame's field."""
    if data_type == LOCAL_TIMESTAMP:
        return spark_types.TimestampNTZType()
    return spark_schema(pa.schema([pa.field("value", data_type)])).fields[0].dataType


def empty_frame(spark: SparkSession) -> Frame:
    """A frame without records and without fields."""
    return Frame(spark.createDataFrame([], spark_types.StructType([])), pa.schema([]))


def to_glue_json(schema: pa.Schema) -> dict[str, Any]:
    """The schema in the JSON form of `awsglue.gluetypes` (awsglue.md §2.6)."""
    return {"dataType": "struct", "fields": _fields_json(schema)}


def _fields_json(fields: Any) -> list[dict[str, Any]]:
    return [{"name": field.name, "container": _field_json(field), "properties": {}} for field in fields]


def _field_json(field: pa.Field) -> dict[str, Any]:
    data_type = field.type
    if is_choice(field):
        return {"dataType": "choice", "choices": [_field_json(child) for child in data_type.fields]}
    if pat.is_struct(data_type):
        return {"dataType": "struct", "fields": _fields_json(data_type.fields)}
    if pat.is_list(data_type):
        return {"dataType": "array", "elementType": _field_json(data_type.value_field)}
    if pat.is_map(data_type):
        return {"dataType": "map", "valueType": _field_json(data_type.item_field)}
    if pat.is_decimal(data_type):
        return {"dataType": "decimal", "precision": data_type.precision, "scale": data_type.scale}
    return {"dataType": glue_name(data_type)}


def choice_names(schema: pa.Schema) -> list[str]:
    """The columns that are choices or hold one."""
    return [field.name for field in schema if _has_choice(field)]


def _has_choice(field: pa.Field) -> bool:
    data_type = field.type
    if is_choice(field):
        return True
    if pat.is_map(data_type):
        return _has_choice(data_type.item_field)
    return any(_has_choice(data_type.field(index)) for index in range(data_type.num_fields))
