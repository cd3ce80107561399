"""Dates and times of years that Python does not have, or Arrow spells otherwise: before 1 and after 9999."""

import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.databases.writing.casts import Changed, is_beyond, ticks_of

_DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime.date(1970, 1, 1).toordinal()
_FIRST: Final = datetime.date.min.toordinal() - _EPOCH
_LAST: Final = datetime.date.max.toordinal() - _EPOCH
_CYCLE_DAYS: Final = 146_097
_CYCLE_YEARS: Final = 400


def refuse_other_years(array: pa.Array) -> None:
    """Raises Changed for a date or timestamp before the year 1 or after 9999."""
    if has_other_years(array):
        raise Changed("it has the years 1 to 9999")


def has_other_years(array: pa.Array) -> bool:
    """Whether a date or timestamp is before the year 1 or after 9999."""
    is_day = pat.is_date(array.type) or pat.is_timestamp(array.type)
    return is_day and is_beyond(array, _FIRST, _LAST)


def postgres_texts(array: pa.Array) -> pa.Array:
    """Dates and timestamps of any year as PostgreSQL takes them: `0044-03-15 BC`."""
    spell = _day_text if pat.is_date(array.type) else _moment_text
    zone = "+00" if pat.is_timestamp(array.type) and array.type.tz else ""
    texts = [None if tick is None else spell(tick, zone) for tick in ticks_of(array).to_pylist()]
    return pa.array(texts, pa.string())


def time_text(value: Any) -> str:
    """A date or timestamp of a year that Python does not have, for people; "" for any other value."""
    array = pa.array([value])
    return postgres_texts(array)[0].as_py() if has_other_years(array) else ""


def _day_text(days: int, zone: str = "", time: str = "") -> str:
    cycles, rest = divmod(days + _EPOCH - 1, _CYCLE_DAYS)
    day = datetime.date.fromordinal(rest + 1)
    year = day.year + cycles * _CYCLE_YEARS
    said = f"{year if year > 0 else 1 - year:04}-{day.month:02}-{day.day:02}{time}{zone}"
    return said if year > 0 else f"{said} BC"


def _moment_text(micros: int, zone: str) -> str:
    days, rest = divmod(micros, _DAY_US)
    seconds, fraction = divmod(rest, 1_000_000)
    return _day_text(
        days, zone, f" {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{fraction:06}"
    )
