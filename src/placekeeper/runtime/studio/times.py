"""Transforms of time: the current one, texts and numbers to timestamps, timestamps to texts."""

import re
from datetime import UTC, datetime
from typing import Final

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from placekeeper.model.errors import UsageError
from placekeeper.runtime.studio.rows import Rows

_PATTERNS: Final = {
    "%Y": "yyyy",
    "%y": "yy",
    "%m": "MM",
    "%d": "dd",
    "%H": "HH",
    "%I": "hh",
    "%M": "mm",
    "%S": "ss",
    "%f": "SSSSSS",
    "%p": "a",
    "%B": "MMMM",
    "%b": "MMM",
    "%A": "EEEE",
    "%a": "EEE",
    "%j": "DDD",
    "%%": "%",
}
_KINDS: Final = ("autodetect", "seconds", "milliseconds", "microseconds", "iso")
_NUMBER: Final = r"^\s*[+-]?[0-9]+(\.[0-9]*)?\s*$"
_MOST_SECONDS: Final = 100_000_000_000
"""Above this a number counts milliseconds: as seconds it would be the year 5138."""
_MOST_MILLISECONDS: Final = 100_000_000_000_000


def gs_now(rows: Rows, colName: str = "timestamp", dateFormat: str | None = None) -> DataFrame:  # noqa: N803
    """Add Current Timestamp: the time of the call, as a timestamp or as a text of a format."""
    now = datetime.fromtimestamp(rows.now_ms / 1000, tz=UTC)
    time = F.lit(f"{now:%Y-%m-%d %H:%M:%S.%f}").cast("timestamp")
    return rows.with_column(colName, F.date_format(time, spark_pattern(dateFormat)) if dateFormat else time)


def gs_format_timestamp(
    rows: Rows,
    colName: str,  # noqa: N803
    dateFormat: str = "yyyy-MM-dd HH:mm:ss",  # noqa: N803
    newColName: str | None = None,  # noqa: N803
) -> DataFrame:
    """Format Timestamp: a timestamp as text. A format may be Java's or Python's."""
    time = rows.column(colName).cast("timestamp")
    return rows.with_column(newColName or colName, F.date_format(time, spark_pattern(dateFormat)))


def gs_to_timestamp(
    rows: Rows,
    colName: str,  # noqa: N803
    colType: str = "autodetect",  # noqa: N803
    newColName: str | None = None,  # noqa: N803
) -> DataFrame:
    """To Timestamp: a number or a text as a timestamp, null where it is none.

    `colType` is one of seconds, milliseconds, microseconds, iso and autodetect.
    """
    column = rows.column(colName)
    if colType not in _KINDS:
        raise UsageError(f"gs_to_timestamp: colType is {', '.join(_KINDS)}, not '{colType}'")
    if colType == "iso":
        made = column.try_cast("string").try_cast("timestamp")
    elif colType == "autodetect":
        made = _detected(column)
    else:
        per_second = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}[colType]
        made = _of_number(column.try_cast("string").try_cast("double"), per_second)
    return rows.with_column(newColName or colName, made)


def _detected(column: Column) -> Column:
    text = column.try_cast("string")
    number = F.when(text.rlike(_NUMBER), text.try_cast("double"))
    size = F.abs(number)
    of_number = (
        F.when(size < _MOST_SECONDS, _of_number(number, 1))
        .when(size < _MOST_MILLISECONDS, _of_number(number, 1_000))
        .otherwise(_of_number(number, 1_000_000))
    )
    return F.when(number.isNotNull(), of_number).otherwise(text.try_cast("timestamp"))


def _of_number(number: Column, per_second: int) -> Column:
    return F.timestamp_micros((number * F.lit(1_000_000 // per_second)).try_cast("bigint"))


def spark_pattern(date_format: str) -> str:
    """A format of Python (with %) or of Java as one of Spark's. Raises UsageError for an unknown sign."""
    if "%" not in date_format:
        return date_format
    parts = []
    for sign in re.findall(r"%.|[^%]+", date_format, re.DOTALL):
        if not sign.startswith("%"):
            parts.append(re.sub(r"[A-Za-z']+", lambda word: "'" + word[0].replace("'", "''") + "'", sign))
        elif sign in _PATTERNS:
            parts.append(_PATTERNS[sign])
        else:
            raise UsageError(f"the format '{date_format}' has {sign}, which is not known here")
    return "".join(parts)
