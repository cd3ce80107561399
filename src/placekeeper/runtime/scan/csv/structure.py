"""Where the rows and fields of a block of CSV are: the grammar of docs/reference/csv.md, on arrays.

A block begins where a row begins. A separator or a line end counts where the number of quotes before it is
even; that is exact, because a quote may stand only around a field, or doubled within it. Every other quote is
found here and named, so no block is ever read as other rows than its characters say.

A special is a byte that is not escaped and may end a field or quote it: a separator, a line feed, a carriage
return or a quote.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from placekeeper.runtime.scan.csv.dialect import CARRIAGE_RETURN, LINE_FEED, Dialect
from placekeeper.runtime.scan.csv.escapes import escapes_in, wrong_escape
from placekeeper.runtime.scan.csv.places import Bytes, Flags, Positions, Wrong, first_of
from placekeeper.runtime.scan.csv.quotes import Quotes, quotes_of


@dataclass(frozen=True)
class Rows:
    """The whole rows at the beginning of a block. Blank lines are none of them.

    bounds: of the text of every field in `data`, without its quotes: its start and its end, by turns
    first, counts: of every row, the ordinal of its first field and how many fields it has
    spelled: ordinals of fields that hold doubled quotes or escapes
    end, lines: how many bytes and lines the rows take, blank lines included
    wrong: what breaks the grammar. Rows that end before it are right, the others mean nothing.
    """

    data: bytes
    bounds: Positions
    first: Positions
    counts: Positions
    spelled: Positions
    end: int
    lines: int
    wrong: Wrong | None

    def __len__(self) -> int:
        return len(self.first)

    def begin_of(self, row: int) -> int:
        """The byte at which the text of a row's first field begins."""
        return int(self.bounds[2 * self.first[row]])

    def end_of(self, row: int) -> int:
        """The byte at which the text of a row's last field ends."""
        return int(self.bounds[2 * (self.first[row] + self.counts[row]) - 1])


def rows_of(data: bytes, dialect: Dialect, *, final: bool) -> Rows:
    """The whole rows at the beginning of `data`.

    `final` says that nothing follows. The caller then adds a line end to what is left of the file; at worst
    that is a blank line, and no row. Otherwise `data` must not end with a carriage return: nobody knows yet
    whether a line feed belongs to it.
    """
    escapes = escapes_in(data, dialect)
    at, kind = _special(data, dialect, escapes)
    quotes = quotes_of(at, kind, len(data), dialect)
    ends = _ends(data, at, kind, quotes)
    breaks = np.flatnonzero(ends.kind != ord(dialect.separator)).astype(np.int32)
    count = int(breaks[-1]) + 1 if len(breaks) else 0
    end = int(ends.after[count - 1]) if count else 0
    bounds = np.zeros(count * 2, np.int32)
    bounds[1::2] = ends.at[:count]
    bounds[2::2] = ends.after[: max(count - 1, 0)]
    first, counts = _without_blank_lines(bounds, breaks)
    marks = escapes if quotes is None else np.concatenate([quotes.doubled, escapes])
    spelled = np.searchsorted(ends.at[:count], marks[marks < end], side="right").astype(np.int32)
    if ends.quoted is not None:
        bounds[0::2] += ends.quoted[:count]
        bounds[1::2] -= ends.quoted[:count]
    wrong = first_of(wrong_escape(data, escapes, dialect), None if quotes is None else quotes.wrong)
    if wrong is None and final and end < len(data):
        wrong = _unfinished(quotes, escapes)
    lines = lines_in(data[:end]) if dialect.multi_line else len(breaks)
    return Rows(data, bounds, first, counts, spelled, end, lines, wrong)


def lines_in(data: bytes) -> int:
    """How many lines end in `data`: by \\n, \\r\\n or \\r."""
    feeds = data.count(b"\n")
    return feeds + data.count(b"\r") - data.count(b"\r\n") if b"\r" in data else feeds


def _special(data: bytes, dialect: Dialect, escapes: Positions) -> tuple[Positions, Bytes]:
    """Where the specials are, and what they are."""
    text = np.frombuffer(data, np.uint8)
    special = text == ord(dialect.separator)
    special |= text == LINE_FEED
    if b"\r" in data:
        special |= text == CARRIAGE_RETURN
    if dialect.quote is not None and dialect.quote.encode() in data:
        special |= text == ord(dialect.quote)
    if len(escapes):
        special[escapes[escapes < len(data) - 1] + 1] = False
    at = np.flatnonzero(special)
    return at.astype(np.int32), text.take(at)


@dataclass(frozen=True)
class _Ends:
    """The ends of fields: where each is, what it is, the byte after it, and whether the field is quoted."""

    at: Positions
    kind: Bytes
    after: Positions
    quoted: Flags | None


def _ends(data: bytes, at: Positions, kind: Bytes, quotes: Quotes | None) -> _Ends:
    """Each line end counts once: a carriage return that has its line feed takes two bytes."""
    quoted = None
    if quotes is not None:
        at, kind, quoted = at.take(quotes.outside), kind.take(quotes.outside), quotes.quoted
    after = at + 1
    if b"\r" not in data:  # one byte is found ten times faster than two
        return _Ends(at, kind, after, quoted)
    pairs = np.flatnonzero((kind[:-1] == CARRIAGE_RETURN) & (kind[1:] == LINE_FEED) & (after[:-1] == at[1:]))
    after[pairs] += 1
    single = np.ones(len(at), bool)
    single[pairs + 1] = False
    kept = np.flatnonzero(single)
    return _Ends(
        at.take(kept), kind.take(kept), after.take(kept), None if quoted is None else quoted.take(kept)
    )


def _without_blank_lines(bounds: Positions, breaks: Positions) -> tuple[Positions, Positions]:
    """The first field of every row that is not blank, and how many it has."""
    first = np.zeros(len(breaks), np.int32)
    first[1:] = breaks[:-1] + 1
    counts = breaks - first + 1
    single = counts == 1
    if single.any():
        blank = single & (bounds.take(first * 2) == bounds.take(first * 2 + 1))
        rows = np.flatnonzero(~blank)
        return first.take(rows), counts.take(rows)
    return first, counts


def _unfinished(quotes: Quotes | None, escapes: Positions) -> Wrong:
    """What is wrong with the end of a file that ends no row."""
    if quotes is not None and len(quotes.opening):
        return Wrong(int(quotes.opening[-1]), _UNCLOSED)
    return Wrong(int(escapes[-1]), _DANGLING)


_UNCLOSED: Final = (
    "a quote is opened on this line, and the file ends before it is closed. Close it, or pass the format "
    "option quoteChar: -1 if quotes mean nothing in this file."
)
_DANGLING: Final = (
    "the file ends after an escaper that has nothing to escape. Double it if the value ends with it."
)
