"""A look at SQL that names databases or tables of the Data Catalog, which the engine's SQL does not see."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from placekeeper.runtime.look.events import Call
from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.script import Script, finding

_STATEMENT: Final = re.compile(
    r"^\s*(use\s+(?!catalog\b)[`{\w]|show\s+tables\s+(in|from)\b|msck\s+repair\b"
    r"|(create|drop)\s+(database|schema|table|external)\b|alter\s+table\b"
    r"|insert\s+(into|overwrite)\s+(table\s+)?[`{\w])",
    re.IGNORECASE,
)
_NAME: Final = r"(?:`[^`]+`|[^\W\d][\w-]*)"
_TABLE: Final = re.compile(rf"\b(?:from|join)\s+(?P<database>{_NAME})\s*\.\s*{_NAME}", re.IGNORECASE)
_DOTTED: Final = re.compile(rf"{_NAME}\.{_NAME}")
_INSIDE: Final = re.compile(r"\b(extract|trim|substring|overlay|position)\s*\([^()]*$|\bdistinct\s+$", re.I)
_FORMATS: Final = frozenset(
    {"parquet", "csv", "json", "orc", "avro", "text", "delta", "iceberg", "global_temp"}
)

_SENTENCE: Final = (
    "Spark SQL does not see the Data Catalog here. Read the table with create_dynamic_frame.from_catalog, "
    "and name it for SQL with toDF().createOrReplaceTempView. Write tables with "
    "write_dynamic_frame.from_catalog or getSink"
)


def sql_catalog(script: Script) -> Iterator[Finding]:
    """`spark.sql` and `spark.table` with what only the Data Catalog knows."""
    if not script.uses("awsglue"):
        return
    for call in script.doings.calls:
        texts = list(_texts(call))
        is_found = call.name == "sql" and any(_names_the_catalog(text) for text in texts)
        if is_found or (call.name == "table" and any(map(_DOTTED.fullmatch, texts))):
            yield finding(call.place, "sql-catalog", _SENTENCE, Level.WARNING)


def _texts(call: Call) -> Iterator[str]:
    """The strings in a call's arguments; what a formatted one fills in is a name."""
    for argument in (*call.node.args, *(keyword.value for keyword in call.node.keywords)):
        for node in ast.walk(argument):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "name" for part in node.values
                )


def _names_the_catalog(sql: str) -> bool:
    if _STATEMENT.search(sql):
        return True
    return any(
        match["database"].strip("`").lower() not in _FORMATS and not _INSIDE.search(sql[: match.start()])
        for match in _TABLE.finditer(sql)
    )
