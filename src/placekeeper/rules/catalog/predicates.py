"""Predicates over partition keys: GetPartitions' Expression, push_down_predicate, catalogPartitionPredicate.

sqlglot parses them as Hive's SQL. They are evaluated here over typed values, by SQL's three-valued logic. A
predicate that is not understood is refused, because a guess would read too little or too much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from placekeeper.model.errors import InvalidInputException
from placekeeper.rules.catalog.computed import COMPARISONS, as_kind, compared
from placekeeper.rules.catalog.expressions import (
    MIRRORED,
    conjuncts,
    key_of,
    literal_of,
    moment_of,
    parsed,
)
from placekeeper.rules.catalog.key_expressions import Scope, computed
from placekeeper.rules.catalog.like_patterns import like_pattern
from placekeeper.rules.catalog.literal_tests import constant_test, literal_test
from placekeeper.rules.catalog.mixed_lists import refuse_mixed
from placekeeper.rules.catalog.partition_values import (
    NULL_VALUE,
    Moment,
    Value,
    base_type,
    comparable_of,
    is_text,
)
from placekeeper.rules.catalog.required_tests import RequiredTest, are_true
from placekeeper.rules.catalog.spark_casts import Kind
from placekeeper.rules.catalog.today import with_today

if TYPE_CHECKING:  # sqlglot takes as long to load as half of the command line, and few predicates are parsed
    from sqlglot import exp

Matches = Callable[[Sequence[str]], bool]
"""Whether a partition with these values, in the order of the keys, matches."""

_Row = Callable[[str], Value | Moment]
"""The values of one partition by the name of the key. A value is parsed when it is asked for."""

_Test = Callable[[_Row], bool | None]
"""True, false or unknown (None) for one row of values."""

_ARGUMENTS: Final = {"this", "expression", "expressions", "low", "high", "negate"}
_UNDERSTOOD = (
    "A predicate compares partition keys with literals, by =, <>, <, <=, >, >=, IN, BETWEEN, LIKE, IS NULL, "
    "AND, OR and NOT"
)
_COMPUTED = (
    ", with casts, arithmetic and functions such as concat, lpad, substr, to_date, date_format, year, "
    "date_sub and current_date"
)


def predicate_of(
    text: str, keys: Sequence[tuple[str, str]], *, now: datetime | None = None, computes: bool = False
) -> Matches:
    """Compile a predicate over partitions with these keys (name and type). An empty text matches all.

    With `computes`, it may have functions of Spark's SQL, and with `now` also those of the dates of today.

    Raises InvalidInputException for a predicate that is not understood. The compiled predicate raises it for
    a value in the catalog that is not of its key's type.
    """
    if not text.strip():
        return lambda _: True
    types = {name.lower(): type for name, type in keys}
    places = {name: place for place, name in enumerate(types)}
    scope = Scope(types, now, computes or now is not None, _test)
    try:
        tree = parsed(text)
        parts = sorted(conjuncts(with_today(tree, now) if scope.computes else tree), key=_has_functions)
        tests = [RequiredTest(_test(part, scope), _places_of(part, places)) for part in parts]
    except (ValueError, RecursionError) as error:
        raise _refused(text, str(error), computes=scope.computes) from None

    def matches(values: Sequence[str]) -> bool:
        return are_true(tests, lambda name: comparable_of(values[places[name]], types[name]), values)

    return matches


def _places_of(node: exp.Expr, places: Mapping[str, int]) -> Sequence[int]:
    """The places of the keys that a part names."""
    names = {inner.name.lower() for inner in node.walk() if inner.key == "column"}
    return sorted(places[name] for name in names)


def _has_functions(node: exp.Expr) -> bool:
    return any(inner.key in ("anonymous", "trycast") for inner in node.walk())


def folder_test(texts: Sequence[str]) -> Callable[[Mapping[str, str]], bool]:
    """Compile predicates over the values of `key=value` folders, which are texts; each must be true.

    A folder may be written in any case, and a key without a folder is null. Raises InvalidInputException for
    a predicate that is not understood.
    """
    tests = [
        (keys, predicate_of(text, [(key, "string") for key in keys], computes=True))
        for text, keys in _named(texts)
    ]

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


def _refused(text: str, why: str, *, computes: bool = True) -> InvalidInputException:
    more = _COMPUTED if computes else ""
    return InvalidInputException(f"The predicate {text!r} is not understood: {why}. {_UNDERSTOOD}{more}.")


def _test(node: exp.Expr, scope: Scope) -> _Test:
    """Raises ValueError for an expression, or a modifier of one, that is not supported."""
    if {name for name, argument in node.args.items() if argument} - _ARGUMENTS:
        return _truth(node, scope)
    test = _plain(node, scope)
    return _negated(test) if node.args.get("negate") else test


def _plain(node: exp.Expr, scope: Scope) -> _Test:
    match node.key:
        case "paren":
            return _test(node.this, scope)
        case "not":
            return _negated(_test(node.this, scope))
        case "and" | "or":
            parts = [_test(part, scope) for part in node.flatten(unnest=False)]
            return _joined(parts, decisive=node.key == "or")
        case "boolean":
            value = bool(node.this)
            return lambda _: value
        case kind if kind in COMPARISONS:
            return _comparison(kind, node.this, node.expression, scope)
        case "between":
            low = _comparison("gte", node.this, node.args["low"], scope)
            high = _comparison("lte", node.this, node.args["high"], scope)
            return _joined([low, high], decisive=False)
        case "in" if node.expressions:
            if scope.computes:
                refuse_mixed(node, scope)
            equal = [_comparison("eq", node.this, item, scope) for item in node.expressions]
            return _joined(equal, decisive=True)
        case "like":
            return _like(node, scope)
        case "is" if node.expression.key == "null":
            return _is_null(node.this, scope)
        case "nullsafeeq" if scope.computes:
            return _same(node, scope)
        case _:
            return _truth(node, scope)


def _truth(node: exp.Expr, scope: Scope) -> _Test:
    """An expression that is a condition by itself, such as startswith(…)."""
    if scope.computes and node.key in ("anonymous", "case", "if", "column"):
        found = computed(node, scope)
        if found.kind is Kind.BOOLEAN:
            return found.of
    raise ValueError(f"'{node.sql(dialect='hive')}'")


def _is_null(node: exp.Expr, scope: Scope) -> _Test:
    if scope.computes and node.unnest().key != "column":
        found = computed(node, scope)
        return lambda row: found.of(row) is None
    name, _ = key_of(node, scope.types)
    return lambda row: row(name) is None


def _same(node: exp.Expr, scope: Scope) -> _Test:
    """Equality in which two nulls are equal, too."""
    left, right = computed(node.this, scope), computed(node.expression, scope)
    equal = compared("eq", left, right)

    def test(row: _Row) -> bool:
        answer = equal(row)
        return answer if answer is not None else left.of(row) is None and right.of(row) is None

    return test


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


def _comparison(kind: str, left: exp.Expr, right: exp.Expr, scope: Scope) -> _Test:
    left, right = left.unnest(), right.unnest()
    if scope.computes and _is_computed(left, right, scope):
        return compared(kind, computed(left, scope), computed(right, scope))
    if left.key == right.key == "literal":  # 1 = 1, before an AND
        return constant_test(kind, literal_of(left), literal_of(right))
    if left.key != "column":
        kind, left, right = MIRRORED.get(kind, kind), right, left
    name, type = key_of(left, scope.types)
    return literal_test(kind, name, type, literal_of(right))


def _is_computed(left: exp.Expr, right: exp.Expr, scope: Scope) -> bool:
    """Whether a comparison is more than one of a key with a literal of its type."""
    if left.key != "column":
        left, right = right, left
    if left.key != "column" or left.name.lower() not in scope.types:
        return not left.key == right.key == "literal" and right.key != "column"
    type = scope.types[left.name.lower()]
    try:
        literal = literal_of(right)
    except ValueError:
        return True
    if is_text(type) and (literal.is_number or literal.is_boolean):
        return True
    said = moment_of(right)
    return bool(said) and said != base_type(type)


def _like(node: exp.Expr, scope: Scope) -> _Test:
    if scope.computes and node.this.unnest().key != "column" and node.expression.is_string:
        found, like = computed(node.this, scope), like_pattern(str(node.expression.this))
        texts = as_kind(found, Kind.TEXT).of
        return lambda row: None if (text := texts(row)) is None else like(text)
    name, type = key_of(node.this, scope.types)
    if not is_text(type) or not node.expression.is_string:
        raise ValueError(f"'{node.sql(dialect='hive')}' does not compare a text with a pattern")
    matches = like_pattern(str(node.expression.this))

    def test(row: _Row) -> bool | None:
        value = row(name)
        return None if value is None else matches(str(value))

    return test
