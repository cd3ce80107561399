"""Schemas: from Spark and back, as Glue's JSON, printed."""

import pyarrow as pa
import pytest
from pyspark.sql import types as T  # noqa: N812

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.frames.fields import null_paths
from placekeeper.runtime.frames.rendering import schema_lines
from placekeeper.runtime.frames.schema import choice_names, schema_of, to_glue_json
from placekeeper.runtime.types.fields import choice_field, list_of, map_of
from placekeeper.runtime.types.spark import spark_type

SPARK = T.StructType(
    [
        T.StructField("i", T.IntegerType()),
        T.StructField("d", T.DecimalType(12, 3)),
        T.StructField("t", T.TimestampType()),
        T.StructField("l", T.TimestampNTZType()),
        T.StructField("a", T.ArrayType(T.StructType([T.StructField("x", T.StringType())]))),
        T.StructField("m", T.MapType(T.StringType(), T.LongType())),
        T.StructField("n", T.NullType()),
    ]
)
NESTED = pa.schema(
    [
        pa.field("id", pa.string()),
        choice_field("provider id", [pa.field("long", pa.int64()), pa.field("string", pa.string())]),
        pa.field("provider", pa.struct([pa.field("id", pa.int64()), pa.field("gone", pa.null())])),
        pa.field("links", list_of(pa.field("element", pa.struct([pa.field("note", pa.null())])))),
        pa.field("tags", list_of(pa.field("element", pa.string()))),
        pa.field("m", map_of(pa.string(), pa.field("value", pa.struct([pa.field("y", pa.null())])))),
    ]
)


def test_from_spark_and_back():
    schema = schema_of(SPARK)
    assert [spark_type(field.type) for field in schema] == [field.dataType for field in SPARK]


def test_a_type_without_a_word_in_glue():
    struct = T.StructType([T.StructField("v", T.DayTimeIntervalType())])
    with pytest.raises(UnsupportedFeature, match="interval"):
        schema_of(struct)


def test_the_printed_tree():
    assert schema_lines(NESTED) == [
        "root",
        "|-- id: string",
        "|-- provider id: choice",
        "|    |-- long",
        "|    |-- string",
        "|-- provider: struct",
        "|    |-- id: long",
        "|    |-- gone: null",
        "|-- links: array",
        "|    |-- element: struct",
        "|    |    |-- note: null",
        "|-- tags: array",
        "|    |-- element: string",
        "|-- m: map",
        "|    |-- value: struct",
        "|    |    |-- y: null",
    ]


def test_glue_json():
    assert to_glue_json(NESTED)["fields"][1] == {
        "name": "provider id",
        "container": {"dataType": "choice", "choices": [{"dataType": "long"}, {"dataType": "string"}]},
        "properties": {},
    }


def test_null_fields_are_found_in_structs_and_arrays_but_not_in_maps():
    assert null_paths(NESTED) == [("provider", "gone"), ("links", "note")]


def test_columns_with_choices():
    assert choice_names(NESTED) == ["provider id"]
