"""Schedules of AWS: `cron(MINUTES HOURS DAY-OF-MONTH MONTH DAY-OF-WEEK YEAR)`, in UTC.

Source: docs/reference/crawlers.md#schedules.
"""

import re
from typing import Final, NoReturn

from msgspec import Struct

from placekeeper.model.errors import InvalidInputException

_CRON: Final = re.compile(r"cron\((?P<fields>[^()]*)\)")
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_COUNT: Final = 6
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4


class _Field(Struct, frozen=True):
    """One field: its bounds, names for its numbers from `least` on, and what else it may be."""

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()
    special: str = r"(?!)"


_FIELDS: Final = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31, special=r"\?|L|LW|\d{1,2}W"),
    _Field("month", 1, 12, names=_MONTHS),
    _Field("day of week", 1, 7, names=_DAYS, special=r"\?|L|[1-7]L|[1-7]#[1-5]"),
    _Field("year", 1970, 2199),
)


def check_schedule(text: str) -> None:
    """Raises InvalidInputException, with the field, for what is no schedule of AWS."""
    found = _CRON.fullmatch(text.strip())
    if found is None:
        _refuse(text, "it is not cron(…)")
    fields = found["fields"].split()
    if len(fields) != _COUNT:
        _refuse(text, f"it has {len(fields)} fields, not {_COUNT}")
    for field, given in zip(_FIELDS, fields, strict=True):
        for part in given.upper().split(","):
            if not _is_part(field, part):
                _refuse(text, f"{given!r} is no {field.name}")
    if (fields[_DAY_OF_MONTH] == "?") == (fields[_DAY_OF_WEEK] == "?"):
        _refuse(text, "one of day of month and day of week has to be ?, and only one")


def _is_part(field: _Field, part: str) -> bool:
    """Whether a part is `*`, a number, a range, any of them with a step, or a special word of the field."""
    if re.fullmatch(field.special, part):
        return True
    span, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and 0 < int(step) <= field.most):
        return False
    if span == "*":
        return True
    ends = span.split("-")
    numbers = [_number(field, end) for end in ends]
    return len(ends) in (1, 2) and None not in numbers


def _number(field: _Field, text: str) -> int | None:
    number = field.names.index(text) + field.least if text in field.names else -1
    if number < 0 and text.isascii() and text.isdecimal():
        number = int(text)
    return number if field.least <= number <= field.most else None


def _refuse(text: str, why: str) -> NoReturn:
    raise InvalidInputException(
        f"The schedule {text!r} is not valid: {why}. Write six fields, as in cron(15 12 * * ? *): minutes, "
        "hours, day of month, month, day of week, year, in UTC."
    )
