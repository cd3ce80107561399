"""The columns of a frame as its catalog table has them, before they are written.

Source: docs/reference/awsglue.md#schemas-of-written-tables.
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as spark_functions

from placekeeper.rules.catalog.hive_types import Single, hive_type
from placekeeper.rules.catalog.table_files import Columns
from placekeeper.runtime.frames.casts import cast_field
from placekeeper.runtime.types.engine_columns import column_names
from placekeeper.runtime.types.hive import catalog_type, dataframe_type
from placekeeper.runtime.types.spark import from_spark


def fitted(rows: DataFrame, keys: Sequence[str], columns: Columns, *, by_position: bool) -> DataFrame:
    """The rows in the wider types of a table's columns, whose names are in lower case.

    Files that name their columns keep the frame's order and lack what the frame lacks. Files that go by
    position get all columns of the table, null where the frame has none. Partition keys stay as they are.
    """
    types = dict(columns)
    nameless = rows.toDF(*column_names(len(rows.columns)))
    fields = {field.name: (place, field.dataType) for place, field in enumerate(rows.schema.fields)}
    made: dict[str, tuple[str, Column]] = {}
    for name, (place, data_type) in fields.items():
        column = nameless[f"c{place}"]
        wanted = types.get(name.lower())
        if name not in keys and wanted is not None and _is_wider(catalog_type(data_type), wanted):
            target = from_spark(dataframe_type(wanted))
            column = cast_field(column, pa.field(name, from_spark(data_type)), target)
        made[name.lower()] = (name, column)
    if not by_position:
        return _selected(nameless, made)
    lacking = {
        name: (name, spark_functions.lit(None).cast(dataframe_type(type)))
        for name, type in columns
        if name not in made
    }
    every = made | lacking
    own = {name: every[name] for name, _ in columns}
    return _selected(nameless, own | {key.lower(): every[key.lower()] for key in keys})


def _selected(nameless: DataFrame, columns: Mapping[str, tuple[str, Column]]) -> DataFrame:
    """These columns, under the names that they are given with."""
    names = column_names(len(columns))
    chosen = nameless.select(
        *(column.alias(name) for name, (_, column) in zip(names, columns.values(), strict=True))
    )
    return chosen.toDF(*(name for name, _ in columns.values()))


def _is_wider(found: str, wanted: str) -> bool:
    """Whether values are cast: single ones of another type, but no bytes, which may be no text."""
    types = hive_type(found), hive_type(wanted)
    return types[0] != types[1] and all(isinstance(type, Single) for type in types) and found != "binary"
