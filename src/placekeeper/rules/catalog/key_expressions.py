"""Expressions of Spark's SQL over partition keys: functions, casts, arithmetic, dates of today.

Source: docs/reference/awsglue.md#functions-of-predicates.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from placekeeper.rules.catalog.computed import Computed, Row, applied, as_kind, constant
from placekeeper.rules.catalog.expressions import Keys, key_of
from placekeeper.rules.catalog.key_arithmetic import (
    Interval,
    added,
    divided,
    interval_of,
    quotient,
    remainder,
    whole,
)
from placekeeper.rules.catalog.key_functions import FUNCTIONS
from placekeeper.rules.catalog.spark_casts import BITS, Kind, NoValue, cast_to, kind_of, within

if TYPE_CHECKING:  # it takes long to load, and few predicates are parsed
    from sqlglot import exp

Test = Callable[[Row], bool | None]
"""True, false or unknown (None) for one row of values."""

_ARGUMENTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "literal": frozenset({"this", "is_string"}),
        "anonymous": frozenset({"this", "expressions"}),
        "substring": frozenset({"this", "start", "length"}),
        "dpipe": frozenset({"this", "expression", "safe"}),
        **dict.fromkeys(("cast", "trycast"), frozenset({"this", "to", "safe"})),
        **dict.fromkeys(("add", "sub", "mul", "mod", "intdiv", "extract"), frozenset({"this", "expression"})),
        "div": frozenset({"this", "expression", "safe", "typed"}),
        "case": frozenset({"ifs", "default"}),
        "if": frozenset({"this", "true", "false"}),
    }
)
"""What of sqlglot's tree an expression is made of, `this` if it is not here. With more, it is refused."""

_CASTS: Final = ("string", "int", "bigint", "smallint", "tinyint", "double", "boolean", "decimal")
"""Types whose names are functions: int(x) is a cast."""

_COUNT: Final = re.compile(r"[+-]?[0-9]{1,9}")
_EXTRACTED: Final = ("year", "quarter", "month", "day", "hour", "minute", "second", "week", "dayofweek")


class Scope(Struct, frozen=True):
    """What a predicate may name: the keys, and with `computes` functions of Spark; with `now`, of today.

    `test` makes the test of a condition inside an expression.
    """

    types: Keys
    now: datetime | None = None
    computes: bool = False
    test: Callable[[exp.Expr, Scope], Test] | None = None


def computed(node: exp.Expr, scope: Scope) -> Computed:
    """What an expression computes. Raises ValueError for one that is not supported."""
    unknown = {name for name, argument in node.args.items() if argument}
    unknown -= _ARGUMENTS.get(node.key, frozenset({"this"}))
    make = _MAKERS.get(node.key)
    if unknown or make is None:
        if scope.test is not None and node.key in _CONDITIONS:
            return Computed(Kind.BOOLEAN, scope.test(node, scope))
        raise ValueError(f"'{node.sql(dialect='hive')}'")
    try:
        return make(node, scope)
    except (TypeError, AttributeError):
        raise ValueError(f"'{node.sql(dialect='hive')}'") from None


def _column(node: exp.Expr, scope: Scope) -> Computed:
    name, type = key_of(node, scope.types)
    kind = kind_of(type)
    if kind is not Kind.TIMESTAMP:
        return Computed(kind, lambda row: row(name))

    def moment(row: Row) -> datetime | None:
        value = row(name)
        return None if value is None else value[0].replace(microsecond=value[1] // 1000)

    return Computed(kind, moment)


def _literal(node: exp.Expr, scope: Scope) -> Computed:
    del scope
    text = str(node.this)
    if node.is_string:
        return constant(Kind.TEXT, text)
    if not text.isascii() or "_" in text:  # Python would take them for digits
        raise ValueError(f"'{text}' is no number")
    if text.isdigit():
        number = within(int(text), 64)
        return constant(Kind.INT if number < 2**31 else Kind.LONG, number)
    return (
        constant(Kind.DOUBLE, float(text)) if "e" in text.lower() else constant(Kind.DECIMAL, Decimal(text))
    )


def _today(node: exp.Expr, scope: Scope) -> Computed:
    if scope.now is None:
        raise ValueError(f"'{node.sql(dialect='hive')}' needs the time of a run")
    if node.key != "anonymous" and node.this is not None:
        raise TypeError
    now = scope.now.replace(tzinfo=None)
    word = str(node.this).lower() if node.key == "anonymous" else node.key
    if word.replace("_", "") == "currentdate":
        return constant(Kind.DATE, now.date())
    return constant(Kind.TIMESTAMP, now)


def _call(node: exp.Expr, scope: Scope) -> Computed:
    name, given = str(node.this).lower(), node.expressions
    if name in ("current_date", "current_timestamp", "now") and not given:
        return _today(node, scope)
    if name == "unix_timestamp" and not given:
        return FUNCTIONS[name]([_today(node, scope)])
    arguments = [computed(one, scope) for one in given]
    if name in _CASTS and len(arguments) == 1:
        return applied(arguments[0], kind_of(name), cast_to(arguments[0].kind, name))
    if name == "mod" and len(arguments) == 2:
        return whole(arguments, remainder)
    make = FUNCTIONS.get(name)
    if make is None:
        raise ValueError(f"there is no function {name} here")
    try:
        return make(arguments)
    except ValueError as error:
        raise ValueError(f"'{node.sql(dialect='hive')}': {error}") from None


def _named(name: str, *parts: str) -> Callable[[exp.Expr, Scope], Computed]:
    """A function that sqlglot has a word of its own for."""

    def make(node: exp.Expr, scope: Scope) -> Computed:
        given = [node.args[part] for part in parts if node.args.get(part) is not None]
        return FUNCTIONS[name]([computed(one, scope) for one in given])

    return make


def _cast(node: exp.Expr, scope: Scope) -> Computed:
    inner, type = computed(node.this, scope), str(node.args["to"].sql(dialect="hive")).lower()
    change = cast_to(inner.kind, type)
    if not node.args.get("safe"):
        return applied(inner, kind_of(type), change)

    def tried(value: Any) -> Any:
        try:
            return change(value)
        except NoValue:
            return None

    return applied(inner, kind_of(type), tried)


def _negative(node: exp.Expr, scope: Scope) -> Computed:
    inner = computed(node.this, scope)
    if inner.kind in BITS:
        bits = BITS[inner.kind]
        return applied(inner, inner.kind, lambda number: within(-number, bits))
    if inner.kind not in (Kind.DECIMAL, Kind.DOUBLE):
        raise TypeError
    return applied(inner, inner.kind, operator.neg)


def _sum(node: exp.Expr, scope: Scope) -> Computed:
    left, right = (_computed_or_interval(one, scope) for one in (node.this, node.expression))
    return added(left, right, 1 if node.key == "add" else -1)


def _computed_or_interval(node: exp.Expr, scope: Scope) -> Computed | Interval:
    node = node.unnest()
    if node.key != "interval":
        return computed(node, scope)
    count = node.this
    sign, count = (-1, count.this) if count.key == "neg" else (1, count)
    digits = str(count.this)
    if _COUNT.fullmatch(digits) is None or node.args["unit"].key != "var":  # YEAR TO MONTH is no unit
        raise TypeError
    return interval_of(sign * int(digits), str(node.args["unit"].name))


def _calculated(calculate: Callable[[int, int], int]) -> Callable[[exp.Expr, Scope], Computed]:
    def make(node: exp.Expr, scope: Scope) -> Computed:
        return whole([computed(one, scope) for one in (node.this, node.expression)], calculate)

    return make


def _whole_quotient(node: exp.Expr, scope: Scope) -> Computed:
    sides = [computed(one, scope) for one in (node.this, node.expression)]
    return whole([as_kind(one, Kind.LONG) for one in sides], quotient)


def _extracted(node: exp.Expr, scope: Scope) -> Computed:
    word = str(node.this.name).lower()
    if word not in _EXTRACTED:
        raise TypeError
    name = "weekofyear" if word == "week" else word
    return FUNCTIONS[name]([computed(node.expression, scope)])


def _chosen(node: exp.Expr, scope: Scope) -> Computed:
    """CASE WHEN … and IF(…)."""
    assert scope.test is not None  # noqa: S101 - predicates give it
    branches = node.args["ifs"] if node.key == "case" else [node]
    default = node.args.get("default" if node.key == "case" else "false")
    tests = [scope.test(branch.this, scope) for branch in branches]
    values = [computed(branch.args["true"], scope) for branch in branches]
    values.append(constant(Kind.NULL, None) if default is None else computed(default, scope))
    kinds = {value.kind for value in values} - {Kind.NULL}
    if len(kinds) != 1:
        raise TypeError

    def of(row: Row) -> Any:
        taken = next((n for n, test in enumerate(tests) if test(row) is True), len(tests))
        return values[taken].of(row)

    return Computed(kinds.pop(), of)


_CONDITIONS: Final = frozenset(
    {
        *("eq", "neq", "lt", "lte", "gt", "gte", "and", "or", "not", "in", "between", "like", "is"),
        "nullsafeeq",
    }
)

_MAKERS: Final[Mapping[str, Callable[[exp.Expr, Scope], Computed]]] = MappingProxyType(
    {
        "paren": lambda node, scope: computed(node.this, scope),
        "column": _column,
        "literal": _literal,
        "boolean": lambda node, _: constant(Kind.BOOLEAN, bool(node.this)),
        "null": lambda _, __: constant(Kind.NULL, None),
        "currentdate": _today,
        "currenttimestamp": _today,
        "anonymous": _call,
        "substring": _named("substring", "this", "start", "length"),
        "trim": _named("trim", "this"),
        "dpipe": _named("concat", "this", "expression"),
        "cast": _cast,
        "trycast": _cast,
        "neg": _negative,
        "add": _sum,
        "sub": _sum,
        "mul": _calculated(operator.mul),
        "mod": _calculated(remainder),
        "div": lambda node, scope: divided(computed(node.this, scope), computed(node.expression, scope)),
        "intdiv": _whole_quotient,
        "extract": _extracted,
        "case": _chosen,
        "if": _chosen,
    }
)
