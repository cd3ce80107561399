"""A look at SQL about tables of the Data Catalog that is not done here: it is refused before the run."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Final

from placekeeper.runtime.look.events import Call
from placekeeper.runtime.look.finding import Finding, Level
from placekeeper.runtime.look.script import Script, finding
from placekeeper.runtime.sql.cursor import Cursor, NotUnderstood, Parts
from placekeeper.runtime.sql.refusals import (
    Refusal,
    form_refusal_of,
    format_refusal,
    refusal_of,
    writer_refusal,
)

_FILLED_IN: Final = "name_"
"""What stands for a part of a text that the script fills in."""

_OWN_CATALOG: Final = "spark.sql.catalog."
_CHANGES_CATALOG: Final = re.compile(
    r"setCurrentCatalog|defaultCatalog|sql\(\s*f?[\"']+\s*use\b", re.IGNORECASE
)
"""What may make another catalog the current one: whose a name is, only the run knows then."""


def sql_catalog(script: Script) -> Iterator[Finding]:
    """SQL and writers that are refused for tables of the Data Catalog."""
    if not script.uses("awsglue", "pyspark"):
        return
    for call in script.doings.calls:
        refused = _refusal(call)
        if refused is not None and not _may_be_the_engines(refused.target, script.source):
            level = Level.WARNING if _CHANGES_CATALOG.search(script.source) else Level.ERROR
            yield finding(call.place, "sql-catalog", refused.sentence, level)


def _refusal(call: Call) -> Refusal | None:
    """Why a call is refused, as far as its text tells."""
    if call.name == "sql":
        node = _given(call, "sqlQuery")
        text = None if node is None else _text(node)
        return None if node is None or text is None else _statement_refusal(node, text, call)
    if call.name == "mergeInto" and "write" not in call.steps:
        name = _literal(_given(call, "table"))
        target = _parts(name)
        return Refusal(target, writer_refusal(call.name, name)) if name and target else None
    if call.name == "saveAsTable":
        target = _parts(_literal(_given(call, "name")))
        said = _chain(call.node)
        sentence = format_refusal(said.get("format") or "")
        return Refusal(target, sentence) if sentence and target and _makes(said) else None
    return None


def _statement_refusal(node: ast.AST, text: str, call: Call) -> Refusal | None:
    refused = refusal_of(text)
    if refused is not None:
        return refused
    is_whole = isinstance(node, ast.Constant) and "{" not in text
    arguments = len(call.node.args) + len(call.node.keywords)
    refused = form_refusal_of(text, is_whole=is_whole and arguments == 1)
    if refused is None or is_whole:
        return refused
    sentence = refused.sentence.replace(".".join(refused.target), "…") if refused.target else refused.sentence
    return None if _FILLED_IN in sentence.lower() else Refusal(refused.target, sentence)


def _makes(said: Mapping[str, str | None]) -> bool:
    """Whether a saveAsTable makes a table: one that appends may find it."""
    return said.get("mode", "error") not in (None, "append")


def _chain(node: ast.Call) -> dict[str, str | None]:
    """What `.format(…)` and `.mode(…)` say before the call that ends a chain; None for what is no literal."""
    said: dict[str, str | None] = {}
    given = [*node.keywords]
    inner: ast.expr = node.func
    while isinstance(inner, ast.Attribute):
        inner = inner.value
        if isinstance(inner, ast.Call):
            if isinstance(inner.func, ast.Attribute) and inner.args:
                said.setdefault(inner.func.attr, _literal(inner.args[0]))
            inner = inner.func
    for keyword in given:
        if keyword.arg in ("format", "mode"):
            said[keyword.arg] = _literal(keyword.value)
    return said


def _parts(name: str | None) -> Parts:
    """The parts of a name; none for what is none."""
    cursor = Cursor(name or "")
    try:
        parts = cursor.name()
    except NotUnderstood:
        return ()
    return parts if cursor.is_at_end else ()


def _literal(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _may_be_the_engines(target: Parts, source: str) -> bool:
    """Whether a statement may be about a table of a catalog that the job gives to Spark (--conf)."""
    return len(target) > 2 or any("/" in part for part in target) or _OWN_CATALOG in source


def _given(call: Call, name: str) -> ast.expr | None:
    """The first argument of a call, or that of a name."""
    given = [*call.node.args[:1], *(one.value for one in call.node.keywords if one.arg == name)]
    return next(iter(given), None)


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
