"""Transforms that change which rows there are, or how they are spread."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as spark_types

from placekeeper.model.errors import UsageError
from placekeeper.runtime.engines.sql_tokens import quoted
from placekeeper.runtime.studio.rows import Rows, listed, unquoted


def gs_explode(
    rows: Rows,
    colName: str,  # noqa: N803
    newCol: str | None = None,  # noqa: N803
    outer: bool = False,
) -> DataFrame:
    """Explode Array Or Map Into Rows: a row for each element; of a map, its `key` and `value`.

    With `outer`, a row whose array is empty or null stays, with a null.
    """
    name = rows.name(colName)
    explode = F.explode_outer if outer else F.explode
    column = F.col(quoted(name))
    data_type = rows.frame.schema[name].dataType
    others = [F.col(quoted(other)) for other in rows.frame.columns]
    if isinstance(data_type, spark_types.MapType):
        return rows.frame.select(*others, explode(column))
    if not isinstance(data_type, spark_types.ArrayType):
        raise UsageError(
            f"gs_explode: the column '{name}' is {data_type.simpleString()}, not an array or a map"
        )
    target = unquoted(newCol) if newCol else name
    kept = [
        explode(column).alias(target) if other == target else F.col(quoted(other))
        for other in rows.frame.columns
    ]
    return rows.frame.select(
        *kept, *([] if target in rows.frame.columns else [explode(column).alias(target)])
    )


def gs_null_rows(rows: Rows, extended: bool = False) -> DataFrame:
    """Remove Null Rows: without those whose columns are all null, or with `extended` null or empty."""
    there = [
        _is_there(F.col(quoted(f.name)), f.dataType, extended=extended) for f in rows.frame.schema.fields
    ]
    return rows.frame.where(reduce(lambda a, b: a | b, there)) if there else rows.frame


def _is_there(column: Column, data_type: object, *, extended: bool) -> Column:
    if extended and isinstance(data_type, spark_types.StringType):
        return F.coalesce(column != "", F.lit(False))
    if extended and isinstance(data_type, spark_types.ArrayType | spark_types.MapType):
        return F.coalesce(F.size(column) > 0, F.lit(False))
    return column.isNotNull()


def gs_repartition(
    rows: Rows,
    numPartitionsStr: str | int = "",  # noqa: N803
    colList: str | Sequence[str] | None = None,  # noqa: N803
) -> DataFrame:
    """Autobalance Processing: the rows in that many partitions; by default as many as tasks run at once."""
    columns = [rows.column(name) for name in listed(colList)]
    number = int(numPartitionsStr or 0) or int(rows.frame.sparkSession.sparkContext.defaultParallelism)
    return rows.frame.repartition(number, *columns)


def gs_pivot(rows: Rows, aggCol: str, aggFunction: str, colList: str | Sequence[str]) -> DataFrame:  # noqa: N803
    """Pivot Rows Into Columns: a column for each value of the listed ones, with an aggregate of `aggCol`.

    Values of several columns are joined by `_`. The rows are grouped by all other columns.
    """
    value, keys = rows.name(aggCol), [rows.name(name) for name in listed(colList)]
    groups = [F.col(quoted(name)) for name in rows.frame.columns if name not in (value, *keys)]
    function = getattr(F, aggFunction, None)
    if not callable(function):
        raise UsageError(
            f"gs_pivot: aggFunction is a function of Spark such as sum or mean, not '{aggFunction}'"
        )
    pivoted = "pivoted_value"
    key = F.concat_ws("_", *(F.col(quoted(name)).cast("string") for name in keys))
    wide = rows.frame.withColumn(pivoted, key)
    values: list[Any] = sorted(str(row[0]) for row in wide.select(pivoted).distinct().collect())
    return wide.groupBy(*groups).pivot(pivoted, values).agg(function(F.col(quoted(value))))


def gs_unpivot(
    rows: Rows,
    colName: str,  # noqa: N803
    valueColName: str,  # noqa: N803
    colList: str | Sequence[str],  # noqa: N803
) -> DataFrame:
    """Unpivot Columns Into Rows: a row for each of the listed columns, with its name and its value.

    All other columns stay. A row whose value is null stays too.
    """
    values = [rows.name(name) for name in listed(colList) if name]
    if not values:
        raise UsageError("gs_unpivot: colList names no column. Name those that become rows")
    kept = tuple(F.col(quoted(name)) for name in rows.frame.columns if name not in values)
    turned = tuple(F.col(quoted(name)) for name in values)
    return rows.frame.unpivot(kept, turned, unquoted(colName), unquoted(valueColName))
