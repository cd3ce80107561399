"""The columns that say when rows came in: ingest_year, ingest_month and so on."""

from datetime import UTC, datetime
from typing import Final

from pyspark.sql import DataFrame, functions

from placekeeper.model.errors import UsageError

_PARTS: Final = ("year", "month", "day", "hour", "minute")
_FIRST: Final = 3
"""A day is the coarsest granularity: its three columns are always there."""


def with_ingestion_time(dataframe: DataFrame, granularity: str, now_ms: int) -> DataFrame:
    """The rows with the parts of `now_ms` (epoch milliseconds) in UTC, from the year to `granularity`.

    Raises UsageError for a granularity other than day, hour or minute.
    """
    known = _PARTS[_FIRST - 1 :]
    wanted = str(granularity).lower()
    if wanted not in known:
        raise UsageError(
            f"add_ingestion_time_columns: time_granularity is {', '.join(known)}, not {granularity!r}"
        )
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    parts = _PARTS[: _PARTS.index(wanted) + 1]
    return dataframe.select(
        "*", *(functions.lit(getattr(now, part)).alias(f"ingest_{part}") for part in parts)
    )
