"""Decoded records from the bytes of JSON objects: lines, documents, arrays, documents behind each other.

Lines are the fast way. From the first block that is not made of one-line objects, values are taken one after
the other, wherever they begin and end. So pretty-printed documents, arrays of any length and documents
without a line break between them are read too, and memory is bounded.

Two parsers read one file, so the fast one may only fail where the other differs. msgspec accepts nothing that
Python's json would read otherwise. What msgspec refuses, Python's json reads, or refuses and says why;
tests/property compares them. Neither gives an infinity, half a character (a lone surrogate) or an integer
with other digits.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple, NoReturn

import msgspec

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.json.faults import (
    TOO_DEEP,
    UTF16,
    Fault,
    half_character,
    is_utf16,
    number_without_value,
)
from placekeeper.runtime.formats.shared.record_columns import Record

BLOCK_BYTES: Final = 1024 * 1024
"""How much of a file is read at once."""

_BLOCK_RECORDS: Final = 8192
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_WHITE: Final = " \t\r\n"
_TOKEN_CHARS: Final = 16  # an error this close to the end may be a token that goes on
_CUT: Final = re.compile(r"(?:\.|[eE][+-]?)\Z")  # behind a number at the end of a text, which may go on
_HEAD_BYTES: Final = 4
_SHOWN: Final = 60


def record_blocks(file: BinaryIO, path: str, *, block_bytes: int = BLOCK_BYTES) -> Iterator[list[Record]]:
    """The records of a file in blocks: every object, and every element of top-level arrays.

    Raises RecordUnreadable with the line of what is broken.
    """
    decoder = msgspec.json.Decoder()
    lines_before = 0
    pending = b""
    while block := file.read(block_bytes):
        pending += block
        cut = pending.rfind(b"\n") + 1
        records = _line_records(decoder, pending[:cut])
        if records is None:
            break
        yield records
        lines_before += pending.count(b"\n", 0, cut)
        pending = pending[cut:]
    values = Values(file, path, head=pending, lines_before=lines_before, block_bytes=block_bytes)
    yield from _in_blocks(values.records())


def _line_records(decoder: "msgspec.json.Decoder[object]", lines: bytes) -> list[Record] | None:
    """The objects of complete lines; None if they are anything else."""
    if not lines:
        return None
    try:
        values = decoder.decode_lines(lines)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    records = [value for value in values if isinstance(value, dict)]
    return records if len(records) == len(values) else None


def _in_blocks(records: Iterator[Record]) -> Iterator[list[Record]]:
    block: list[Record] = []
    for record in records:
        block.append(record)
        if len(block) == _BLOCK_RECORDS:
            yield block
            block = []
    if block:
        yield block


class Values:
    """The JSON values of a file, one after the other; `head` is what was already read of it."""

    def __init__(
        self,
        file: BinaryIO,
        path: str,
        *,
        head: bytes = b"",
        lines_before: int = 0,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        self._file = file
        self._path = path
        self._block_bytes = block_bytes
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        # A float by msgspec: as exact, faster, and an error instead of an infinity.
        self._json = json.JSONDecoder(
            parse_constant=_no_constant, parse_float=msgspec.json.Decoder(float).decode
        )
        self._text = ""
        self._at = self._began = 0
        self._place = _Place(lines_before + 1, 1)  # of the text's first character
        self._last = self._place  # behind the last character before the text that is no white space
        self._ended = False
        self._no_utf8 = ""  # why what comes behind the text is none
        while not lines_before and len(head) < _HEAD_BYTES and (more := file.read(_HEAD_BYTES - len(head))):
            head += more
        if not lines_before and is_utf16(head):
            raise RecordUnreadable(path, "its first bytes", UTF16)
        self._extend(head or file.read(block_bytes))

    def documents(self) -> Iterator[object]:
        """Every top-level value, whole."""
        while self._next_char():
            yield self._value()

    def records(self) -> Iterator[Record]:
        """Every top-level object, and the objects of top-level arrays one by one."""
        while char := self._next_char():
            if char == "[":
                self._at += 1
                yield from self._elements()
            else:
                yield self._record()

    def _elements(self) -> Iterator[Record]:
        if self._next_char() == "]":
            self._at += 1
            return
        while True:
            yield self._record()
            char = self._next_char()
            self._at += 1
            if char == "]":
                return
            if char != ",":
                place = self._behind(self._at - 1)
                self._broken(place, place, "expected ',' or ']' after an element of the top-level array")

    def _record(self) -> Record:
        self._next_char()
        value = self._value()
        if not isinstance(value, dict):
            line = self._place_of(self._began).line
            said = self._text[self._began : self._at][:_SHOWN]
            raise RecordUnreadable(self._path, f"line {line}", f"a record is a JSON object, not {said}")
        return value

    def _value(self) -> object:
        """The value that begins here; where that is in the text is then in `_began`."""
        while True:
            self._began = self._at
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._ended or not _may_go_on(error, len(self._text)):
                    self._broken(self._place_of_error(error), self._place_of(self._at), error.msg)
            except RecursionError:
                self._refuse(Fault(self._at, self._at, TOO_DEEP))
            except ValueError:
                self._refuse_number()
            else:
                if self._ended or isinstance(value, dict | list | str) or self._is_followed(end):
                    if half := half_character(self._text, self._at, end):
                        self._refuse(half)
                    self._at = end
                    return value
            self._more()

    def _is_followed(self, end: int) -> bool:
        """True if the text behind a number or a word shows that it ends there."""
        return end < len(self._text) and _CUT.match(self._text, end) is None

    def _refuse_number(self) -> None:
        """Name the number for which the decoder has no value, unless the text ends in it: it may go on."""
        fault = number_without_value(self._text, self._at)
        if self._ended or (fault is not None and fault.end < len(self._text)):
            self._refuse(fault or Fault(self._at, self._at, "it has a malformed number"))

    def _refuse(self, fault: Fault) -> NoReturn:
        self._broken(self._place_of(fault.begin), self._place_of(self._at), fault.reason)

    def _next_char(self) -> str:
        """The next character that is not white space, without taking it; empty at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._more()

    def _more(self) -> None:
        """Read as much again as is waiting, so that a long value is decoded few times."""
        if self._no_utf8:
            place = self._place_of(len(self._text))
            self._broken(place, place, f"not UTF-8: {self._no_utf8}")
        self._extend(self._file.read(max(self._block_bytes, len(self._text) - self._at)))

    def _extend(self, data: bytes) -> None:
        """Take in more bytes. Bytes that are not UTF-8 raise when it is their turn (`_more`)."""
        try:
            more = self._utf8.decode(data, final=not data)
            self._ended = not data
        except UnicodeDecodeError as error:
            more, self._no_utf8 = error.object[: error.start].decode(), error.reason
        self._last = self._behind(self._at)
        self._place = self._place_of(self._at)
        self._text = self._text[self._at :] + more
        self._at = 0

    def _place_of(self, position: int) -> "_Place":
        return self._place.after(self._text, position)

    def _behind(self, position: int) -> "_Place":
        """Behind the last character before a position that is not white space, if it is in another line."""
        last = len(self._text[:position].rstrip(_WHITE))
        place = self._place_of(last) if last else self._last
        here = self._place_of(position)
        return here if place.line == here.line else place

    def _place_of_error(self, error: json.JSONDecodeError) -> "_Place":
        """The place where a value is broken; for a gap, the decoder names the place behind it."""
        char = self._text[error.pos : error.pos + 1]
        cut = not char or (error.pos > self._at and (char in "}]," or (char == "{" and "name" in error.msg)))
        return self._behind(error.pos) if cut or "delimiter" in error.msg else self._place_of(error.pos)

    def _broken(self, place: "_Place", begin: "_Place", reason: str) -> NoReturn:
        record = "" if place.line <= begin.line else f", in the record that begins in line {begin.line}"
        where = f"line {place.line}, column {place.column}{record}"
        raise RecordUnreadable(self._path, where, f"broken JSON: {reason}")


class _Place(NamedTuple):
    """A line and a column of a file, both from 1."""

    line: int
    column: int

    def after(self, text: str, position: int) -> "_Place":
        """The place of a position in a text that begins here."""
        breaks = text.count("\n", 0, position)
        if not breaks:
            return _Place(self.line, self.column + position)
        return _Place(self.line + breaks, position - text.rfind("\n", 0, position))


def _may_go_on(error: json.JSONDecodeError, length: int) -> bool:
    """True if more text could complete a value: the text ended within a string, or within a token."""
    return error.msg.startswith("Unterminated string") or error.pos >= length - _TOKEN_CHARS


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
