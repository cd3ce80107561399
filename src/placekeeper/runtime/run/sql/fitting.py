"""The rows of a query in the columns of the table that they are inserted into, as Spark stores them."""

from collections.abc import Mapping, Sequence

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import (
    AtomicType,
    BinaryType,
    DataType,
    DateType,
    NullType,
    NumericType,
    StringType,
    TimestampNTZType,
    TimestampType,
)

from placekeeper.runtime.run.sql.rows import struct_of
from placekeeper.runtime.types.engine_columns import column_names

Columns = Sequence[tuple[str, str]]


def by_position(
    rows: DataFrame,
    table: str,
    columns: Columns,
    fixed: Mapping[str, str | None],
    named: Sequence[str] | None,
) -> DataFrame:
    """The rows under the names of a table's columns (name and type; partition keys last).

    `fixed` are values of partition keys that the statement says, `named` the columns that it lists; those
    that it does not list are null. Raises AnalysisException where the numbers or the types do not fit.
    """
    names = [name for name, _ in columns]
    wanted = [name.lower() for name in named] if named is not None else [n for n in names if n not in fixed]
    unknown = [name for name in (*wanted, *fixed) if name not in names]
    if unknown:
        raise AnalysisException(
            f"[UNRESOLVED_COLUMN] The table {table} has no column {', '.join(unknown)}: it has "
            f"{', '.join(names)}."
        )
    if len(wanted) != len(rows.columns):
        kind = "TOO_MANY" if len(rows.columns) > len(wanted) else "NOT_ENOUGH"
        raise AnalysisException(
            f"[INSERT_COLUMN_ARITY_MISMATCH.{kind}_DATA_COLUMNS] Cannot write to {table}: the table takes "
            f"{len(wanted)} columns ({', '.join(wanted)}), and the query has {len(rows.columns)} "
            f"({', '.join(rows.columns)})."
        )
    return _fitted(rows, table, columns, {name: place for place, name in enumerate(wanted)}, fixed)


def by_name(rows: DataFrame, table: str, columns: Columns) -> DataFrame:
    """The same by the names of columns, in any case. Raises AnalysisException for another set of them."""
    places = {name.lower(): place for place, name in enumerate(rows.columns)}
    names = {name for name, _ in columns}
    if set(places) != names or len(places) != len(rows.columns):
        raise AnalysisException(
            f"[INCOMPATIBLE_COLUMNS] Cannot write to {table}: the table has the columns "
            f"{', '.join(sorted(names))}, and the frame has {', '.join(rows.columns)}."
        )
    return _fitted(rows, table, columns, places, {})


def _fitted(
    rows: DataFrame,
    table: str,
    columns: Columns,
    places: Mapping[str, int],
    fixed: Mapping[str, str | None],
) -> DataFrame:
    found = [field.dataType for field in rows.schema.fields]
    nameless = rows.toDF(*column_names(len(found)))
    made = []
    for column in struct_of(table, columns):
        name, type = column.name, column.dataType
        if name in fixed:
            value = F.lit(fixed[name]).cast(type)
        elif name in places:
            place = places[name]
            value = _stored(F.col(f"c{place}"), found[place], type, f"the column {name} of {table}")
        else:
            value = F.lit(None).cast(type)
        made.append(value.alias(name))
    return nameless.select(*made)


def _stored(column: Column, found: DataType, wanted: DataType, name: str) -> Column:
    """A value in the type of its column. Raises AnalysisException where Spark does not store one as such."""
    if found == wanted:
        return column
    if isinstance(found, AtomicType | NullType) and not _is_storable(found, wanted):
        raise AnalysisException(
            f"[INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST] Cannot write to {name}: it is "
            f"{wanted.simpleString()}, and the query has {found.simpleString()}. Cast it in the query."
        )
    return column.cast(wanted)


def _is_storable(found: DataType, wanted: DataType) -> bool:
    """Whether Spark stores values of one type in a column of another (its ANSI policy)."""
    times = (DateType, TimestampType, TimestampNTZType)
    return (
        isinstance(found, NullType)
        or (isinstance(found, NumericType) and isinstance(wanted, NumericType))
        or (isinstance(wanted, StringType) and not isinstance(found, BinaryType))
        or (isinstance(found, times) and isinstance(wanted, times))
    )
