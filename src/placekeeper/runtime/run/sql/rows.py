"""The rows of a catalog's table as SQL sees them: the table's own columns, in its order and types."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, StructField, StructType

from placekeeper.runtime.frames.choice_specs import Action, Cast, Specs
from placekeeper.runtime.frames.choices import resolve
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.types.engine_columns import column_names
from placekeeper.runtime.types.fields import is_choice
from placekeeper.runtime.types.hive import column_type
from placekeeper.runtime.types.kinds import Place
from placekeeper.runtime.types.spark import spark_type
from placekeeper.runtime.types.type_names import named_type


def struct_of(table: str, columns: Sequence[tuple[str, str]]) -> StructType:
    """The columns of a table by name and type. Raises UnsupportedFeature for a type that Spark lacks."""
    return StructType([StructField(name, column_type(type, name, table)) for name, type in columns])


def table_rows(
    spark: SparkSession, frame: Frame, table: str, columns: Sequence[tuple[str, str]]
) -> DataFrame:
    """The rows of a frame in the columns of its table.

    A column that no file has is null, and so is a value that has no place in the column's type.
    """
    wanted = struct_of(table, columns)
    types = {
        field.name.lower(): (field.dataType, type) for field, (_, type) in zip(wanted, columns, strict=True)
    }
    if not frame.schema.names:
        return spark.createDataFrame([], wanted)
    casts: dict[Place, Action] = {}
    for field in frame.schema:
        target = types.get(field.name.lower())
        if target is not None and (is_choice(field) or spark_type(field.type) != target[0]):
            casts[(field.name,)] = Cast(named_type(target[1]))
    if casts:
        frame, _ = resolve(frame, Specs(casts))
    places = {name.lower(): place for place, name in reversed([*enumerate(frame.schema.names)])}
    names = column_names(len(frame.schema.names))
    made = []
    for name, type in ((field.name, field.dataType) for field in wanted):
        place = places.get(name.lower())
        if place is None:
            made.append(F.lit(None).cast(type).alias(name))
        else:
            known = spark_type(frame.schema.field(place).type)
            made.append(_cast(F.col(names[place]), known, type).alias(name))
    return frame.rows.select(*made)


def _cast(column: Column, known: DataType, wanted: DataType) -> Column:
    return column if known == wanted else column.cast(wanted)
