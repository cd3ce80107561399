"""Values of Spark's SQL by their kinds, and casts between these.

A cast that Spark answers with null or an error, by its settings, raises NoValue here: a guess would read too
little. A text of which we do not know what Spark makes raises another ValueError.

Source: docs/reference/awsglue.md#functions-of-predicates.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import Enum
from typing import Any, Final

from placekeeper.rules.catalog.partition_values import WHOLE_NUMBERS, base_type, is_text


class NoValue(ValueError):
    """A value has none of the other kind in Spark: null where a cast is tried."""


class Kind(Enum):
    """What an expression is: a type of Spark, whole numbers of up to 32 bits as one."""

    TEXT = "string"
    INT = "int"
    LONG = "bigint"
    DECIMAL = "decimal"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    NULL = "void"


Cast = Callable[[Any], Any]
"""Makes a value of another kind of one that is not null.

Raises NoValue for one that has none, and another ValueError for one that is not understood here.
"""

WHOLE: Final = (Kind.INT, Kind.LONG)
NUMBERS: Final = (Kind.INT, Kind.LONG, Kind.DECIMAL, Kind.DOUBLE)
"""From narrow to wide: two of them are compared as the wider one."""
BITS: Final = {Kind.INT: 32, Kind.LONG: 64}
"""How many bits whole numbers have."""

MOMENTS: Final = (Kind.DATE, Kind.TIMESTAMP)

_BITS: Final = {"tinyint": 8, "byte": 8, "smallint": 16, "short": 16, "int": 32, "integer": 32}
_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2})(?:[ T].*)?)?)?", re.DOTALL)
_TIMESTAMP: Final = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:[ T]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_NUMBER_OF_JAVA: Final = re.compile(
    r"[+-]?(?:nan|inf|infinity|[0-9.]+(?:e[+-]?[0-9]+)?[df]|0x.*)", re.IGNORECASE | re.ASCII
)
_WORDS: Final = r"(?:epoch|now|today|tomorrow|yesterday)\b.*"
_OTHER_DATE: Final = re.compile(
    rf"(?:[+-][0-9]{{4,7}}|[0-9]{{5,7}})(?:-[0-9]{{1,2}}(?:-[0-9]{{1,2}}(?:[ T].*)?)?)?|{_WORDS}",
    re.DOTALL | re.IGNORECASE | re.ASCII,
)
_OTHER_TIMESTAMP: Final = re.compile(
    rf"[+-]?[0-9]{{4,7}}(?:-.*)?|T[0-9].*|[0-9]{{1,2}}:.*|{_WORDS}", re.DOTALL | re.IGNORECASE | re.ASCII
)
_YEAR_0: Final = "0000"
_MOST_OFFSET: Final = timedelta(hours=18)
_BLANKS: Final = "".join(map(chr, [*range(33), 127]))
"""What Spark takes away at both ends of a text before a cast."""

_BOOLEANS: Final = {
    **dict.fromkeys(("t", "true", "y", "yes", "1"), True),
    **dict.fromkeys(("f", "false", "n", "no", "0"), False),
}
_TYPE: Final = re.compile(r"decimal\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")
_DECIMAL_DEFAULT: Final = (10, 0)
_MOST_DIGITS: Final = 38
"""How many digits a decimal of Spark has at most."""


def kind_of(type: str) -> Kind:
    """The kind of a type. Raises ValueError for a type that expressions cannot have here."""
    word = base_type(type)
    if is_text(type) or word == "text":
        return Kind.TEXT
    if word in WHOLE_NUMBERS:
        return Kind.LONG if word in ("bigint", "long") else Kind.INT
    try:
        return Kind(word)
    except ValueError:
        raise ValueError(f"the type {type} is not supported in expressions") from None


def cast_to(found: Kind, type: str) -> Cast:
    """A cast to a named type, as an expression says it. Raises ValueError for one that there is not."""
    wanted = kind_of(type)
    if "char" in base_type(type):
        raise ValueError(f"there is no cast to {type} here")
    plain = cast(found, wanted)
    if wanted is Kind.DECIMAL:
        digits = _TYPE.fullmatch(type.strip().lower())
        precision, scale = (int(digits[1]), int(digits[2] or 0)) if digits else _DECIMAL_DEFAULT
        return lambda value: _fitting(plain(value), precision, scale)
    bits = _BITS.get(base_type(type), 64)
    return (lambda value: within(plain(value), bits)) if wanted in WHOLE else plain


def cast(found: Kind, wanted: Kind) -> Cast:
    """A cast between kinds. Raises ValueError for one that there is not."""
    if found is wanted or found is Kind.NULL:
        return lambda value: value
    known = _CASTS.get((found, wanted))
    if known is None:
        raise ValueError(f"{found.value} cannot become {wanted.value}")
    return known


def within(number: int, bits: int) -> int:
    """A whole number that has so many bits. Raises NoValue for a larger one."""
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise NoValue(f"{number} has more than {bits} bits")
    return number


def text_of_time(at: datetime) -> str:
    """A time as Spark writes it: without the zeros behind its last digit."""
    fraction = f".{at.microsecond:06}".rstrip("0").rstrip(".")
    return f"{at.isoformat(' ', 'seconds')}{fraction}"


def _fitting(value: Decimal, precision: int, scale: int) -> Decimal:
    try:
        rounded = value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    except InvalidOperation:
        raise NoValue(f"{value} is no decimal({precision},{scale})") from None
    if abs(rounded) >= Decimal(10) ** (precision - scale):
        raise NoValue(f"{value} is no decimal({precision},{scale})")
    return rounded


def _whole(text: str) -> int:
    if _WHOLE.fullmatch(text.strip(_BLANKS)) is None:
        raise NoValue(f"'{text}' is no whole number")
    return within(int(text.strip(_BLANKS)), 64)


def _number(text: str) -> str:
    number = text.strip(_BLANKS)
    if _NUMBER.fullmatch(number) is None:
        raise NoValue(f"'{text}' is no number")
    return number


def _floating(text: str) -> float:
    if _NUMBER_OF_JAVA.fullmatch(text.strip(_BLANKS)) is not None:
        raise ValueError(f"'{text}' is a number of Java that is not supported here")
    return float(_number(text))


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(_number(text))
    except InvalidOperation:
        raise NoValue(f"'{text}' is no decimal") from None


def _decimal_text(number: Decimal) -> str:
    if abs(number.adjusted()) > _MOST_DIGITS:
        raise ValueError(f"{number} has more than {_MOST_DIGITS} digits")
    return format(number, "f")


def _truncated(number: Any) -> int:
    if isinstance(number, Decimal) and number.adjusted() > _MOST_DIGITS:  # it would take long to write it out
        raise NoValue(f"{number} has more than 64 bits")
    try:
        found = int(number)
    except (OverflowError, ValueError):  # infinite, or not a number
        raise NoValue(f"{number} is no whole number") from None
    return within(found, 64)


def _boolean(text: str) -> bool:
    found = _BOOLEANS.get(text.strip(_BLANKS).lower())
    if found is None:
        raise NoValue(f"'{text}' is no boolean")
    return found


def _date(text: str) -> date:
    said = text.strip(_BLANKS)
    found = _DATE.fullmatch(said)
    if found is None:
        raise _no_time(text, _OTHER_DATE.fullmatch(said) is not None)
    try:
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        raise _no_time(text, found[1] == _YEAR_0) from None


def _no_time(text: str, is_one_of_spark: bool) -> ValueError:
    """The error for a text that is no date or time here."""
    if is_one_of_spark:
        return ValueError(f"'{text}' may be a date or a time of Spark, but its form is not supported here")
    return NoValue(f"'{text}' is no date or time")


def _timestamp(text: str) -> datetime:
    said = text.strip(_BLANKS)
    found = _TIMESTAMP.fullmatch(said)
    if found is None:
        raise _no_time(text, _OTHER_TIMESTAMP.fullmatch(said) is not None)
    year, month, day, hour, minute, second = (int(found[n] or 0) for n in range(1, 7))
    micros = int((found[7] or "").ljust(6, "0")[:6])
    try:
        at = datetime(year, month, day, hour, minute, second, micros)
    except ValueError:
        raise _no_time(text, found[1] == _YEAR_0) from None
    zone = found[8]
    if zone is None or zone == "Z":
        return at
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:]))
    if offset > _MOST_OFFSET or int(zone[4:]) > 59:
        raise NoValue(f"'{text}' is no date or time")
    try:
        return at - offset if zone[0] == "+" else at + offset
    except OverflowError:
        raise ValueError(f"'{text}' is beyond the years 1 to 9999") from None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _seconds(at: datetime) -> int:
    return int(at.replace(tzinfo=UTC).timestamp() // 1)


_CASTS: Final[dict[tuple[Kind, Kind], Cast]] = {
    (Kind.TEXT, Kind.INT): lambda text: within(_whole(text), 32),
    (Kind.TEXT, Kind.LONG): _whole,
    (Kind.TEXT, Kind.DECIMAL): _decimal,
    (Kind.TEXT, Kind.DOUBLE): _floating,
    (Kind.TEXT, Kind.BOOLEAN): _boolean,
    (Kind.TEXT, Kind.DATE): _date,
    (Kind.TEXT, Kind.TIMESTAMP): _timestamp,
    **{(kind, Kind.TEXT): str for kind in WHOLE},
    (Kind.INT, Kind.LONG): int,
    (Kind.LONG, Kind.INT): lambda number: within(number, 32),
    **{(kind, Kind.DECIMAL): Decimal for kind in WHOLE},
    **{(kind, Kind.DOUBLE): float for kind in (*WHOLE, Kind.DECIMAL)},
    **{(kind, whole): _truncated for kind in (Kind.DECIMAL, Kind.DOUBLE, Kind.BOOLEAN) for whole in WHOLE},
    (Kind.DECIMAL, Kind.TEXT): _decimal_text,
    **{(kind, Kind.BOOLEAN): bool for kind in WHOLE},
    (Kind.BOOLEAN, Kind.TEXT): lambda value: str(value).lower(),
    (Kind.DATE, Kind.TEXT): date.isoformat,
    (Kind.DATE, Kind.TIMESTAMP): _midnight,
    (Kind.TIMESTAMP, Kind.TEXT): text_of_time,
    (Kind.TIMESTAMP, Kind.DATE): datetime.date,
    (Kind.TIMESTAMP, Kind.LONG): _seconds,
}
