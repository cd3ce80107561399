"""INSERT into tables of databases that the catalog describes: what they take of it.

Source: docs/reference/sql.md#writing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame

from placekeeper.model.catalog import columns_of
from placekeeper.model.errors import UnsupportedFeature
from placekeeper.rules.catalog.table_kinds import TableKind


def refuse_database(
    shown: str, spec: dict[str, Any], kind: TableKind, fixed: Mapping[str, str | None]
) -> None:
    """Raises UnsupportedFeature for an INSERT that the table of a database does not take.

    `fixed` are the values of its PARTITION.
    """
    if kind is TableKind.DYNAMODB:
        raise UnsupportedFeature(
            f"INSERT and saveAsTable are not there for {shown}, which is of {kind}: write it with "
            "glueContext.write_dynamic_frame.from_catalog"
        )
    if kind is TableKind.JDBC and fixed:
        raise UnsupportedFeature(
            f"{shown} is a table of a database and has no partitions: leave PARTITION out, and select the "
            "value as a column"
        )
    if kind is TableKind.JDBC and not columns_of(spec):
        raise UnsupportedFeature(
            f"the Data Catalog names no columns of {shown}, and INSERT goes by their order: crawl the table, "
            "or write it with glueContext.write_dynamic_frame.from_catalog"
        )


def only_named(rows: DataFrame, named: Sequence[str]) -> DataFrame:
    """The columns that an INSERT lists: the others get the table's own defaults."""
    return rows.select(*("`" + name.lower().replace("`", "``") + "`" for name in named))
