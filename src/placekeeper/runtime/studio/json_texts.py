"""Transforms of texts that hold JSON."""

import json
from collections.abc import Sequence
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.model.errors import UsageError
from placekeeper.runtime.engines.sql_tokens import quoted
from placekeeper.runtime.studio.rows import Rows, listed, unquoted


def gs_extract_json(
    rows: Rows,
    colName: str,  # noqa: N803
    jsonPaths: str | Sequence[str],  # noqa: N803
    colList: str | Sequence[str] | None = None,  # noqa: N803
    dropCol: bool = False,  # noqa: N803
) -> DataFrame:
    """Extract JSON Path: the values at some paths as columns of text. `$.` before a path may be left out."""
    paths = listed(jsonPaths)
    names = listed(colList) or paths
    if len(names) != len(paths):
        raise UsageError(f"gs_extract_json: {len(paths)} paths and {len(names)} columns; give one for each")
    text = rows.column(colName)
    made = {
        unquoted(name): F.get_json_object(text, path if path.startswith("$") else f"$.{path}")
        for name, path in zip(names, paths, strict=True)
    }
    frame = rows.frame.withColumns(made)
    kept = [column for column in frame.columns if column != rows.name(colName) or column in made]
    return frame.select(*(F.col(quoted(column)) for column in kept)) if dropCol else frame


def gs_parse_json(
    rows: Rows,
    colName: str,  # noqa: N803
    schema: str | None = None,
    newColName: str | None = None,  # noqa: N803
    samplingRatio: float | str = 1.0,  # noqa: N803
) -> DataFrame:
    """Parse JSON Column: a text as a struct, or as what `schema` says in SQL's words.

    Without a schema, the texts are looked through once to find one; `samplingRatio` is the share that is.
    """
    column = rows.column(colName)
    found = schema or _schema_of_texts(rows.frame.select(column.alias("v")), float(samplingRatio or 1.0))
    return rows.with_column(newColName or colName, F.from_json(column, found))


def _schema_of_texts(texts: DataFrame, share: float) -> str:
    sampled = texts if share >= 1 else texts.sample(share, seed=0)
    found: Any = None
    for (text,) in sampled.where("v is not null").distinct().toLocalIterator():
        try:
            found = _merged(found, _kind(json.loads(text)))
        except ValueError:
            continue  # from_json makes a null of it
    if not isinstance(found, dict) or not found:
        raise UsageError(
            "gs_parse_json: no JSON objects were found; give the schema, such as 'ARRAY<STRING>'"
        )
    return _ddl(found)


def _kind(value: Any) -> Any:
    """The type of a JSON value: a name, a dict of fields, a list of one element type; None for null."""
    if isinstance(value, dict):
        return {name: _kind(inner) for name, inner in value.items()}
    if isinstance(value, list):
        element: Any = None
        for inner in value:
            element = _merged(element, _kind(inner))
        return [element]
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return "BIGINT"
    return "DOUBLE" if isinstance(value, float) else None if value is None else "STRING"


def _merged(one: Any, other: Any) -> Any:
    """The type that holds both; a text where they differ."""
    if one is None or other is None or one == other:
        return other if one is None else one
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: _merged(one.get(name), other.get(name)) for name in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list):
        return [_merged(one[0], other[0])]
    return "DOUBLE" if {str(one), str(other)} == {"BIGINT", "DOUBLE"} else "STRING"


def _ddl(kind: Any) -> str:
    if isinstance(kind, dict):
        fields = ", ".join(f"{quoted(name)}: {_ddl(inner)}" for name, inner in sorted(kind.items()))
        return f"STRUCT<{fields}>" if fields else "STRING"
    return f"ARRAY<{_ddl(kind[0])}>" if isinstance(kind, list) else kind or "STRING"
