"""Patterns of Java for dates and timestamps, as Spark's options have them: `yyyy-MM-dd HH:mm:ss`."""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from placekeeper.model.errors import UnsupportedFeature

_PIECES: Final = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[\[\]]|[^A-Za-z'\[\]]+")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT: Final = 3

Moment = datetime.datetime
Piece = Callable[[Moment], str]


def formatter(pattern: str, option: str) -> Piece:
    """A function that spells a moment, with its zone if it has one.

    Raises UnsupportedFeature for letters that are not written here; `option` is what gives the pattern.
    """
    pieces = list(_pieces(pattern, option))
    return lambda moment: "".join(piece(moment) for piece in pieces)


def _pieces(pattern: str, option: str) -> Iterator[Piece]:
    end = 0
    for found in _PIECES.finditer(pattern):
        if found.start() != end:
            break
        end = found.end()
        text, letter = found[0], found[2]
        if letter:
            yield _of_letter(letter, len(text), text, pattern, option)
        elif found[1] is not None:
            yield _constant(found[1].replace("''", "'") or "'")
        elif text not in ("[", "]"):  # a part that may be left out when reading
            yield _constant(text)
    if end != len(pattern):
        raise UnsupportedFeature(f"The option {option} is {pattern!r}, in which a quote is not closed.")


def _constant(text: str) -> Piece:
    return lambda _moment: text


def _of_letter(letter: str, count: int, text: str, pattern: str, option: str) -> Piece:
    if letter in _NUMBERS:
        number = _NUMBERS[letter]
        return lambda moment: str(number(moment)).zfill(count)
    if letter in _WORDS:
        return _WORDS[letter](count)
    raise UnsupportedFeature(
        f"The option {option} is {pattern!r}, and {text!r} is not written here. Format the column with "
        "date_format() before the write."
    )


_NUMBERS: Final[Mapping[str, Callable[[Moment], int]]] = {
    "d": lambda moment: moment.day,
    "D": lambda moment: moment.timetuple().tm_yday,
    "H": lambda moment: moment.hour,
    "k": lambda moment: moment.hour or 24,
    "K": lambda moment: moment.hour % 12,
    "h": lambda moment: moment.hour % 12 or 12,
    "m": lambda moment: moment.minute,
    "s": lambda moment: moment.second,
}


def _year(count: int) -> Piece:
    if count == len("yy"):
        return lambda moment: f"{moment.year % 100:02d}"
    return lambda moment: str(moment.year).zfill(count)


def _month(count: int) -> Piece:
    if count > _SHORT:
        return lambda moment: _MONTHS[moment.month - 1]
    if count == _SHORT:
        return lambda moment: _MONTHS[moment.month - 1][:_SHORT]
    return lambda moment: str(moment.month).zfill(count)


def _day_name(count: int) -> Piece:
    return lambda moment: _DAYS[moment.weekday()][: None if count > _SHORT else _SHORT]


def _fraction(count: int) -> Piece:
    return lambda moment: f"{moment.microsecond:06d}000"[:count].ljust(count, "0")


def _offset(zero: str) -> Callable[[int], Piece]:
    def of(count: int) -> Piece:
        def spell(moment: Moment) -> str:
            minutes = int((moment.utcoffset() or datetime.timedelta()).total_seconds()) // 60
            if minutes == 0 and zero:
                return zero
            sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
            colon = ":" if count in (3, 5) else ""
            return f"{sign}{hours:02d}" if count == 1 and not rest else f"{sign}{hours:02d}{colon}{rest:02d}"

        return spell

    return of


def _zone_name(_count: int) -> Piece:
    return lambda moment: moment.tzname() or ""


def _zone_id(_count: int) -> Piece:
    return lambda moment: str(moment.tzinfo or "")


_WORDS: Final[Mapping[str, Callable[[int], Piece]]] = {
    "y": _year,
    "M": _month,
    "L": _month,
    "E": _day_name,
    "S": _fraction,
    "a": lambda _count: lambda moment: "AM" if moment.hour < 12 else "PM",
    "X": _offset("Z"),
    "x": _offset(""),
    "Z": lambda count: _offset("")(2 if count <= _SHORT else 3),
    "z": _zone_name,
    "V": _zone_id,
}
