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
from placekeeper.rules.catalog.expressions import (
    MIRRORED,
    Keys,
    Literal,
    conjuncts,
    key_of,
    literal_of,
    parsed,
)
from placekeeper.rules.catalog.partition_values import (
    FLOATING,
    NULL_VALUE,
    Moment,
    Value,
    base_type,
    comparable_of,
    is_number,
    is_text,
    value_of,
)
from placekeeper.rules.catalog.today import with_today

if TYPE_CHECKING:  # sqlglot takes as long to load as half of the command line, and few predicates are parsed
    from sqlglot import exp

Matches = Callable[[Sequence[str]], bool]
"""Whether a partition with these values, in the order of the keys, matches."""

_Row = Callable[[str], Value | Moment]
"""The values of one partition by the name of the key. A value is parsed when it is asked for."""

_Test = Callable[[_Row], bool | None]
"""True, false or unknown (None) for one row of values."""

_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
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
    types = {name.lower(): type for name, type in keys}
    try:
        tree = parsed(text)
        tests = _required(tree if now is None else with_today(tree, now), types)
    except (ValueError, RecursionError) as error:
        raise _refused(text, str(error)) from None

    places = {name: place for place, name in enumerate(types)}

    def matches(values: Sequence[str]) -> bool:
        return _are_true(tests, lambda name: comparable_of(values[places[name]], types[name]), values)

    return matches


def _required(tree: exp.Expr, keys: Keys) -> Sequence[_Test]:
    """The tests that must all be true, so that the whole is."""
    return [_test(part, keys) for part in conjuncts(tree)]


def _are_true(tests: Sequence[_Test], row: _Row, values: Sequence[str]) -> bool:
    """Whether all tests are true. A value that cannot be read counts only where no other test is untrue.

    So the order of the tests says nothing, and a search may leave out what one of them excludes.
    """
    unreadable: ValueError | None = None
    for test in tests:
        try:
            if test(row) is not True:
                return False
        except ValueError as error:
            unreadable = unreadable or error
    if unreadable is not None:
        raise InvalidInputException(f"The partition {list(values)} cannot be read: {unreadable}.") from None
    return True


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
    for text in texts:
        try:
            columns = [node for node in parsed(text).walk() if node.key == "column"]
        except ValueError as error:
            raise _refused(text, str(error)) from None
        yield text, sorted({column.name.lower() for column in columns})


def _refused(text: str, why: str) -> InvalidInputException:
    return InvalidInputException(f"The predicate {text!r} is not understood: {why}. {_UNDERSTOOD}.")


def _test(node: exp.Expr, keys: Keys) -> _Test:
    """Raises ValueError for an expression, or a modifier of one, that is not supported."""
    if {name for name, argument in node.args.items() if argument} - _ARGUMENTS:
        raise ValueError(f"'{node.sql(dialect='hive')}'")
    test = _plain(node, keys)
    return _negated(test) if node.args.get("negate") else test


def _plain(node: exp.Expr, keys: Keys) -> _Test:
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
            name, _ = key_of(node.this, keys)
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


def _comparison(kind: str, left: exp.Expr, right: exp.Expr, keys: Keys) -> _Test:
    left, right = left.unnest(), right.unnest()
    if left.key == right.key == "literal":  # 1 = 1, before an AND
        return _constant(kind, literal_of(left), literal_of(right))
    if left.key != "column":
        kind, left, right = MIRRORED.get(kind, kind), right, left
    compare = _COMPARISONS[kind]
    name, type = key_of(left, keys)
    literal = literal_of(right)
    if literal.is_number and not (is_text(type) or is_number(type)):
        raise ValueError(f"{name} is of the type {type}: write '{literal.text}' and not {literal.text}")
    wanted = _wanted(literal, type)
    if wanted is None:
        return _with_null(kind, name)
    by_number = is_text(type) and literal.is_number

    def test(row: _Row) -> bool | None:
        value = _number(row(name)) if by_number else row(name)
        return None if value is None else compare(value, wanted)

    return test


def _wanted(literal: Literal, type: str) -> Value | Moment:
    """What the values of a key are compared with. A number is exact, unless its key is floating."""
    if literal.is_number and base_type(type) not in FLOATING:
        return value_of(literal.text, "decimal")
    return comparable_of(literal.text, type)


def _constant(kind: str, left: Literal, right: Literal) -> _Test:
    if left.is_number != right.is_number:
        raise ValueError(f"{left.text} and {right.text} are a number and a text")
    type = "decimal" if left.is_number else "string"
    answer = _COMPARISONS[kind](value_of(left.text, type), value_of(right.text, type))
    return lambda _: answer


def _with_null(kind: str, name: str) -> _Test:
    """A comparison with Hive's name for null means the partition of that name (our inference)."""
    if kind == "eq":
        return lambda row: row(name) is None
    if kind == "neq":
        return lambda row: row(name) is not None
    raise ValueError(f"{NULL_VALUE} stands for null, which has no order: write {name} IS NULL")


def _like(node: exp.Expr, keys: Keys) -> _Test:
    name, type = key_of(node.this, keys)
    if not is_text(type) or not node.expression.is_string:
        raise ValueError(f"'{node.sql(dialect='hive')}' does not compare a text with a pattern")
    matches = _pattern(str(node.expression.this))

    def test(row: _Row) -> bool | None:
        value = row(name)
        return None if value is None else matches(str(value))

    return test


def _pattern(pattern: str) -> Callable[[str], bool]:
    """Whether a text is like a pattern, in linear time: a regular expression with many % would not end."""
    if "_" in pattern or "\\" in pattern:
        return lambda text: bool(pc.match_like(pa.scalar(text), pattern).as_py())
    first, *inner = pattern.split("%")
    if not inner:
        return lambda text: text == pattern
    last = inner.pop()

    def matches(text: str) -> bool:
        if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
            return False
        place, end = len(first), len(text) - len(last)
        for piece in inner:
            place = text.find(piece, place, end)
            if place < 0:
                return False
            place += len(piece)
        return True

    return matches


def _number(value: Value | Moment) -> Decimal | None:
    """A text as a number, as SQL compares it with one; None if it is not a number."""
    try:
        number = value_of(str(value), "decimal")
    except ValueError:
        return None
    return number if isinstance(number, Decimal) else None
