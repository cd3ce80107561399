"""Lists of IN whose parts are of several types. Spark compares them as texts without ANSI, and not with it.

They are refused unless both are the same. Source: docs/reference/awsglue.md#functions-of-predicates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from placekeeper.rules.catalog.expressions import key_of
from placekeeper.rules.catalog.key_expressions import Scope, computed
from placekeeper.rules.catalog.partition_values import NULL_VALUE, base_type
from placekeeper.rules.catalog.spark_casts import WHOLE, Kind, cast

if TYPE_CHECKING:  # it takes long to load, and few predicates are parsed
    from sqlglot import exp

_WRITTEN_IN_ONE_WAY: Final = (*WHOLE, Kind.DATE, Kind.TIMESTAMP)
"""Kinds of which a value has one text in Spark."""


def refuse_mixed(node: exp.Expr, scope: Scope) -> None:
    """Raises ValueError for an IN that Spark decides by its ANSI setting."""
    kind = _kind(node.this, scope)
    kinds = [_kind(item, scope) for item in node.expressions]
    if kind is Kind.NULL or Kind.TEXT not in (kind, *kinds):
        return
    for item, other in zip(node.expressions, kinds, strict=True):
        if other is Kind.NULL or (other is kind or {kind, other} <= set(WHOLE)):
            continue
        if other is not Kind.TEXT or not _is_as_written(item.unnest(), kind):
            raise ValueError(
                f"by its ANSI setting Spark compares '{node.sql(dialect='hive')}' as texts or not; "
                "write all of it as one type, such as m IN ('1', '2') or cast(m AS int) IN (1, 2)"
            )


def _kind(node: exp.Expr, scope: Scope) -> Kind:
    node = node.unnest()
    if node.key == "column" and base_type(key_of(node, scope.types)[1]) == "float":
        return Kind.DOUBLE
    return computed(node, scope).kind


def _is_as_written(node: exp.Expr, kind: Kind) -> bool:
    """Whether a literal text is the one that Spark makes of the value that it stands for."""
    if node.key != "literal" or not node.is_string:
        return False
    text = str(node.this)
    if text == NULL_VALUE:
        return True
    if kind not in _WRITTEN_IN_ONE_WAY:
        return False
    try:
        return bool(cast(kind, Kind.TEXT)(cast(Kind.TEXT, kind)(text)) == text)
    except ValueError:
        return False
