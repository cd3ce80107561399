"""A look at SQL about tables of the Data Catalog that is not done here: it is refused before the run."""

import ast
from collections.abc import Iterator
from typing import Final

from placekeeper.runtime.look.events import Call
from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.script import Script, finding
from placekeeper.runtime.sql.cursor import Parts
from placekeeper.runtime.sql.refusals import refusal_of

_FILLED_IN: Final = "name_"
"""What stands for a part of a text that the script fills in."""

_OWN_CATALOG: Final = "spark.sql.catalog."


def sql_catalog(script: Script) -> Iterator[Finding]:
    """`spark.sql` with a statement that is refused for tables of the Data Catalog."""
    if not script.uses("awsglue", "pyspark"):
        return
    for call in script.doings.calls:
        text = _statement(call) if call.name == "sql" else None
        refused = None if text is None else refusal_of(text)
        if refused is not None and not _may_be_the_engines(refused.target, script.source):
            yield finding(call.place, "sql-catalog", refused.sentence, Level.ERROR)


def _may_be_the_engines(target: Parts, source: str) -> bool:
    """Whether a statement may be about a table of a catalog that the job gives to Spark (--conf)."""
    return len(target) > 2 or any("/" in part for part in target) or _OWN_CATALOG in source


def _statement(call: Call) -> str | None:
    """The statement of a call, if its beginning is written in the call."""
    given = [*call.node.args[:1], *(one.value for one in call.node.keywords if one.arg == "sqlQuery")]
    return next((_text(node) for node in given), None)


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else _FILLED_IN for part in node.values
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return _text(node.func.value)
    return None
