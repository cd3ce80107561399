"""Casts without ANSI mode, as Spark casts, out of what Sail has: for SQL text and for expressions alike.

Sail's `try_cast` gives null where it cannot cast. Spark's cast gives more: a number that is too large wraps
or is the nearest one, a text may have a fraction, an exponent, a suffix or a time.
"""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

WHOLE_NUMBER: Final = "^ *([+-]?[0-9]+)[.][0-9]* *$"
"""A text that Spark casts to a whole number although it has a fraction; group 1 is that number."""

SUFFIXED: Final = "^ *([-+0-9.eE]+)[dDfF] *$"
"""A text that Spark casts to a floating number although Java's suffix follows; group 1 is that number."""

BEFORE_TIME: Final = "^ *([+-]?[0-9]{4,7}-[0-9]{1,2}-[0-9]{1,2})[T ].*$"
"""A text that Spark casts to a date, whatever follows; group 1 is that date."""

_BITS: Final = {
    name: bits
    for bits, names in ((8, "tinyint byte"), (16, "smallint short"), (32, "int integer"), (64, "bigint long"))
    for name in names.split()
}
_FLOATING: Final = frozenset({"float", "real", "double"})
_WHOLE_SOURCE: Final = "^(smallint|int|bigint|decimal)"
_FLOATING_SOURCE: Final = "^(float|double)"
_Made = TypeVar("_Made")


class Builder(Protocol[_Made]):
    """Writes expressions: as text, or as trees."""

    def call(self, name: str, *values: _Made) -> _Made:
        """A function, or an operator by its sign; `when` takes a condition, a value, and so on."""
        ...

    def literal(self, value: str | int | float) -> _Made:
        """A constant."""
        ...

    def tried(self, value: _Made, data_type: str) -> _Made:
        """Sail's try_cast."""
        ...

    def once(self, value: _Made, make: Callable[[_Made], _Made]) -> _Made:
        """What `make` makes of a value that is computed once, however often it names it."""
        ...


def lenient(value: _Made, data_type: str, to: Builder[_Made]) -> _Made:
    """The cast of a value, null where Spark's is null."""
    rule = _rule(data_type.strip().lower())
    if rule is None:
        return to.tried(value, data_type)

    def composed(one: _Made) -> _Made:
        return to.call("coalesce", to.tried(one, data_type), *rule(one, data_type, to))

    return to.once(value, composed)


def of_text(value: _Made, data_type: str, to: Builder[_Made]) -> _Made:
    """The cast of a value that is a text, null where Spark's is null; the value is written several times."""
    pattern = WHOLE_NUMBER if data_type in _BITS else SUFFIXED if data_type in _FLOATING else None
    pattern = BEFORE_TIME if data_type == "date" else pattern
    tried = to.tried(value, data_type)
    return to.call("coalesce", tried, _part(value, pattern, data_type, to)) if pattern else tried


def is_composed(data_type: str) -> bool:
    """Whether the cast to a type is more than a try_cast, so that its column would have another name."""
    return _rule(data_type.strip().lower()) is not None


def _rule(data_type: str) -> Callable[..., tuple[_Made, ...]] | None:
    if data_type in _BITS:
        return _whole
    if data_type in _FLOATING:
        return _floating
    if data_type.startswith(("decimal", "dec(", "numeric")):
        return _decimal
    return _date if data_type == "date" else None


def _part(value: _Made, pattern: str, data_type: str, to: Builder[_Made]) -> _Made:
    text = to.call("regexp_extract", to.tried(value, "string"), to.literal(pattern), to.literal(1))
    return to.tried(text, data_type)


def _floating(value: _Made, data_type: str, to: Builder[_Made]) -> tuple[_Made, ...]:
    return (_part(value, SUFFIXED, data_type, to),)


def _date(value: _Made, data_type: str, to: Builder[_Made]) -> tuple[_Made, ...]:
    return (_part(value, BEFORE_TIME, data_type, to),)


def _decimal(value: _Made, data_type: str, to: Builder[_Made]) -> tuple[_Made, ...]:
    has_exponent = to.call("rlike", to.tried(value, "string"), to.literal("[eE]"))
    return (to.call("when", has_exponent, to.tried(to.tried(value, "double"), data_type)),)


def _whole(value: _Made, data_type: str, to: Builder[_Made]) -> tuple[_Made, ...]:
    bits = _BITS[data_type.strip().lower()]
    source = to.call("typeof", value)
    long, double = to.tried(value, "bigint"), to.tried(value, "double")
    nearest = _nearest(double, 64 if bits == 64 else 32, to)
    return (
        _part(value, WHOLE_NUMBER, data_type, to),
        to.call(
            "when",
            to.call("rlike", source, to.literal(_WHOLE_SOURCE)),
            _wrapped(long, bits, data_type, to),
            to.call("rlike", source, to.literal(_FLOATING_SOURCE)),
            _wrapped(nearest, bits, data_type, to),
        ),
    )


def _wrapped(long: _Made, bits: int, data_type: str, to: Builder[_Made]) -> _Made:
    """The last bits of a long, as a number with a sign."""
    if bits == 64:
        return long
    shift = to.literal(64 - bits)
    return to.tried(to.call("shiftright", to.call("shiftleft", long, shift), shift), data_type)


def _nearest(double: _Made, bits: int, to: Builder[_Made]) -> _Made:
    """The whole number of so many bits that is nearest to a double, towards 0; 0 for what is no number."""
    most, least = 2 ** (bits - 1) - 1, -(2 ** (bits - 1))
    return to.call(
        "when",
        to.call("isnan", double),
        to.tried(to.literal(0), "bigint"),
        to.call(">=", double, to.literal(float(most))),
        to.tried(to.literal(str(most)), "bigint"),
        to.call("<=", double, to.literal(float(least))),
        to.tried(to.literal(str(least)), "bigint"),
        to.call("isnotnull", double),
        to.tried(double, "bigint"),
    )
