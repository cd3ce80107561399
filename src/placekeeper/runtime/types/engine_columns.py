"""The columns that an engine has of a frame: they have places, no names (see frames/frame.py)."""

import pyarrow as pa
from pyspark.sql import types as spark_types

from placekeeper.runtime.types.missing_fields import Missing
from placekeeper.runtime.types.spark import spark_schema


def column_names(count: int) -> tuple[str, ...]:
    """The names that columns have in an engine: c0, c1, …"""
    return tuple(f"c{place}" for place in range(count))


def missing_name(place: int) -> str:
    """The name of the hidden column beside the column at a place: m0, m1, …"""
    return f"m{place}"


def engine_schema(schema: pa.Schema, missing: Missing) -> spark_types.StructType:
    """The columns that an engine has of a frame: those of `schema` by place, then the hidden ones.

    Raises UnsupportedFeature as `spark_schema` does.
    """
    visible = [field.dataType for field in spark_schema(schema).fields]
    named = zip(column_names(len(visible)), visible, strict=True)
    hidden = (missing_name(place) for place in sorted(missing.listed))
    return spark_types.StructType(
        [spark_types.StructField(name, data_type) for name, data_type in named]
        + [spark_types.StructField(name, spark_types.StringType()) for name in hidden]
    )
