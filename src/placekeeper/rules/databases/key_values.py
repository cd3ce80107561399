"""Values of bookmark keys as numbers and times: the few things that are computed with them here.

Keys are compared by their database alone. Here a time is moved, and a whole number is taken out or put in.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from placekeeper.model.databases import Key, KeyType, KeyValue

_TIMES: Final = frozenset({"date", "timestamp", "timestamptz"})
INFINITIES: Final = frozenset({"infinity", "-infinity"})
"""PostgreSQL's times after and before all others."""

_EPOCH: Final = datetime(1970, 1, 1)


def is_time(key_type: KeyType) -> bool:
    """Whether values of a type are times, so that a clock can bound them."""
    return key_type in _TIMES


def time_value(key_type: KeyType, us: int) -> KeyValue | None:
    """The value of a time (microseconds since 1970): of a date, its day. None beyond the years 1 to 9999."""
    try:
        found = _EPOCH + timedelta(microseconds=us)
    except OverflowError:
        return None
    if key_type == "date":
        return KeyValue("date", found.date().isoformat())
    text = found.isoformat(timespec="microseconds")
    return KeyValue(key_type, f"{text}Z" if key_type == "timestamptz" else text)


def moved(value: KeyValue, seconds: int) -> KeyValue | None:
    """A time so many seconds later, before for a negative number; a date by whole days, rounded away.

    None for what is no time of the years 1 to 9999, such as PostgreSQL's infinity.
    """
    try:
        if value.type == "date":
            days = -(-abs(seconds) // 86_400)
            day = date.fromisoformat(value.text) + timedelta(days=days if seconds > 0 else -days)
            return KeyValue("date", day.isoformat())
        found = datetime.fromisoformat(value.text)
        if found.tzinfo is not None:
            found = found.astimezone(UTC).replace(tzinfo=None)
        return time_value(value.type, (found - _EPOCH) // timedelta(microseconds=1) + seconds * 1_000_000)
    except (ValueError, OverflowError):
        return None


def whole_number(key: Key | None) -> int | None:
    """The only value of a key, if it is a whole number."""
    if key is None or len(key) != 1 or key[0].type != "int":
        return None
    return int(key[0].text)


def key_text(key: Key | None) -> str:
    """A key as people read it: `(2026-01-01T00:00:00Z, 17)`."""
    if key is None:
        return "nothing"
    texts = [value.text for value in key]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def types_of(key: Sequence[KeyValue]) -> tuple[KeyType, ...]:
    """The types of a key's values."""
    return tuple(value.type for value in key)


def of_numbers(numbers: Iterable[int]) -> Key:
    """A key of whole numbers."""
    return tuple(KeyValue("int", str(number)) for number in numbers)
