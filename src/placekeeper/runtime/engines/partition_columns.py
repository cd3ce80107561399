"""Partition columns of `spark.read` on Sail, with the types and nulls that Spark gives them."""

import json
from collections.abc import Callable
from typing import Any, Final

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import StringType, StructField, StructType

from placekeeper.rules.catalog.partition_values import NULL_VALUE
from placekeeper.runtime.engines.frame_files import LiteralPaths

_INFERS: Final = "spark.sql.sources.partitionColumnTypeInference.enabled"


def read_keys(reader: Any, load: Callable[[Any, list[str]], DataFrame], literal: LiteralPaths) -> DataFrame:
    """The frame of a read of partitions, with their columns last; `load` loads paths by the reader.

    Sail reads such columns as text, and only those that a given schema has. Spark adds the others, and gives
    each the type of the schema, or the one that its values have.
    """
    keys, paths, schema = dict(literal.keys), list(literal.paths), reader._schema
    said: dict[str, StructField] = {}
    if schema:
        fields = struct_of(reader._client, schema).fields
        said = {field.name.lower(): field for field in fields}
        own = [field for field in fields if field.name.lower() not in map(str.lower, keys)]
        reader.schema(StructType([*own, *(StructField(key, StringType()) for key in keys)]))
    frame = load(reader, paths)
    reader._schema = schema
    infers = reader._client.conf.get(_INFERS, "true").lower() == "true"
    columns = [f.col(_quoted(field.name)) for field in frame.schema.fields if field.name not in keys]
    for key, inferred in keys.items():
        given = said.get(key.lower())
        type = given.dataType if given is not None else inferred if infers else "string"
        text = f.when(f.col(_quoted(key)) != f.lit(NULL_VALUE), f.col(_quoted(key)))
        columns.append(text.try_cast(type).alias(key if given is None else given.name))
    return frame.select(*columns)


def struct_of(spark: SparkSession, schema: str) -> StructType:
    """A schema as the reader keeps it: JSON or DDL."""
    if schema.startswith("{"):
        return StructType.fromJson(json.loads(schema))
    return spark.createDataFrame([], schema).schema


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
