"""The rows of a query in the columns of the table that they are inserted into, as Spark stores them."""

from collections.abc import Mapping, Sequence
from typing import Final

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    DataType,
    DateType,
    MapType,
    NullType,
    NumericType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
)

from placekeeper.runtime.run.sql.rows import struct_of
from placekeeper.runtime.types.engine_columns import column_names

_NO_TEXTS: Final = (BinaryType, StructType, ArrayType, MapType)
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
    twice = sorted({name for name in (*wanted, *fixed) if [*wanted, *fixed].count(name) > 1})
    if twice:
        raise AnalysisException(
            f"[COLUMN_ALREADY_EXISTS] The INSERT into {table} says {', '.join(twice)} more than once: in its "
            "list of columns, or there and in PARTITION. Say each column once."
        )
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
    return _fitted(rows, table, columns, places, {}, is_named=True)


def _fitted(
    rows: DataFrame,
    table: str,
    columns: Columns,
    places: Mapping[str, int],
    fixed: Mapping[str, str | None],
    *,
    is_named: bool = False,
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
            shown = f"the column {name} of {table}"
            value = stored(F.col(f"c{place}"), found[place], type, shown, is_named=is_named)
        else:
            value = F.lit(None).cast(type)
        made.append(value.alias(name))
    return nameless.select(*made)


def stored(column: Column, found: DataType, wanted: DataType, name: str, *, is_named: bool) -> Column:
    """A value in the type of its column. Raises AnalysisException where Spark does not store one as such."""
    if found == wanted:
        return column.cast(wanted)  # Sail's CASE of an int and a bigint says bigint and has ints
    _check(found, wanted, name, is_named=is_named)
    return column.cast(wanted)


def _check(found: DataType, wanted: DataType, name: str, *, is_named: bool) -> None:
    """Raises AnalysisException for a value that would not be stored whole; fields of structs go by position.

    With `is_named` the fields of structs have the names of the table's, in its order.
    """
    if isinstance(found, StructType) and isinstance(wanted, StructType):
        _check_fields(found, wanted, name, is_named=is_named)
        pairs = [
            (one.dataType, other.dataType, f"the field {other.name} of {name}")
            for one, other in zip(found, wanted, strict=True)
        ]
    elif isinstance(found, ArrayType) and isinstance(wanted, ArrayType):
        pairs = [(found.elementType, wanted.elementType, f"an element of {name}")]
    elif isinstance(found, MapType) and isinstance(wanted, MapType):
        pairs = [
            (found.keyType, wanted.keyType, f"a key of {name}"),
            (found.valueType, wanted.valueType, f"a value of {name}"),
        ]
    elif found == wanted or _is_storable(found, wanted):
        pairs = []
    else:
        raise AnalysisException(
            f"[INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST] Cannot write to {name}: it is "
            f"{wanted.simpleString()}, and the query has {found.simpleString()}. Cast it in the query."
        )
    for one, other, shown in pairs:
        _check(one, other, shown, is_named=is_named)


def _check_fields(found: StructType, wanted: StructType, name: str, *, is_named: bool) -> None:
    if len(found) != len(wanted):
        kind = "EXTRA_STRUCT_FIELDS" if len(found) > len(wanted) else "STRUCT_MISSING_FIELDS"
        raise AnalysisException(
            f"[INCOMPATIBLE_DATA_FOR_TABLE.{kind}] Cannot write to {name}: it has the fields "
            f"{', '.join(wanted.names)}, and the query has {', '.join(found.names)}."
        )
    if is_named and [one.lower() for one in found.names] != [one.lower() for one in wanted.names]:
        raise AnalysisException(
            f"[INCOMPATIBLE_COLUMNS] Cannot write to {name}: it has the fields {', '.join(wanted.names)}, "
            f"in this order, and the frame has {', '.join(found.names)}. Order and name them alike."
        )


def _is_storable(found: DataType, wanted: DataType) -> bool:
    """Whether Spark stores values of one type in a column of another (its ANSI policy)."""
    times = (DateType, TimestampType, TimestampNTZType)
    return (
        isinstance(found, NullType)
        or type(found) is type(wanted)
        or (isinstance(found, NumericType) and isinstance(wanted, NumericType))
        or (isinstance(wanted, StringType) and not isinstance(found, _NO_TEXTS))
        or (isinstance(found, times) and isinstance(wanted, times))
    )
