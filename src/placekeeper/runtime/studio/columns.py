"""Transforms that make columns of columns."""

import re
from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as spark_types

from placekeeper.model.errors import UsageError
from placekeeper.runtime.engines.sql_tokens import quoted
from placekeeper.runtime.studio.rows import Rows, listed, unquoted


def gs_derived(rows: Rows, colName: str, expr: str) -> DataFrame:  # noqa: N803
    """Derived Column: the value of an SQL expression."""
    return rows.with_column(colName, F.expr(expr))


def gs_concat(
    rows: Rows,
    colName: str,  # noqa: N803
    colList: str | Sequence[str],  # noqa: N803
    spacer: str | None = "",
    nullValue: str = "",  # noqa: N803
) -> DataFrame:
    """Concatenate Columns: their values as one text; a null is `nullValue`."""
    texts = [F.coalesce(rows.column(name).cast("string"), F.lit(nullValue)) for name in listed(colList)]
    return rows.with_column(colName, F.concat_ws(spacer or "", *texts))


def gs_split(
    rows: Rows,
    colName: str,  # noqa: N803
    pattern: str,
    newColName: str | None = None,  # noqa: N803
) -> DataFrame:
    """Split String: an array of the parts between what a regular expression matches."""
    return rows.with_column(newColName or colName, F.split(rows.column(colName).cast("string"), pattern))


def gs_array_to_cols(
    rows: Rows,
    colName: str,  # noqa: N803
    colList: str | Sequence[str],  # noqa: N803
    indexes: str | Sequence[str] | None = None,
) -> DataFrame:
    """Array To Columns: elements as columns, null beyond the end; `indexes` count from 1."""
    names, places = listed(colList), listed(indexes)
    if places and len(places) != len(names):
        raise UsageError(
            f"gs_array_to_cols: {len(names)} columns and {len(places)} indexes; give one for each"
        )
    array, frame = rows.column(colName), rows.frame
    elements = {
        unquoted(name): F.try_element_at(array, F.lit(int(places[place]) if places else place + 1))
        for place, name in enumerate(names)
    }
    return frame.withColumns(elements)


def gs_regex_extract(
    rows: Rows,
    colName: str,  # noqa: N803
    regex: str,
    newCols: str | Sequence[str],  # noqa: N803
) -> DataFrame:
    """Regex Extractor: what an expression matches, or its groups in order; an empty name skips a group.

    A text that does not match gives an empty text, a null gives null.
    """
    names = listed(newCols)
    groups = re.compile(regex).groups
    column = rows.column(colName).cast("string")
    made = {
        unquoted(name): F.regexp_extract(column, regex, place + 1 if groups else 0)
        for place, name in enumerate(names)
        if name
    }
    return rows.frame.withColumns(made)


def gs_uuid(rows: Rows, colName: str = "uuid") -> DataFrame:  # noqa: N803
    """UUID: a random identifier of 36 characters for each row."""
    return rows.with_column(colName, F.expr("uuid()"))


def gs_sequence_id(rows: Rows, colName: str = "id", unique: bool = False) -> DataFrame:  # noqa: N803
    """Identifier: a number for each row; with `unique`, a decimal that begins with the time."""
    number = F.monotonically_increasing_id()
    if unique:
        base = F.lit(str(rows.now_ms * 10**19)).cast("decimal(38,0)")
        number = (base + number.cast("decimal(20,0)")).cast("decimal(38,0)")
    return rows.with_column(colName, number)


def gs_flatten(rows: Rows, maxLevels: int | str | None = 0, separator: str = ".") -> DataFrame:  # noqa: N803
    """Flatten: fields of structs as columns, named by their path; `maxLevels` bounds how deep, 0 does not."""
    deepest = int(maxLevels or 0) or 1_000
    columns: list[Column] = []
    for field in rows.frame.schema.fields:
        columns += _flat(F.col(quoted(field.name)), field.name, field.dataType, separator, deepest)
    return rows.frame.select(*columns)


def _flat(column: Column, name: str, data_type: object, separator: str, levels: int) -> list[Column]:
    if not isinstance(data_type, spark_types.StructType) or not levels:
        return [column.alias(name)]
    return [
        part
        for field in data_type.fields
        for part in _flat(
            column.getField(field.name),
            f"{name}{separator}{field.name}",
            field.dataType,
            separator,
            levels - 1,
        )
    ]
