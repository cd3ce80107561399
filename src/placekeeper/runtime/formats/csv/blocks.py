"""The rows of a CSV file, block by block, and where in the file something is wrong."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.csv.columns import row_of
from placekeeper.runtime.formats.csv.dialect import CARRIAGE_RETURN, Dialect
from placekeeper.runtime.formats.csv.places import Wrong
from placekeeper.runtime.formats.csv.structure import Rows, lines_in, rows_of
from placekeeper.runtime.formats.shared.decompression import Readable
from placekeeper.runtime.formats.shared.line_ranges import Before
from placekeeper.runtime.formats.shared.malformed import TEXT_MAX, Malformed, MalformedRecord

_LEAST_PIECE: Final = 256
"""Bytes: below this a parser takes as long as for one byte."""


@dataclass(frozen=True)
class BlockSizes:
    """Bytes: of a block, of the first one that is read for the columns alone, and of the longest row."""

    block: int = 1024 * 1024
    head: int = 8 * 1024
    row: int = 256 * 1024 * 1024


class Blocks:
    """One pass over a file. `text` is in UTF-8, or it is refused.

    With `malformed`, `rows` tells of malformed records and goes on behind them. With `has_header`, the first
    row must be right even so: nothing else says what the columns are. Where `text` is not the beginning of
    the file, `before` is what is before it, and `width` the number of fields in the file's first row.
    """

    def __init__(
        self,
        text: Readable,
        path: str,
        dialect: Dialect,
        limits: BlockSizes,
        malformed: Malformed | None = None,
        *,
        has_header: bool = False,
        before: Before | None = None,
        width: int = 0,
    ) -> None:
        self._text = text
        self._path = path
        self._dialect = dialect
        self._limits = limits
        self._malformed = malformed
        self._has_header = has_header
        self._before = before
        self._bytes = 0
        self._lines = 0
        self._width = width

    def first_row(self) -> list[str]:
        """The fields of the first row, none if there is no row. What follows it is not looked at."""
        head = self._read(self._limits.head)
        plain = plain_first_row(head, self._dialect)
        if plain is not None:
            return plain
        for rows in self._parsed(self._limits.head, head):
            if len(rows) and (rows.wrong is None or rows.end_of(0) < rows.wrong.position):
                self._check_text(rows, rows.end_of(0))
                return row_of(rows, 0, self._dialect)
            if rows.wrong is not None:
                raise self._unreadable(rows, rows.wrong)
        return []

    def rows(self) -> Iterator[Rows]:
        """The rows of each block that has some. All are right and none is longer than the first.

        Raises RecordUnreadable, naming the line, for the first place that breaks the grammar.
        """
        for rows in self._parsed(self._limits.block):
            if rows.wrong is not None:
                raise self._unreadable(rows, rows.wrong)
            if len(rows):
                self._check_text(rows, rows.end)
                if len(right := self._not_longer(rows)):
                    yield right

    def _parsed(self, size: int, head: bytes = b"") -> Iterator[Rows]:
        """Blocks of at least a row, if that is not too long; the last is final. `head` is read already."""
        rest, more = b"", True
        while more:
            wanted = max(size, len(rest))
            read, head = head or self._read(wanted), b""
            more = bool(read)
            data = rest + read if more else rest + _last_end(rest)
            if rest or more:
                rows = rows_of(data, self._dialect, final=not more)
                if rows.wrong is not None and self._malformed is not None:
                    rest = yield from self._around_malformed(data, self._malformed, final=not more)
                    continue
                yield rows
                rest = self._behind(rows)

    def _around_malformed(
        self, data: bytes, malformed: Malformed, *, final: bool
    ) -> Generator[Rows, None, bytes]:
        """The rows of a block around malformed ones, which are told of; returns what is left of the block.

        It is parsed in pieces that grow: else a block full of malformed rows would be parsed once for each.
        After a malformed row, a piece is twice as long as what came before: the next one is likely as near.
        """
        size = self._limits.head
        while True:
            piece = _piece(data, size)
            is_last = len(piece) == len(data)
            rows = rows_of(piece, self._dialect, final=final and is_last)
            right, begin, stop = (rows, 0, 0) if rows.wrong is None else rows.before_wrong()
            if stop is None and not is_last:
                size *= 2
                continue
            yield right
            if rows.wrong is not None and stop is not None:
                self._tell(rows, rows.data[begin:stop], begin, malformed)
            left = self._behind(right)
            done = len(piece) - len(left)
            data = data[done:]
            size = size * 2 if rows.wrong is None else max(2 * done, _LEAST_PIECE)
            if not data or (is_last and (rows.wrong is None or stop is None)):
                return data

    def _tell(self, rows: Rows, line: bytes, begin: int, malformed: Malformed) -> None:
        """Tell of what is wrong in a line, or in the value that ends on it."""
        assert rows.wrong is not None  # noqa: S101 - the caller looks
        error = self._unreadable(rows, rows.wrong)
        self._check_text(rows, begin + len(line))
        if self._has_header and not self._width:
            raise error
        ended = line.rstrip(b"\r\n")
        shown = _shown(ended.lstrip(b"\r\n"))
        malformed(MalformedRecord(error, shown, self._bytes + begin + len(ended)))

    def _behind(self, rows: Rows) -> bytes:
        """What is left of a block behind its rows."""
        self._refuse_endless(rows)
        self._bytes += rows.end
        self._lines += rows.lines
        return rows.data[rows.end :]

    def _read(self, size: int) -> bytes:
        """As many bytes as there are, and one more where they would part a line end."""
        parts = [self._text.read(size)]
        while parts[-1].endswith(b"\r"):
            parts.append(self._text.read(1))
        return b"".join(parts)

    def _check_text(self, rows: Rows, end: int) -> None:
        is_first = not self._bytes and self._before is None
        if is_first and _looks_like_utf_16(rows.data[: min(len(rows.data) - 1, 4)]):
            raise self._unreadable(rows, Wrong(0, _UTF_16))
        if is_utf_8(rows.data, end):
            return
        try:
            str(memoryview(rows.data)[:end], "utf-8")
        except UnicodeDecodeError as error:
            raise self._unreadable(rows, self._no_utf8(rows.data, error.start)) from error

    def _no_utf8(self, data: bytes, position: int) -> Wrong:
        before = 0 if self._before is None else self._before.size()
        number = before + self._bytes + position + 1
        return Wrong(position, _NO_UTF_8.format(byte=data[position], number=number))

    def _not_longer(self, rows: Rows) -> Rows:
        """The rows that are not longer than the file's first one; the others are malformed."""
        if not self._width:
            self._width = int(rows.counts[0])
        if int(rows.counts.max()) <= self._width:
            return rows
        are_long = rows.counts > self._width
        for row in np.flatnonzero(are_long).tolist():
            reason = _LONG.format(
                count=rows.counts[row], width=self._width, separator=self._dialect.separator
            )
            error = self._unreadable(rows, Wrong(rows.begin_of(row), reason))
            if self._malformed is None:
                raise error
            text, end = rows.text_of(row)
            self._malformed(MalformedRecord(error, _shown(text), self._bytes + end))
        return rows.chosen(~are_long)

    def _refuse_endless(self, rows: Rows) -> None:
        if len(rows.data) - rows.end > self._limits.row:
            raise self._unreadable(rows, Wrong(rows.end, _ENDLESS.format(limit=self._limits.row)))

    def _unreadable(self, rows: Rows, wrong: Wrong) -> RecordUnreadable:
        line = self._line(rows, wrong.position)
        reason = wrong.reason
        if wrong.since is not None and (since := self._line(rows, wrong.since)) != line:
            reason = f"{reason} The value begins on line {since}."
        return RecordUnreadable(self._path, f"line {line}", reason)

    def _line(self, rows: Rows, position: int) -> int:
        before = 0 if self._before is None else self._before.lines()
        return before + self._lines + lines_in(rows.data[:position]) + 1


def plain_first_row(head: bytes, dialect: Dialect) -> list[str] | None:
    """The fields of a first line that needs no parser: no quote, no escaper. None where it needs one.

    Most files begin with such a line, and of a small file it costs less than the arrays of a parser.
    """
    line = head[: head.find(b"\n") + 1].removesuffix(b"\n").removesuffix(b"\r")
    special = [dialect.quote, dialect.escape, "\r", "\0"]
    if not line or any(character is not None and character.encode() in line for character in special):
        return None
    try:
        return line.decode().split(dialect.separator)
    except UnicodeDecodeError:
        return None


def first_row_of_line(line: bytes, dialect: Dialect) -> list[str] | None:
    """The fields of the first row of a file that begins with this line; None where the line does not say."""
    plain = plain_first_row(line, dialect)
    if plain is not None:
        return plain
    if not line or b"\0" in line or not is_utf_8(line):
        return None
    rows = rows_of(line, dialect, final=True)
    return row_of(rows, 0, dialect) if len(rows) and rows.wrong is None else None


def is_utf_8(data: bytes, end: int | None = None) -> bool:
    """Whether bytes are text, those up to `end` if it is given. Arrow looks at them faster than Python."""
    if data.isascii():
        return True
    bounds = np.array([0, len(data) if end is None else end], np.int32)
    one = pa.Array.from_buffers(pa.binary(), 1, [None, pa.py_buffer(bounds), pa.py_buffer(data)])
    try:
        one.cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def _piece(data: bytes, size: int) -> bytes:
    """The first bytes of a block; no line end is parted."""
    while size < len(data) and data[size - 1] == CARRIAGE_RETURN:
        size += 1
    return data[:size]


def _shown(text: bytes) -> str:
    """A malformed record as it is shown. Its bytes were checked: they are UTF-8."""
    return text[: 4 * TEXT_MAX].decode(errors="ignore")[:TEXT_MAX]


def _last_end(rest: bytes) -> bytes:
    """A line end to close a file with, which does not complete a CR to CR LF."""
    return b"\r" if rest.endswith(b"\r") else b"\n"


def _looks_like_utf_16(head: bytes) -> bool:
    return [byte == 0 for byte in head] in ([False, True] * 2, [True, False] * 2)


_UTF_16: Final = (
    "every second byte is NUL, as in UTF-16 without a byte order mark. Pass the format option encoding: "
    "UTF-16LE or UTF-16BE."
)
_NO_UTF_8: Final = (
    "the byte 0x{byte:02x}, number {number} of the text, is not UTF-8. Name the encoding of the file with "
    "the format option encoding (windows-1252, ISO-8859-1, UTF-16, …), or correct the file."
)
_LONG: Final = (
    "the row has {count} fields, and the file's first row has {width}. Quote values that hold the separator "
    "({separator!r}), correct one of the two rows, or give the file's separator and quoteChar as format "
    "options."
)
_ENDLESS: Final = (
    "the row that begins here goes on for more than {limit} bytes. Is a quote not closed, or is this not CSV?"
)
