"""Expressions of predicates that name no key, such as dates of today: their values at one moment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from placekeeper.rules.catalog.expressions import literal_of
from placekeeper.rules.catalog.key_expressions import Scope, computed
from placekeeper.rules.catalog.spark_casts import WHOLE, Kind, text_of_time

if TYPE_CHECKING:  # it takes long to load, and few predicates are parsed
    from sqlglot import exp

_COMPUTED: Final = frozenset(
    {
        *("anonymous", "currentdate", "currenttimestamp", "substring", "trim", "dpipe", "cast", "trycast"),
        *("neg", "add", "sub", "mul", "mod", "intdiv", "extract"),
    }
)


def with_today(tree: exp.Expr, now: datetime | None) -> exp.Expr:
    """The same predicate, with a literal for each expression without a key.

    A date is `DATE '2026-01-31'`. Raises ValueError for such an expression that is not supported, or that has
    no value; without `now`, for dates of today.
    """
    from sqlglot import exp  # noqa: PLC0415 - see above

    scope = Scope({}, now, computes=True)

    def replaced(node: exp.Expr) -> exp.Expr:
        if node.key not in _COMPUTED or _is_literal(node) or node.find(exp.Column) is not None:
            return node
        if isinstance(node.parent, exp.Interval):
            return node
        found = computed(node, scope)
        return _literal(found.kind, found.of(_no_key)) or node

    def _literal(kind: Kind, value: Any) -> exp.Expr | None:
        if value is None:
            return None
        if kind is Kind.TEXT:
            return exp.Literal.string(value)
        if kind in WHOLE or kind is Kind.DECIMAL:
            return exp.Literal.number(value)
        if kind is Kind.DATE:
            return exp.cast(exp.Literal.string(value.isoformat()), "date")
        if kind is Kind.TIMESTAMP:
            return exp.cast(exp.Literal.string(text_of_time(value)), "timestamp")
        return None

    return tree.transform(replaced)


def _no_key(name: str) -> Any:
    raise ValueError(f"{name} is not a partition key")


def _is_literal(node: exp.Expr) -> bool:
    try:
        literal_of(node)
    except ValueError:
        return False
    return True
