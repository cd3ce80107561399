"""What a predicate says of the first partition keys, so that the store looks at fewer partitions.

A partition that is left out is one for which the predicate is not true. Of all others the predicate itself
decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from placekeeper.model.catalog import KeyRange
from placekeeper.rules.catalog.expressions import (
    MIRRORED,
    Keys,
    conjuncts,
    key_of,
    literal_of,
    moment_of,
    parsed,
)
from placekeeper.rules.catalog.key_order import LEAST, LENGTH, NULL, PLACES, is_ordered, order_text
from placekeeper.rules.catalog.partition_values import base_type, is_text, value_of
from placekeeper.rules.catalog.today import with_today

if TYPE_CHECKING:
    from sqlglot import exp

MOST_TEXTS: Final = 500
"""More texts than these become one range."""

_MOST_PLACES: Final = 19
"""Numbers with more places before the point have no text."""

_LAST: Final = "\U0010ffff"
_WILD: Final = "%_\\"


def narrowing_of(
    texts: Sequence[str], keys: Sequence[tuple[str, str]], *, now: datetime | None = None
) -> Sequence[KeyRange]:
    """The ranges of the first keys outside of which not all predicates are true; at most one for a key.

    The predicates are those that `predicate_of` understands. Raises ValueError for one that cannot be parsed.
    """
    types = {name.lower(): type for name, type in keys}
    places = {name: place for place, name in enumerate(types)}
    found: dict[int, KeyRange] = {}
    for text in filter(str.strip, texts):
        tree = parsed(text)
        for part in conjuncts(tree if now is None else with_today(tree, now)):
            narrowed = None if now is not None and _has_another_type(part, types) else _narrowed(part, types)
            if narrowed is not None and places[narrowed[0]] < PLACES:
                place = places[narrowed[0]]
                other = found.get(place)
                found[place] = _at(place, narrowed[1] if other is None else _both(other, narrowed[1]))
    return [found[place] for place in sorted(found)]


def _has_another_type(node: exp.Expr, keys: Keys) -> bool:
    """Whether a part compares with a date or a time what is none: Spark takes texts for dates there."""
    moments = {type for each in node.walk() if (type := moment_of(each))}
    named = {base_type(keys.get(each.name.lower(), "")) for each in node.walk() if each.key == "column"}
    return bool(moments) and named != moments


def _at(place: int, range: KeyRange) -> KeyRange:
    among = range.among
    if among is not None and len(among) > MOST_TEXTS:
        return KeyRange(place=place, low=min(among), high=max(among))
    return KeyRange(place=place, among=among, low=range.low, high=range.high)


def _narrowed(node: exp.Expr, keys: Keys) -> tuple[str, KeyRange] | None:
    """The key that an expression is about, and the range in which it may be true; None if it says neither."""
    node = node.unnest()
    try:
        match node.key:
            case _ if node.args.get("negate"):
                return None
            case "eq" | "lt" | "lte" | "gt" | "gte":
                return _compared(node.key, node.this.unnest(), node.expression.unnest(), keys)
            case "between":
                low = _compared("gte", node.this, node.args["low"], keys)
                high = _compared("lte", node.this, node.args["high"], keys)
                if low and high and low[0] == high[0]:
                    return low[0], _both(low[1], high[1])
                return low or high  # of two keys, what is said of one suffices
            case "in":
                return _any([_compared("eq", node.this, item, keys) for item in node.expressions])
            case "or":
                return _any([_narrowed(part, keys) for part in node.flatten(unnest=False)])
            case "is" if node.expression.key == "null":
                name, type = key_of(node.this, keys)
                return (name, KeyRange(among=(NULL,))) if is_ordered(type) else None
            case "like":
                return _like(node, keys)
            case _:
                return None
    except ValueError:
        return None


def _compared(kind: str, left: exp.Expr, right: exp.Expr, keys: Keys) -> tuple[str, KeyRange] | None:
    if left.unnest().key != "column":
        kind, left, right = MIRRORED.get(kind, kind), right, left
    name, type = key_of(left, keys)
    text = _text(right, type)
    if text is None:
        return None
    if kind == "eq":
        return name, KeyRange(among=(text,))
    return name, KeyRange(low=text) if kind in ("gt", "gte") else KeyRange(low=LEAST, high=text)


def _text(node: exp.Expr, type: str) -> str | None:
    literal = literal_of(node)
    if not is_ordered(type) or (is_text(type) and (literal.is_number or literal.is_boolean)):
        return None
    if not literal.is_number:
        return order_text(literal.text, type)
    number: Any = value_of(literal.text, "decimal")
    if not isinstance(number, Decimal) or number.adjusted() > _MOST_PLACES:
        return None  # a text of 1e999999 would take half a minute
    if number != number.to_integral_value():
        return None
    return order_text(str(int(number)), type) if base_type(type) not in ("date", "timestamp") else None


def _like(node: exp.Expr, keys: Keys) -> tuple[str, KeyRange] | None:
    name, type = key_of(node.this, keys)
    if not is_text(type) or not node.expression.is_string:
        return None
    pattern = str(node.expression.this).partition("\0")[0]
    wild = next((place for place, char in enumerate(pattern) if char in _WILD), len(pattern))
    begin = LEAST + pattern[:wild][:LENGTH]
    return name, KeyRange(low=begin, high=begin + _LAST * LENGTH)


def _any(ranges: Sequence[tuple[str, KeyRange] | None]) -> tuple[str, KeyRange] | None:
    """Where one of several is true, if all name texts of the same key."""
    texts: set[str] = set()
    names: set[str] = set()
    for found in ranges:
        if found is None or found[1].among is None:
            return None
        names.add(found[0])
        texts.update(found[1].among)
    return (names.pop(), KeyRange(among=tuple(sorted(texts)))) if len(names) == 1 else None


def _both(one: KeyRange, other: KeyRange) -> KeyRange:
    """Where both are true."""
    low = max(filter(None, (one.low, other.low)), default=None)
    high = min(filter(None, (one.high, other.high)), default=None)
    sets = [set(each.among) for each in (one, other) if each.among is not None]
    if not sets:
        return KeyRange(low=low, high=high)
    inside = (
        text
        for text in set.intersection(*sets)
        if (low is None or text >= low) and (high is None or text <= high)
    )
    return KeyRange(among=tuple(sorted(inside)))
