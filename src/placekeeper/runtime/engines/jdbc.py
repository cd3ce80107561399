"""Spark's format jdbc: what a script says of a database.

Source: docs/reference/databases.md#jdbc-of-spark.
"""

from collections.abc import Mapping
from typing import Any, Final

from pyspark.errors import AnalysisException

FORMAT: Final = "jdbc"


def is_jdbc(format: object) -> bool:
    """Whether a format is Spark's for databases, in any case."""
    return str(format or "").lower() == FORMAT


def read_options(
    options: Mapping[str, Any],
    url: str,
    table: str,
    parts: tuple[str | None, object, object, int | None],
    properties: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The options that the arguments of `spark.read.jdbc` are; `parts` are column, bounds and number."""
    named = dict(zip(("partitionColumn", "lowerBound", "upperBound", "numPartitions"), parts, strict=True))
    given = named if named["partitionColumn"] is not None else {}
    return {**options, **(properties or {}), **given, "url": url, "dbtable": table}


def check_schema(schema: object) -> None:
    """Raises AnalysisException where a script says the columns, as Spark does."""
    if schema:
        raise AnalysisException(
            "The jdbc datasource does not allow user-specified schemas: the table has its columns. Leave "
            ".schema(…) out, and cast afterwards"
        )
