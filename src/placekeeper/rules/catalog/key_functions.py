"""The functions of Spark's SQL that a predicate over partition keys may call, by their names.

Source: docs/reference/awsglue.md#functions-of-predicates.
"""

import calendar
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from placekeeper.rules.catalog.computed import (
    Computed,
    Make,
    Row,
    applied,
    as_kind,
    common_kind,
    strict,
    wrong_number,
)
from placekeeper.rules.catalog.date_patterns import formatter, parser
from placekeeper.rules.catalog.spark_casts import BITS, Kind, within

_TEXT, _INT, _LONG = Kind.TEXT, Kind.INT, Kind.LONG
_DATE, _TIMESTAMP, _BOOLEAN = Kind.DATE, Kind.TIMESTAMP, Kind.BOOLEAN
_SPECIAL: Final = re.compile(r"[\\^$.|?*+()\[\]{}]")
_FULL_TIME: Final = "yyyy-MM-dd HH:mm:ss"


def moved_by_months(day: date, months: int) -> date:
    """A day some months later; the last of the month where that is shorter."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(
        year=years, month=month + 1, day=min(day.day, calendar.monthrange(years, month + 1)[1])
    )


def moved_by_days(day: date, days: int) -> date:
    """A day some days later. Raises ValueError beyond the year 9999."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise ValueError(f"{days} days after {day}") from None


def _concat(arguments: Sequence[Computed]) -> Computed:
    parts = [as_kind(one, _TEXT).of for one in arguments]

    def of(row: Row) -> str | None:
        texts = [part(row) for part in parts]
        return None if None in texts else "".join(texts)

    return Computed(_TEXT, of)


def _concat_ws(arguments: Sequence[Computed]) -> Computed:
    if not arguments:
        raise wrong_number(arguments)
    separator, *parts = (as_kind(one, _TEXT).of for one in arguments)

    def of(row: Row) -> str | None:
        between = separator(row)
        texts = (part(row) for part in parts)
        return None if between is None else str(between).join(text for text in texts if text is not None)

    return Computed(_TEXT, of)


def _coalesce(arguments: Sequence[Computed]) -> Computed:
    if not arguments:
        raise wrong_number(arguments)
    kind = arguments[0].kind
    for one in arguments[1:]:
        kind = common_kind(kind, one.kind)
        if _TEXT in (one.kind, arguments[0].kind) and kind is not _TEXT:
            raise ValueError("its arguments are of several types")
    parts = [as_kind(one, kind).of for one in arguments]

    def of(row: Row) -> Any:
        return next((value for value in (part(row) for part in parts) if value is not None), None)

    return Computed(kind, of)


_LONGEST: Final = 10_000
"""The longest text that lpad and rpad make (our choice): one predicate must not fill the memory."""


def _padded(text: str, length: int, fill: str = " ", *, left: bool) -> str:
    if length > _LONGEST:
        raise ValueError(f"its length {length} is more than {_LONGEST:,}")
    lacking = max(length - len(text), 0)
    more = (fill * lacking)[:lacking]
    return (more + text if left else text + more)[: max(length, 0)]


def _substring(text: str, begin: int, length: int = 2**31 - 1) -> str:
    """Places are counted from 1, and from the end where they are negative."""
    start = begin - 1 if begin > 0 else len(text) + begin if begin < 0 else 0
    return text[max(start, 0) : max(start + length, 0)]


def _replaced(text: str, search: str, other: str = "") -> str:
    return text.replace(search, other) if search else text


def _replaced_pattern(text: str, pattern: str, other: str) -> str:
    if _SPECIAL.search(pattern) or "$" in other or "\\" in other or not pattern:
        raise ValueError(f"the pattern '{pattern}' of regexp_replace is more than a plain text")
    return text.replace(pattern, other)


def _to_date(arguments: Sequence[Computed]) -> Computed:
    return _parsed(arguments, _DATE, lambda at: at.date())


def _to_timestamp(arguments: Sequence[Computed]) -> Computed:
    return _parsed(arguments, _TIMESTAMP, lambda at: at)


def _parsed(arguments: Sequence[Computed], kind: Kind, change: Callable[[datetime], Any]) -> Computed:
    match arguments:
        case [one]:
            return as_kind(one, kind)
        case [one, pattern]:
            parse = parser(_fixed(pattern))
            if one.kind in (_DATE, _TIMESTAMP):
                return as_kind(one, kind)
            return applied(as_kind(one, _TEXT), kind, lambda text: change(parse(text)))
    raise wrong_number(arguments)


def _date_format(arguments: Sequence[Computed]) -> Computed:
    if len(arguments) != 2:
        raise wrong_number(arguments)
    return applied(as_kind(arguments[0], _TIMESTAMP), _TEXT, formatter(_fixed(arguments[1])))


def _unix_timestamp(arguments: Sequence[Computed]) -> Computed:
    if len(arguments) == 1 and arguments[0].kind is _TEXT:
        parse = parser(_FULL_TIME)
        return applied(arguments[0], _LONG, lambda text: _epoch(parse(text)))
    return applied(as_kind(_to_timestamp(arguments), _TIMESTAMP), _LONG, _epoch)


def _from_unixtime(arguments: Sequence[Computed]) -> Computed:
    if len(arguments) not in (1, 2):
        raise wrong_number(arguments)
    write = formatter(_fixed(arguments[1]) if len(arguments) == 2 else _FULL_TIME)
    seconds = as_kind(arguments[0], _LONG)
    return applied(seconds, _TEXT, lambda number: write(_of_epoch(number)))


def _epoch(at: datetime) -> int:
    """Whole seconds, cut off towards 1970, which a cast is not."""
    return int((at - datetime(1970, 1, 1)) / timedelta(seconds=1))


def _of_epoch(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (OverflowError, OSError):
        raise ValueError(f"the time {seconds}") from None


def _fixed(pattern: Computed) -> str:
    """A pattern, which is the same for all rows."""

    def no_key(name: str) -> Any:
        raise ValueError(f"its pattern is made of {name}: write it as a text")

    if pattern.kind is not _TEXT:
        raise ValueError("its pattern is no text")
    return str(pattern.of(no_key))


def _begin_of(day: date, unit: str) -> date:
    """The first day of what a day is in."""
    match unit.upper():
        case "YEAR" | "YYYY" | "YY":
            return day.replace(month=1, day=1)
        case "QUARTER":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "MONTH" | "MM" | "MON":
            return day.replace(day=1)
        case "WEEK":
            return day - timedelta(days=day.weekday())
    raise ValueError(f"'{unit}' is no unit of trunc")


def _begin_of_time(unit: str, at: datetime) -> datetime:
    match unit.upper():
        case "DAY" | "DD":
            kept = at.replace(hour=0, minute=0)
        case "HOUR":
            kept = at.replace(minute=0)
        case "MINUTE":
            kept = at
        case "SECOND":
            return at.replace(microsecond=0)
        case _:
            begin = _begin_of(at.date(), unit)
            return datetime(begin.year, begin.month, begin.day)
    return kept.replace(second=0, microsecond=0)


def _last_day(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _part(of: Callable[[date], int]) -> Make:
    return strict(_INT, _DATE)(of)


def _time_part(of: Callable[[datetime], int]) -> Make:
    return strict(_INT, _TIMESTAMP)(of)


def _absolute(arguments: Sequence[Computed]) -> Computed:
    match arguments:
        case [one] if one.kind in BITS:
            bits = BITS[one.kind]
            return applied(one, one.kind, lambda number: within(abs(number), bits))
        case [one] if one.kind is Kind.DOUBLE:
            return applied(one, one.kind, abs)
    raise ValueError("it takes one number")


def _is_null(arguments: Sequence[Computed]) -> Computed:
    if len(arguments) != 1:
        raise wrong_number(arguments)
    return Computed(_BOOLEAN, lambda row: arguments[0].of(row) is None)


def _is_not_null(arguments: Sequence[Computed]) -> Computed:
    if len(arguments) != 1:
        raise wrong_number(arguments)
    return Computed(_BOOLEAN, lambda row: arguments[0].of(row) is not None)


FUNCTIONS: Final[Mapping[str, Make]] = MappingProxyType(
    {
        "concat": _concat,
        "concat_ws": _concat_ws,
        **dict.fromkeys(("coalesce", "nvl", "ifnull"), _coalesce),
        "lpad": strict(_TEXT, _TEXT, _INT, _TEXT, least=2)(lambda *said: _padded(*said, left=True)),
        "rpad": strict(_TEXT, _TEXT, _INT, _TEXT, least=2)(lambda *said: _padded(*said, left=False)),
        **dict.fromkeys(("substr", "substring"), strict(_TEXT, _TEXT, _INT, _INT, least=2)(_substring)),
        "left": strict(_TEXT, _TEXT, _INT)(lambda text, length: text[: max(length, 0)]),
        "right": strict(_TEXT, _TEXT, _INT)(
            lambda text, length: text[max(len(text) - length, 0) :] if length > 0 else ""
        ),
        "trim": strict(_TEXT, _TEXT)(lambda text: text.strip(" ")),
        "ltrim": strict(_TEXT, _TEXT)(lambda text: text.lstrip(" ")),
        "rtrim": strict(_TEXT, _TEXT)(lambda text: text.rstrip(" ")),
        **dict.fromkeys(("upper", "ucase"), strict(_TEXT, _TEXT)(str.upper)),
        **dict.fromkeys(("lower", "lcase"), strict(_TEXT, _TEXT)(str.lower)),
        **dict.fromkeys(("length", "char_length", "character_length"), strict(_INT, _TEXT)(len)),
        "replace": strict(_TEXT, _TEXT, _TEXT, _TEXT, least=2)(_replaced),
        "regexp_replace": strict(_TEXT, _TEXT, _TEXT, _TEXT)(_replaced_pattern),
        "startswith": strict(_BOOLEAN, _TEXT, _TEXT)(str.startswith),
        "endswith": strict(_BOOLEAN, _TEXT, _TEXT)(str.endswith),
        "contains": strict(_BOOLEAN, _TEXT, _TEXT)(lambda text, part: part in text),
        "to_date": _to_date,
        "date": strict(_DATE, _DATE)(lambda day: day),
        "to_timestamp": _to_timestamp,
        "timestamp": strict(_TIMESTAMP, _TIMESTAMP)(lambda at: at),
        "date_format": _date_format,
        "unix_timestamp": _unix_timestamp,
        "from_unixtime": _from_unixtime,
        "year": _part(lambda day: day.year),
        "quarter": _part(lambda day: (day.month + 2) // 3),
        "month": _part(lambda day: day.month),
        **dict.fromkeys(("day", "dayofmonth"), _part(lambda day: day.day)),
        "dayofweek": _part(lambda day: day.isoweekday() % 7 + 1),
        "weekday": _part(date.weekday),
        "dayofyear": _part(lambda day: day.timetuple().tm_yday),
        "weekofyear": _part(lambda day: day.isocalendar().week),
        "hour": _time_part(lambda at: at.hour),
        "minute": _time_part(lambda at: at.minute),
        "second": _time_part(lambda at: at.second),
        "date_add": strict(_DATE, _DATE, _INT)(moved_by_days),
        "date_sub": strict(_DATE, _DATE, _INT)(lambda day, days: moved_by_days(day, -days)),
        "add_months": strict(_DATE, _DATE, _INT)(moved_by_months),
        "last_day": strict(_DATE, _DATE)(_last_day),
        "trunc": strict(_DATE, _DATE, _TEXT)(_begin_of),
        "date_trunc": strict(_TIMESTAMP, _TEXT, _TIMESTAMP)(_begin_of_time),
        **dict.fromkeys(
            ("datediff", "date_diff"), strict(_INT, _DATE, _DATE)(lambda one, other: (one - other).days)
        ),
        "make_date": strict(_DATE, _INT, _INT, _INT)(date),
        "abs": _absolute,
        "isnull": _is_null,
        "isnotnull": _is_not_null,
    }
)
"""The functions by their names in lower case."""
