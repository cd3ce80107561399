"""The places of the rows and fields in a block of CSV: the grammar of docs/reference/csv.md, on arrays.

A block begins where a row begins. A separator or a line end counts where the number of quotes before it is
even. That is exact where each quote stands around a field or is doubled within it. Quotes that are plain
characters are found first and left out; every other quote is an error and is named.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from placekeeper.runtime.formats.csv.bounds import Bounds
from placekeeper.runtime.formats.csv.dialect import CARRIAGE_RETURN, LINE_FEED, Dialect
from placekeeper.runtime.formats.csv.escapes import escapes_in, wrong_escape
from placekeeper.runtime.formats.csv.places import NOWHERE, Bytes, Flags, Positions, Wrong, first_of
from placekeeper.runtime.formats.csv.quotes import Quotes, quotes_of

_LINE_END: Final = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class Rows:
    """The whole rows at the beginning of a block. Blank lines are none of them.

    fields: where the fields are in `data`
    first, counts: of every row, the ordinal of its first field and how many fields it has
    spelled: ordinals of fields that hold doubled quotes or escapes
    has_plain: whether fields that are not quoted hold quotes
    end, lines: how many bytes and lines the rows take, blank lines included
    wrong: what breaks the grammar. Rows that end before it are right, the others mean nothing
    quote: the byte that is the quote; 0 if there is none
    """

    data: bytes
    fields: Bounds
    first: Positions
    counts: Positions
    spelled: Positions
    has_plain: bool
    end: int
    lines: int
    wrong: Wrong | None
    quote: int

    def __len__(self) -> int:
        return len(self.first)

    @property
    def bounds(self) -> Positions:
        """Of the text of every field in `data`, without its quotes: its start and its end, by turns."""
        return self.fields.all

    def parts(self, most: int) -> Iterator["Rows"]:
        """The same rows, at most `most` at a time."""
        if len(self) <= most:
            yield self
            return
        for begin in range(0, len(self), most):
            first, counts = self.first[begin : begin + most], self.counts[begin : begin + most]
            is_here = (self.spelled >= first[0]) & (self.spelled < first[-1] + counts[-1])
            yield replace(self, first=first, counts=counts, spelled=self.spelled[is_here])

    def chosen(self, chosen: Flags) -> "Rows":
        """Some of the same rows."""
        row = np.searchsorted(self.first, self.spelled, side="right") - 1
        spelled = self.spelled[chosen.take(row)] if len(self) else NOWHERE
        return replace(self, first=self.first[chosen], counts=self.counts[chosen], spelled=spelled)

    def before_wrong(self) -> "tuple[Rows, int, int | None]":
        """The rows before the one that is wrong, where that begins, and where the line ends that is wrong.

        The last is None if the line goes on beyond the block.
        """
        assert self.wrong is not None  # noqa: S101 - the caller looks
        ends = self.bounds.take(2 * (self.first + self.counts) - 1)
        late = np.flatnonzero(ends >= self.wrong.position)
        count = int(late[0]) if len(late) else len(self)
        before = None if count == 0 else _LINE_END.search(self.data, self.end_of(count - 1))
        begin = 0 if before is None else before.end()
        line_end = _LINE_END.search(self.data, self.wrong.position)
        stop = None if line_end is None else line_end.end()
        end = begin if stop is None else stop
        right = self.chosen(np.arange(len(self)) < count)
        return replace(right, end=end, lines=lines_in(self.data[:end]), wrong=None), begin, stop

    def text_of(self, row: int) -> tuple[bytes, int]:
        """The line or lines of a row, without their end, and where they end."""
        begin, end = self.begin_of(row), self.end_of(row)
        ordinals = np.array([self.first[row], self.first[row] + self.counts[row] - 1], np.int32)
        quoted = self.are_quoted(ordinals)
        end += int(quoted[1])
        return self.data[begin - int(quoted[0]) : end], end

    def are_quoted(self, ordinals: Positions) -> Flags:
        """Whether fields stand in quotes."""
        starts = self.bounds.take(ordinals * 2, mode="clip")
        before = np.frombuffer(self.data, np.uint8).take(starts - 1, mode="clip")
        quoted: Flags = (starts > 0) & (before == self.quote)
        return quoted

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
    text = np.frombuffer(data, np.uint8)
    escapes = escapes_in(data, dialect)
    escaped = escapes[escapes < len(data) - 1] + 1
    special = _ends_of_fields(data, text, escaped, dialect)
    quotes = None
    if dialect.quote is not None and dialect.quote.encode() in data:
        is_quote = text == ord(dialect.quote)
        is_quote[escaped] = False
        quotes = quotes_of(text, special, is_quote, dialect)
        special = quotes.ends
    ends = _ends(data, text, special)
    breaks = np.flatnonzero(ends.kind != ord(dialect.separator)).astype(np.int32)
    count = int(breaks[-1]) + 1 if len(breaks) else 0
    end = int(ends.after[count - 1]) if count else 0
    quote = None if quotes is None else ord(dialect.quote or "")
    fields = Bounds(text, ends.at[:count], ends.after[:count], quote)
    first, counts = _without_blank_lines(fields, breaks)
    spelled = _spelled(ends.at, special, None if quotes is None else quotes.doubled, escapes)
    wrong = first_of(wrong_escape(data, escapes, dialect), None if quotes is None else quotes.wrong)
    if wrong is None and final and end < len(data):
        wrong = _unfinished(quotes, escapes)
    lines = lines_in(data[:end]) if dialect.multi_line else len(breaks)
    has_plain = quotes is not None and quotes.has_plain
    return Rows(
        data, fields, first, counts, spelled, has_plain, end, lines, wrong, ord(dialect.quote or "\0")
    )


def lines_in(data: bytes) -> int:
    """The number of lines that end in `data`, by \\n, \\r\\n or \\r."""
    feeds = data.count(b"\n")
    return feeds + data.count(b"\r") - data.count(b"\r\n") if b"\r" in data else feeds


def _ends_of_fields(data: bytes, text: Bytes, escaped: Positions, dialect: Dialect) -> Flags:
    """The separators, line feeds and carriage returns that are not escaped."""
    flags: Flags = text == ord(dialect.separator)
    flags |= text == LINE_FEED
    if b"\r" in data:
        flags |= text == CARRIAGE_RETURN
    flags[escaped] = False
    return flags


@dataclass(frozen=True)
class _Ends:
    """The ends of fields: where each is, what it is, and the byte after it."""

    at: Positions
    kind: Bytes
    after: Positions


def _ends(data: bytes, text: Bytes, special: Flags) -> _Ends:
    """Each line end counts once, in `special` too: a CR that has its LF takes two bytes."""
    found = np.flatnonzero(special)
    at, kind = found.astype(np.int32), text.take(found)
    after = at + 1
    if b"\r" not in data:  # one byte is found ten times faster than two
        return _Ends(at, kind, after)
    # A line feed after its carriage return is no end of its own.
    pairs = np.flatnonzero((kind[:-1] == CARRIAGE_RETURN) & (kind[1:] == LINE_FEED) & (after[:-1] == at[1:]))
    after[pairs] += 1
    single = np.ones(len(at), bool)
    single[pairs + 1] = False
    special[at[pairs + 1]] = False
    kept = np.flatnonzero(single)
    return _Ends(at.take(kept), kind.take(kept), after.take(kept))


def _spelled(ends: Positions, special: Flags, doubled: Flags | None, escapes: Positions) -> Positions:
    """Ordinals of the fields that hold doubled quotes or escapes: how many fields end before each.

    `special` flags the `ends`. Few marks are looked up one by one, many are counted along with the ends.
    """
    marked = np.zeros(len(special), bool) if doubled is None and len(escapes) else doubled
    if marked is None:
        return NOWHERE
    marked[escapes] = True
    marks = np.flatnonzero(marked)
    if len(marks) * 4 < len(ends):
        return np.searchsorted(ends, marks.astype(np.int32)).astype(np.int32)
    both = np.flatnonzero(special | marked)
    marks = np.flatnonzero(marked.take(both))
    return (marks - np.arange(len(marks))).astype(np.int32)


def _without_blank_lines(fields: Bounds, breaks: Positions) -> tuple[Positions, Positions]:
    """The first field of every row that is not blank, and how many it has."""
    first = np.zeros(len(breaks), np.int32)
    first[1:] = breaks[:-1] + 1
    counts = breaks - first + 1
    single = counts == 1
    if single.any():
        blank = single & (fields.start_of(first) == fields.ends.take(first))
        rows = np.flatnonzero(~blank)
        return first.take(rows), counts.take(rows)
    return first, counts


def _unfinished(quotes: Quotes | None, escapes: Positions) -> Wrong:
    """The error at the end of a file that is not the end of a row."""
    if quotes is not None and quotes.is_open:
        return Wrong(quotes.last(), _UNCLOSED)
    return Wrong(int(escapes[-1]), _DANGLING)


_UNCLOSED: Final = (
    "a quote is opened on this line, and the file ends before it is closed. Close it, or pass the format "
    "option quoteChar: -1 if quotes mean nothing in this file."
)
_DANGLING: Final = (
    "the file ends after an escaper that has nothing to escape. Double it if the value ends with it."
)
