"""Predicates over partition keys: GetPartitions' Expression, push_down_predicate, catalogPartitionPredicate.

sqlglot parses them as Hive's SQL. They are evaluated here over typed values, by SQL's three-valued logic. A
predicate that is not understood is refused, because a guess would read too little or too much.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.catalog.partition_values import NULL_VALUE, Value, is_number, is_text, value_of
from placekeeper.rules.catalog.today import with_today

if TYPE_CHECKING:  # sqlglot takes as long to load as half of the command line, and few predicates are parsed
    from sqlglot import exp

Matches = Callable[[Sequence[str]], bool]
"""Whether a partition with these values, in the order of the keys, matches."""

_Row = Callable[[str], Value]
"""The values of one partition by the name of the key. A value is parsed when it is asked for."""

_Test = Callable[[_Row], bool | None]
"""True, false or unknown (None) for one row of values."""

_Keys = Mapping[str, str]
"""The type of each partition key, by its name in lower case."""

_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
_MIRRORED: Final = {"lt": "gt", "lte": "gte", "gt": "lt", "gte": "lte"}
_ARGUMENTS: Final = {"this", "expression", "expressions", "low", "high", "negate"}
_UNDERSTOOD = (
    "A predicate compares partition keys with literals, by =, <>, <, <=, >, >=, IN, BETWEEN, LIKE, IS NULL, "
    "AND, OR and NOT"
)


def predicate_of(text: str, keys: Sequence[tuple[str, str]], *, now: datetime | None = None) -> Matches:
    """Compile a predicate over partitions with these keys (name and type). An empty text matches all.

    With `now`, it may have functions of the dates of today, such as current_date.

    Raises InvalidInputException for a predicate that is not understood. The compiled predicate raises it for
    a value in the catalog that is not of its key's type.
    """
    if not text.strip():
        return lambda _: True
    import sqlglot  # noqa: PLC0415 - see above

    types = {name.lower(): type for name, type in keys}
    try:
        tree: exp.Expr = sqlglot.condition(text, dialect="hive")
        test = _test(tree if now is None else with_today(tree, now), types)
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise _refused(text, str(error).partition("\n")[0] or "it nests too deeply") from None
    except ValueError as error:
        raise _refused(text, str(error)) from None

    places = {name: place for place, name in enumerate(types)}

    def matches(values: Sequence[str]) -> bool:
        try:
            return test(lambda name: value_of(values[places[name]], types[name])) is True
        except ValueError as error:
            raise InvalidInputException(f"The partition {list(values)} cannot be read: {error}.") from None

    return matches


def folder_test(texts: Sequence[str]) -> Callable[[Mapping[str, str]], bool]:
    """Compile predicates over the values of `key=value` folders, which are texts; each must be true.

    A folder may be written in any case, and a key without a folder is null. Raises InvalidInputException for
    a predicate that is not understood.
    """
    tests = [(keys, predicate_of(text, [(key, "string") for key in keys])) for text, keys in _named(texts)]

    def is_true(values: Mapping[str, str]) -> bool:
        known = {name.lower(): value for name, value in values.items()}
        return all(matches([known.get(key, NULL_VALUE) for key in keys]) for keys, matches in tests)

    return is_true


def _named(texts: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Predicates, and the names that are in each of them, in lower case."""
    import sqlglot  # noqa: PLC0415 - see above

    for text in texts:
        try:
            tree = sqlglot.condition(text, dialect="hive")
        except (sqlglot.errors.SqlglotError, RecursionError) as error:
            raise _refused(text, str(error).partition("\n")[0] or "it nests too deeply") from None
        yield text, sorted({column.name.lower() for column in tree.find_all(sqlglot.exp.Column)})


def _refused(text: str, why: str) -> InvalidInputException:
    return InvalidInputException(f"The predicate {text!r} is not understood: {why}. {_UNDERSTOOD}.")


def _test(node: exp.Expr, keys: _Keys) -> _Test:
    """Raises ValueError for an expression, or a modifier of one, that is not supported."""
    if {name for name, argument in node.args.items() if argument} - _ARGUMENTS:
        raise ValueError(f"'{node.sql(dialect='hive')}'")
    test = _plain(node, keys)
    return _negated(test) if node.args.get("negate") else test


def _plain(node: exp.Expr, keys: _Keys) -> _Test:
    match node.key:
        case "paren":
            return _test(node.this, keys)
        case "not":
            return _negated(_test(node.this, keys))
        case "and" | "or":
            parts = [_test(part, keys) for part in node.flatten(unnest=False)]
            return _joined(parts, decisive=node.key == "or")
        case "boolean":
            value = bool(node.this)
            return lambda _: value
        case kind if kind in _COMPARISONS:
            return _comparison(kind, node.this, node.expression, keys)
        case "between":
            low = _comparison("gte", node.this, node.args["low"], keys)
            high = _comparison("lte", node.this, node.args["high"], keys)
            return _joined([low, high], decisive=False)
        case "in" if node.expressions:
            equal = [_comparison("eq", node.this, item, keys) for item in node.expressions]
            return _joined(equal, decisive=True)
        case "like":
            return _like(node, keys)
        case "is" if node.expression.key == "null":
            name, _ = _key(node.this, keys)
            return lambda row: row(name) is None
        case _:
            raise ValueError(f"'{node.sql(dialect='hive')}'")


def _negated(test: _Test) -> _Test:
    def negation(row: _Row) -> bool | None:
        answer = test(row)
        return None if answer is None else not answer

    return negation


def _joined(tests: Sequence[_Test], *, decisive: bool) -> _Test:
    """OR (True decides) or AND (False decides); otherwise unknown if any test is unknown."""

    def joined(row: _Row) -> bool | None:
        unknown = False
        for test in tests:
            answer = test(row)
            if answer is decisive:
                return decisive
            unknown = unknown or answer is None
        return None if unknown else not decisive

    return joined


def _comparison(kind: str, left: exp.Expr, right: exp.Expr, keys: _Keys) -> _Test:
    left, right = left.unnest(), right.unnest()
    if left.key == right.key == "literal" and left.is_string == right.is_string:  # 1 = 1, before an AND
        type = "string" if left.is_string else "decimal"
        answer = _COMPARISONS[kind](value_of(_literal(left), type), value_of(_literal(right), type))
        return lambda _: answer
    if left.key != "column":
        kind, left, right = _MIRRORED.get(kind, kind), right, left
    compare = _COMPARISONS[kind]
    name, type = _key(left, keys)
    if _is_number(right) and not (is_text(type) or is_number(type)):
        raise ValueError(f"{name} is of the type {type}: write '{_literal(right)}' and not {_literal(right)}")
    literal = value_of(_literal(right), "decimal" if _is_number(right) else type)
    if literal is None:
        return _with_null(kind, name)
    by_number = is_text(type) and _is_number(right)

    def test(row: _Row) -> bool | None:
        value = _number(row(name)) if by_number else row(name)
        return None if value is None else compare(value, literal)

    return test


def _with_null(kind: str, name: str) -> _Test:
    """A comparison with Hive's name for null means the partition of that name (our inference)."""
    if kind == "eq":
        return lambda row: row(name) is None
    if kind == "neq":
        return lambda row: row(name) is not None
    raise ValueError(f"{NULL_VALUE} stands for null, which has no order: write {name} IS NULL")


def _like(node: exp.Expr, keys: _Keys) -> _Test:
    name, type = _key(node.this, keys)
    if not is_text(type) or not node.expression.is_string:
        raise ValueError(f"'{node.sql(dialect='hive')}' does not compare a text with a pattern")
    pattern = node.expression.this

    def test(row: _Row) -> bool | None:
        # Arrow's LIKE takes linear time; a regular expression of Python with many % would backtrack for ever.
        value = row(name)
        return None if value is None else bool(pc.match_like(pa.scalar(str(value)), pattern).as_py())

    return test


def _key(node: exp.Expr, keys: _Keys) -> tuple[str, str]:
    """Name and type of the partition key that a column names."""
    node = node.unnest()
    if node.key != "column":
        raise ValueError(f"'{node.sql(dialect='hive')}' is not a partition key")
    name = node.name.lower()
    if name not in keys:
        raise ValueError(f"'{node.name}' is not a partition key; the keys are: {', '.join(keys) or 'none'}")
    return name, keys[name]


def _literal(node: exp.Expr) -> str:
    """The text of a literal: 'x', 1, -1, true, DATE '2026-01-31'."""
    if node.key == "literal":
        return str(node.this)
    if node.key == "boolean":
        return str(node.this).lower()
    if node.key == "neg" and _is_number(node):
        return f"-{node.this.this}"
    if node.key == "cast" and node.this.is_string and node.args["to"].sql() in ("DATE", "TIMESTAMP"):
        return str(node.this.this)
    raise ValueError(f"'{node.sql(dialect='hive')}' is not a literal")


def _is_number(node: exp.Expr) -> bool:
    inner = node.this if node.key == "neg" else node
    return bool(inner.key == "literal" and not inner.is_string)


def _number(value: Value) -> Decimal | None:
    """A text as a number, as SQL compares it with one; None if it is not a number."""
    try:
        number = value_of(str(value), "decimal")
    except ValueError:
        return None
    return number if isinstance(number, Decimal) else None
