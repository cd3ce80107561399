"""The escapers of a block of CSV."""

from typing import Final

import numpy as np

from placekeeper.runtime.formats.csv.dialect import CARRIAGE_RETURN, LINE_FEED, Dialect
from placekeeper.runtime.formats.csv.places import NOWHERE, Positions, Wrong


def escapes_in(data: bytes, dialect: Dialect) -> Positions:
    """The escapers that escape what follows: of a run of escapers, every second."""
    if dialect.escape is None or dialect.escape.encode() not in data:
        return NOWHERE
    at = np.flatnonzero(np.frombuffer(data, np.uint8) == ord(dialect.escape)).astype(np.int32)
    begins = np.ones(len(at), bool)
    begins[1:] = at[1:] != at[:-1] + 1
    place = np.arange(len(at))
    in_run = place - np.maximum.accumulate(np.where(begins, place, 0))
    escapes: Positions = at[in_run % 2 == 0]
    return escapes


def wrong_escape(data: bytes, escapes: Positions, dialect: Dialect) -> Wrong | None:
    """The first line end that no escaper may stand before."""
    if not len(escapes):
        return None
    escaped = escapes[escapes < len(data) - 1] + 1
    kind = np.frombuffer(data, np.uint8).take(escaped)
    ends = escaped[(kind == LINE_FEED) | (kind == CARRIAGE_RETURN)]
    if not dialect.multi_line:
        return Wrong(int(ends[0]) - 1, _ESCAPED_END.format(escape=dialect.escape)) if len(ends) else None
    two = next((int(end) for end in ends if data[end : end + 2] == b"\r\n"), None)
    return None if two is None else Wrong(two - 1, _ESCAPED_PAIR.format(escape=dialect.escape))


_ESCAPED_END: Final = (
    "the escaper ({escape}) stands before the end of the line. Pass the format option multiLine: True if "
    "values hold line breaks; double the escaper if the value ends with it."
)
_ESCAPED_PAIR: Final = (
    "the escaper ({escape}) stands before a line end of two characters, and escapes one. Quote the value, or "
    "write line ends as \\n alone."
)
