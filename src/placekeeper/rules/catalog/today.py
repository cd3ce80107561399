"""Dates of today in predicates: what `current_date` and functions of it are at one moment.

sqlglot parses the predicate as Hive's SQL. Only expressions without a column are evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # it takes long to load, and few predicates are parsed
    from sqlglot import exp

_PATTERN: Final = re.compile(r"(%-?[YmdHMS]|[^%\w])*")
"""What a pattern of date_format may have, as sqlglot writes it."""


def with_today(tree: exp.Expr, now: datetime) -> exp.Expr:
    """The same predicate, with each expression of dates of today replaced by its value.

    Raises ValueError for such an expression that is not supported.
    """
    from sqlglot import exp  # noqa: PLC0415 - see above

    def replaced(node: exp.Expr) -> exp.Expr:
        if not _is_of_today(node) or any(True for _ in node.find_all(exp.Column)):
            return node
        if isinstance(node, exp.Predicate | exp.Connector | exp.Not | exp.Paren | exp.Interval):
            return node
        value = _value(node, now)
        number = isinstance(value, int)
        return exp.Literal.number(value) if number else exp.Literal.string(_text(value))

    return tree.transform(replaced)


def _is_of_today(node: exp.Expr) -> bool:
    return any(
        inner.key in _MOMENTS or inner.key == "tsordstodate" or _is_now(inner) for inner in node.walk()
    )


def _is_now(node: exp.Expr) -> bool:
    return node.key == "anonymous" and str(node.this).lower() == "now" and not node.expressions


def _value(node: exp.Expr, now: datetime) -> Any:
    """A date, a time, a number or a text."""
    if node.key == "literal":
        return str(node.this) if node.is_string else int(str(node.this))
    if _is_now(node):
        return now
    evaluate = _MOMENTS.get(node.key) or _FUNCTIONS.get(node.key)
    if evaluate is None:
        raise ValueError(f"'{node.sql(dialect='hive')}'")
    try:
        return evaluate(node, now)
    except (TypeError, AttributeError):
        raise ValueError(f"'{node.sql(dialect='hive')}'") from None


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _moved(node: exp.Expr, now: datetime, sign: int) -> Any:
    left, right = _value(node.this, now), node.expression
    unit = node.args.get("unit")
    if right.key == "interval":
        unit, right = right.args.get("unit"), right.this
    if unit is not None and str(unit.name).upper().rstrip("S") != "DAY":
        raise ValueError(f"'{node.sql(dialect='hive')}'")
    days = int(_value(right, now))
    return left + sign * days if isinstance(left, int) else _day(left) + timedelta(days=sign * days)


def _formatted(node: exp.Expr, now: datetime) -> str:
    pattern = str(node.args["format"].this).replace("strict", "")
    if not _PATTERN.fullmatch(pattern):
        raise ValueError(f"'{node.sql(dialect='hive')}'")
    value = _value(node.this, now)
    moment = value if isinstance(value, date) else datetime.fromisoformat(str(value))
    return moment.strftime(pattern)


def _cast(node: exp.Expr, now: datetime) -> Any:
    value, target = _value(node.this, now), str(node.args["to"].sql()).upper()
    if target == "DATE":
        return _day(value)
    if target in ("TEXT", "VARCHAR", "STRING"):
        return _text(value)
    if target in ("INT", "BIGINT", "SMALLINT"):
        return int(value)
    raise ValueError(f"'{node.sql(dialect='hive')}'")


def _text(value: Any) -> str:
    return value.isoformat(" ", "seconds") if isinstance(value, datetime) else str(value)


_Evaluate = Callable[["exp.Expr", datetime], Any]

_MOMENTS: Final[Mapping[str, _Evaluate]] = MappingProxyType(
    {"currentdate": lambda _, now: now.date(), "currenttimestamp": lambda _, now: now}
)
_FUNCTIONS: Final[Mapping[str, _Evaluate]] = MappingProxyType(
    {
        "paren": lambda node, now: _value(node.this, now),
        "neg": lambda node, now: -_value(node.this, now),
        "mul": lambda node, now: _value(node.this, now) * _value(node.expression, now),
        "add": lambda node, now: _moved(node, now, 1),
        "sub": lambda node, now: _moved(node, now, -1),
        "tsordsadd": lambda node, now: _moved(node, now, 1),
        "timestrtotime": lambda node, now: _value(node.this, now),
        "tsordstodate": lambda node, now: _day(_value(node.this, now)),
        "timetostr": _formatted,
        "strtounix": lambda node, now: _value(node.this, now),
        "unixtostr": _formatted,
        "cast": _cast,
        "trycast": _cast,
        "year": lambda node, now: _day(_value(node.this, now)).year,
        "month": lambda node, now: _day(_value(node.this, now)).month,
        "day": lambda node, now: _day(_value(node.this, now)).day,
        "dayofmonth": lambda node, now: _day(_value(node.this, now)).day,
    }
)
