"""Predicates over partition keys: GetPartitions' Expression, push_down_predicate, catalogPartitionPredicate.

Parsed by sqlglot, as Hive's SQL, and evaluated here over typed values, by SQL's logic of three values. What
is not understood is refused: a predicate that is guessed would read too little or too much.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlglot import exp
from sqlglot.errors import SqlglotError

from placekeeper.engine.partition_values import Value, is_text, value_of
from placekeeper.model.errors import InvalidInputException

Matches = Callable[[Sequence[str]], bool]
"""Whether a partition with these values, in the order of the keys, is meant."""

_Test = Callable[[Mapping[str, Value]], bool | None]
"""True, false or unknown (None) for one row of values."""

_Keys = Mapping[str, str]
"""The type of each partition key, by its name in lower case."""

_COMPARISONS: Final[dict[type[exp.Expr], Callable[[Any, Any], bool]]] = {
    exp.EQ: operator.eq,
    exp.NEQ: operator.ne,
    exp.LT: operator.lt,
    exp.LTE: operator.le,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
}
_MIRRORED: Final[dict[type[exp.Expr], type[exp.Expr]]] = {
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
}
_ARGUMENTS: Final = {"this", "expression", "expressions", "low", "high", "negate"}
_UNDERSTOOD = (
    "understood are =, <>, <, <=, >, >=, IN, BETWEEN, LIKE, IS NULL, AND, OR and NOT, over partition keys "
    "and literals"
)


def predicate_of(text: str, keys: Sequence[tuple[str, str]]) -> Matches:
    """What a predicate says of partitions with these keys (name and type); an empty one is true of all.

    Raises InvalidInputException for what is not understood. So does the answer, for a value in the catalog
    that is none of its key's type.
    """
    if not text.strip():
        return lambda _: True
    types = {name.lower(): type for name, type in keys}
    try:
        test = _test(exp.condition(text, dialect="hive"), types)
    except (SqlglotError, RecursionError) as error:
        raise _refused(text, str(error).partition("\n")[0] or "it is too deep") from None
    except ValueError as error:
        raise _refused(text, str(error)) from None

    def matches(values: Sequence[str]) -> bool:
        try:
            row = {
                name: value_of(value, type) for (name, type), value in zip(types.items(), values, strict=True)
            }
        except ValueError as error:
            raise InvalidInputException(f"The partition {list(values)}: {error}.") from None
        return test(row) is True

    return matches


def _refused(text: str, why: str) -> InvalidInputException:
    return InvalidInputException(f"The predicate {text!r} is not understood: {why}; {_UNDERSTOOD}.")


def _test(node: exp.Expr, keys: _Keys) -> _Test:
    """Raises ValueError for what is not understood, a modifier of something that is among it."""
    if {name for name, argument in node.args.items() if argument} - _ARGUMENTS:
        raise ValueError(f"'{node.sql(dialect='hive')}'")
    test = _plain(node, keys)
    return _negated(test) if node.args.get("negate") else test


def _plain(node: exp.Expr, keys: _Keys) -> _Test:
    if isinstance(node, exp.Paren):
        return _test(node.this, keys)
    if isinstance(node, exp.Not):
        return _negated(_test(node.this, keys))
    if isinstance(node, exp.And | exp.Or):
        parts = [_test(part, keys) for part in node.flatten(unnest=False)]
        return _joined(parts, decisive=isinstance(node, exp.Or))
    if isinstance(node, exp.Boolean):
        value = bool(node.this)
        return lambda _: value
    if type(node) in _COMPARISONS:
        return _comparison(type(node), node.this, node.expression, keys)
    if isinstance(node, exp.Between):
        low = _comparison(exp.GTE, node.this, node.args["low"], keys)
        high = _comparison(exp.LTE, node.this, node.args["high"], keys)
        return _joined([low, high], decisive=False)
    if isinstance(node, exp.In) and node.expressions:
        equal = [_comparison(exp.EQ, node.this, item, keys) for item in node.expressions]
        return _joined(equal, decisive=True)
    if isinstance(node, exp.Like):
        return _like(node, keys)
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        name, _ = _key(node.this, keys)
        return lambda row: row[name] is None
    raise ValueError(f"'{node.sql(dialect='hive')}'")


def _negated(test: _Test) -> _Test:
    def negation(row: Mapping[str, Value]) -> bool | None:
        answer = test(row)
        return None if answer is None else not answer

    return negation


def _joined(tests: Sequence[_Test], *, decisive: bool) -> _Test:
    """OR where True is decisive, AND where False is; else unknown if any is."""

    def joined(row: Mapping[str, Value]) -> bool | None:
        unknown = False
        for test in tests:
            answer = test(row)
            if answer is decisive:
                return decisive
            unknown = unknown or answer is None
        return None if unknown else not decisive

    return joined


def _comparison(kind: type[exp.Expr], left: exp.Expr, right: exp.Expr, keys: _Keys) -> _Test:
    if not isinstance(left, exp.Column):
        kind, left, right = _MIRRORED.get(kind, kind), right, left
    name, type = _key(left, keys)
    compare = _COMPARISONS[kind]
    by_number = is_text(type) and _is_number(right)
    literal = value_of(_literal(right), "decimal" if by_number else type)

    def test(row: Mapping[str, Value]) -> bool | None:
        value = _number(row[name]) if by_number else row[name]
        return None if value is None else compare(value, literal)

    return test


def _like(node: exp.Like, keys: _Keys) -> _Test:
    name, type = _key(node.this, keys)
    if not is_text(type) or not node.expression.is_string:
        raise ValueError(f"'{node.sql(dialect='hive')}': LIKE compares a text with a pattern")
    wildcards = {"%": ".*", "_": "."}
    parts = re.findall(r"\\.|.", node.expression.this, re.DOTALL)
    pattern = re.compile(
        "".join(wildcards.get(part) or re.escape(part[-1]) for part in _single(parts)), re.DOTALL
    )

    def test(row: Mapping[str, Value]) -> bool | None:
        value = row[name]
        return None if value is None else pattern.fullmatch(str(value)) is not None

    return test


def _single(parts: Sequence[str]) -> list[str]:
    """Without a `%` right after another, which means the same and takes a regular expression long."""
    return [part for part, before in zip(parts, ["", *parts], strict=False) if (part, before) != ("%", "%")]


def _key(node: exp.Expr, keys: _Keys) -> tuple[str, str]:
    """Name and type of the partition key that a column names."""
    if not isinstance(node, exp.Column):
        raise ValueError(f"'{node.sql(dialect='hive')}' is not a partition key")
    name = node.name.lower()
    if name not in keys:
        raise ValueError(f"'{node.name}' is no partition key; they are: {', '.join(keys) or 'none'}")
    return name, keys[name]


def _literal(node: exp.Expr) -> str:
    """The text of a literal: 'x', 1, -1, true, DATE '2026-01-31'."""
    if isinstance(node, exp.Literal):
        return str(node.this)
    if isinstance(node, exp.Boolean):
        return str(node.this).lower()
    if isinstance(node, exp.Neg) and _is_number(node):
        return f"-{node.this.this}"
    if isinstance(node, exp.Cast) and node.this.is_string and node.to.sql() in ("DATE", "TIMESTAMP"):
        return str(node.this.this)
    raise ValueError(f"'{node.sql(dialect='hive')}' is not a literal")


def _is_number(node: exp.Expr) -> bool:
    inner = node.this if isinstance(node, exp.Neg) else node
    return isinstance(inner, exp.Literal) and not inner.is_string


def _number(value: Value) -> Decimal | None:
    """A text as a number, as SQL compares it with one; None where it is none."""
    try:
        number = value_of(str(value), "decimal")
    except ValueError:
        return None
    return number if isinstance(number, Decimal) else None
