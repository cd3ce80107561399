"""Schemas of frames: from Spark's and to it, and Glue's own JSON for them."""

from collections.abc import Sequence
from typing import Any, cast

import pyarrow as pa
import pyarrow.types as pat
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as spark_types

from placekeeper.runtime.frames.errors import error_schema
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.types.engine_columns import engine_schema
from placekeeper.runtime.types.fields import glue_name, is_choice
from placekeeper.runtime.types.missing_fields import NOTHING_MISSING
from placekeeper.runtime.types.names import last_keeps
from placekeeper.runtime.types.spark import from_spark


def schema_of(struct: spark_types.StructType) -> pa.Schema:
    """The frame schema of a DataFrame: no choices, every field nullable.

    Raises UnsupportedFeature for types that Glue has no word for.
    """
    return pa.schema([pa.field(field.name, from_spark(field.dataType)) for field in struct.fields])


def schema_named(schema: pa.Schema, names: Sequence[str]) -> pa.Schema:
    """The same fields under other names."""
    return pa.schema([field.with_name(name) for field, name in zip(schema, names, strict=True)])


def from_dataframe(dataframe: object) -> tuple[Frame, list[str]]:
    """The frame of a DataFrame, and the columns that got another name, each as "old -> new".

    Columns of one name get names of their own. Raises TypeError for what is not a DataFrame,
    UnsupportedFeature for types that Glue has no word for.
    """
    struct = getattr(dataframe, "schema", None)
    if not isinstance(struct, spark_types.StructType):
        raise TypeError(f"a DynamicFrame is made of a DataFrame, not of {type(dataframe).__name__}")
    schema = schema_of(struct)
    names = last_keeps(schema.names)
    renamed = [f"{old} -> {new}" for old, new in zip(schema.names, names, strict=True) if old != new]
    return Frame.of(cast(DataFrame, dataframe), schema_named(schema, names) if renamed else schema), renamed


def empty_frame(spark: SparkSession) -> Frame:
    """A frame without records and without fields."""
    return Frame(spark.createDataFrame([], spark_types.StructType([])), pa.schema([]))


def no_errors(spark: SparkSession) -> Frame:
    """A frame of error records, without any."""
    schema = error_schema()
    return Frame(spark.createDataFrame([], engine_schema(schema, NOTHING_MISSING)), schema)


def to_glue_json(schema: pa.Schema) -> dict[str, Any]:
    """The schema in the JSON form of `awsglue.gluetypes` (docs/reference/awsglue.md#printing)."""
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
