"""How far runs look back in a table of a database, from a source's options and the run's arguments.

Source: docs/reference/database-bookmarks.md#looking-back.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from placekeeper.model.databases import LookBack
from placekeeper.model.errors import UsageError

LOOK_BACK_ARGUMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "--bookmark-look-back": "bookmarkLookBack",
        "--bookmark-hold-back": "bookmarkHoldBack",
        "--bookmark-missing-keys": "bookmarkMissingKeys",
    }
)
"""Job arguments, and the options that override them for one source."""

_UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "day": 86_400}
)
_AMOUNT: Final = re.compile(r"([0-9]{1,12})\s*([a-z]*)", re.ASCII)
_LONGEST_S: Final = 10 * 365 * 86_400
_EXAMPLES: Final = "'10000 rows', '15 minutes' or '10000 rows, 1 hour'"


def look_back(options: Mapping[str, Any], arguments: Mapping[str, str]) -> LookBack:
    """How far runs look back: the source's own options over the run's arguments over the defaults.

    Raises UsageError for a value that is neither a number of rows nor a time.
    """
    said = {own: (name, arguments[name]) for name, own in LOOK_BACK_ARGUMENTS.items() if name in arguments}
    said |= {own: (own, options[own]) for own in LOOK_BACK_ARGUMENTS.values() if options.get(own) is not None}
    default = LookBack()
    rows, seconds = default.rows, default.seconds
    if "bookmarkLookBack" in said:
        rows, seconds = _distance(*said["bookmarkLookBack"], default)
    return LookBack(
        rows=rows,
        seconds=seconds,
        missing_seconds=_seconds(*said.get("bookmarkMissingKeys", ("", default.missing_seconds))),
        hold_back_seconds=_seconds(*said.get("bookmarkHoldBack", ("", default.hold_back_seconds))),
    )


def _distance(name: str, value: object, default: LookBack) -> tuple[int, int]:
    """Rows and seconds; what the value does not say keeps its default."""
    rows, seconds = default.rows, default.seconds
    for part in str(value).split(","):
        amount, unit = _amount(part)
        if amount is None or isinstance(value, bool):
            raise UsageError(
                f"{name} is a number of rows, a time, or both, such as {_EXAMPLES}, not {value!r}"
            )
        if unit in ("", "row"):
            rows = amount
        else:
            seconds = _time(name, amount, unit, value)
    return rows, seconds


def _seconds(name: str, value: object) -> int:
    """A time in seconds; a number without a unit is seconds already."""
    amount, unit = _amount(str(value))
    if amount is None or unit == "row" or isinstance(value, bool):
        raise UsageError(f"{name} is a time, such as '15 minutes', '1 hour' or '90' seconds, not {value!r}")
    return _time(name, amount, unit or "s", value)


def _time(name: str, amount: int, unit: str, value: object) -> int:
    seconds = amount * _UNITS[unit]
    if seconds > _LONGEST_S:
        raise UsageError(f"{name} is a time of at most ten years, not {value!r}")
    return seconds


def _amount(text: str) -> tuple[int | None, str]:
    match = _AMOUNT.fullmatch(text.strip().lower())
    if match is None:
        return None, ""
    unit = match[2] if match[2] in _UNITS else match[2].removesuffix("s")
    return (int(match[1]), unit) if unit in (*_UNITS, "row", "") else (None, "")
