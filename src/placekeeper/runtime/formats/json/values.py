"""Decoded records from the bytes of JSON objects: lines, documents, arrays, documents behind each other.

Lines are the fast way. From the first block that is not made of one-line objects, values are taken one after
the other, wherever they begin and end. So pretty-printed documents, arrays of any length and documents
without a line break between them are read too, and memory is bounded.

Two parsers read one file, so the fast one may only fail where the other differs. msgspec accepts nothing that
Python's json would read otherwise. What msgspec refuses, Python's json reads, or refuses and says why;
tests/property compares them. Neither gives an infinity, half a character (a lone surrogate) or an integer
with other digits.
"""

import io
import json
import re
from collections.abc import Callable, Iterator, Sized
from typing import BinaryIO, Final, NoReturn, TypeVar

import msgspec
import numpy as np

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.json.faults import TOO_DEEP, Fault, half_character, number_without_value
from placekeeper.runtime.formats.json.text import BLOCK_BYTES, NOTHING_READ, Chained, Head, Place, Text
from placekeeper.runtime.formats.shared.malformed import TEXT_MAX, Malformed, MalformedRecord
from placekeeper.runtime.formats.shared.record_columns import Record

_BLOCK_RECORDS: Final = 8192
_PART_BYTES: Final = 32 * 1024
_TOKEN_CHARS: Final = 16  # an error this close to the end may be a token that goes on
_CUT: Final = re.compile(r"(?:\.|[eE][+-]?)\Z")  # behind a number at the end of a text, which may go on
_SHOWN: Final = 60
_LINE_FEED: Final = 10
_DECODER: Final = msgspec.json.Decoder()
_Block = TypeVar("_Block", bound=Sized)


def line_records(lines: bytes) -> list[Record] | None:
    """The objects of complete lines; None if they are anything else."""
    if not lines:
        return None
    try:
        values = _DECODER.decode_lines(lines)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    records = [value for value in values if isinstance(value, dict)]
    return records if len(records) == len(values) else None


def record_blocks(
    file: BinaryIO,
    path: str,
    *,
    block_bytes: int = BLOCK_BYTES,
    malformed: Malformed | None = None,
    of_lines: Callable[[bytes], _Block | list[Record] | None] = line_records,
) -> Iterator[_Block | list[Record]]:
    """The records of a file in blocks: every object, and every element of top-level arrays.

    `of_lines` makes blocks of complete lines; it answers as `line_records` does, or gives a block of another
    kind. Raises RecordUnreadable with the line of what is broken, unless `malformed` is told of it.
    """
    lines_before = bytes_before = 0
    has_lines = False
    pending = b""
    while block := file.read(block_bytes):
        cut = block.rfind(b"\n") + 1
        lines = b"".join((pending, memoryview(block)[:cut])) if cut else b""
        records = of_lines(lines)
        if records is None:
            pending += block
            break
        yield records
        has_lines = has_lines or len(records) > 0
        lines_before += int(np.count_nonzero(np.frombuffer(lines, np.uint8) == _LINE_FEED))
        bytes_before += len(lines)
        pending = block[cut:]
    head = Head(pending, lines_before, bytes_before)
    if malformed is not None:  # in smaller parts: to name a place costs a look at the part
        file, head = io.BufferedReader(Chained(pending, file)), Head(b"", lines_before, bytes_before)
        block_bytes = min(block_bytes, _PART_BYTES)
    values = Values(file, path, head=head, block_bytes=block_bytes, malformed=malformed, has_lines=has_lines)
    yield from _in_blocks(values.records())


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
    """The JSON values of a file, one after the other; `head` is what was already read of it.

    `has_lines` says whether a record of the file was a line by itself. With `malformed`, that is told of
    malformed values, and reading goes on behind them: docs/reference/awsglue.md#malformed-records-of-files.
    """

    def __init__(
        self,
        file: BinaryIO,
        path: str,
        *,
        head: Head = NOTHING_READ,
        block_bytes: int = BLOCK_BYTES,
        malformed: Malformed | None = None,
        has_lines: bool = False,
    ) -> None:
        self._path = path
        self._malformed = malformed
        # A float by msgspec: as exact, faster, and an error instead of an infinity.
        self._json = json.JSONDecoder(
            parse_constant=_no_constant, parse_float=msgspec.json.Decoder(float).decode
        )
        self._fast: msgspec.json.Decoder[object] = msgspec.json.Decoder()
        self._began = 0
        self._has_lines = has_lines
        self._text = Text(file, path, block_bytes, head)

    @property
    def bytes_read(self) -> int:
        """How many bytes of the file are before what comes next."""
        return self._text.bytes_here()

    def documents(self) -> Iterator[object]:
        """Every top-level value, whole."""
        while char := self._text.next_char():
            try:
                value = self._value()
            except RecordUnreadable as error:
                self._keep(error, char)
            else:
                yield value

    def records(self) -> Iterator[Record]:
        """Every top-level object, and the objects of top-level arrays one by one."""
        while char := self._text.next_char():
            if char == "[":
                self._text.at += 1
                yield from self._elements()
            elif record := self._line() or self._top_level_record():
                yield record[0]

    def _elements(self) -> Iterator[Record]:
        text = self._text
        if text.next_char() == "]":
            text.at += 1
            return
        is_open = True
        while is_open:
            record = self._record_or_none("{[]")
            if record is not None:
                yield record[0]
            is_open = self._has_next(is_behind_record=record is not None)

    def _has_next(self, *, is_behind_record: bool) -> bool:
        """Whether the top-level array goes on; takes its comma or its end."""
        text = self._text
        char = text.next_char()
        if char and char in ",]":
            text.at += 1
            return char == ","
        if not is_behind_record:  # behind a malformed one: it may have taken the comma, or the end
            return char not in ("", "[")
        reason = "expected ',' or ']' after an element of the top-level array"
        place = text.behind(text.at)
        self._keep(self._unreadable(place, place, reason), "{[]")
        return self._has_next(is_behind_record=False)

    def _line(self) -> tuple[Record] | None:
        """The record that is all of a line; None if there is none, or if nothing malformed is kept."""
        if self._malformed is None:
            return None
        text = self._text
        end = text.line_end()
        if end < 0:
            return None
        try:
            value = self._fast.decode(text.text[text.at : end])
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return None
        if not isinstance(value, dict):
            return None
        self._has_lines = True
        text.at = end
        return (value,)

    def _top_level_record(self) -> tuple[Record] | None:
        """The record that begins here, which need not be a line; None if it was malformed and was told of."""
        record = self._record_or_none("{[")
        if record is not None and self._malformed is not None and not self._has_lines:
            self._has_lines = self._text.is_line(self._began)
        return record

    def _record_or_none(self, followers: str) -> tuple[Record] | None:
        """The record that begins here; None if it was malformed and was told of."""
        self._text.next_char()
        try:
            value = self._value()
            if isinstance(value, dict):
                return (value,)
            raise self._no_object()
        except RecordUnreadable as error:
            self._keep(error, followers)
            return None

    def _no_object(self) -> RecordUnreadable:
        text, began = self._text, self._began
        said = text.text[began : text.at][:_SHOWN]
        text.at = began
        line = text.place_of(began).line
        return RecordUnreadable(self._path, f"line {line}", f"a record is a JSON object, not {said}")

    def _keep(self, error: RecordUnreadable, followers: str) -> None:
        """Tell of the malformed value that begins here, and take its line.

        If it may be one of several lines, and the next line begins with none of `followers`, take all that is
        left: nobody knows where it ends. Raises `error` if nobody is told.
        """
        if self._malformed is None:
            raise error
        text = self._text
        may_go_on = text.next_char() in ("{", "[") and not self._has_lines
        said, end = text.take_line()
        if may_go_on and (char := text.next_char()) and char not in followers:
            more, end = text.take_all()
            said = f"{said}\n{more}"
        self._malformed(MalformedRecord(error, said.strip()[:TEXT_MAX], end))

    def _value(self) -> object:
        """The value that begins here; where that is in the text is then in `_began`."""
        text = self._text
        while True:
            self._began = text.at
            try:
                value, end = self._json.raw_decode(text.text, text.at)
            except json.JSONDecodeError as error:
                if text.ended or not _may_go_on(error, len(text.text)):
                    place = self._place_of_error(error)
                    raise self._unreadable(place, text.place_of(text.at), error.msg) from None
            except RecursionError:
                raise self._refused(Fault(text.at, text.at, TOO_DEEP)) from None
            except ValueError:
                self._refuse_number()
            else:
                if text.ended or isinstance(value, dict | list | str) or self._is_followed(end):
                    if half := half_character(text.text, text.at, end):
                        raise self._refused(half)
                    text.at = end
                    return value
            text.more()

    def _is_followed(self, end: int) -> bool:
        """True if the text behind a number or a word shows that it ends there."""
        text = self._text.text
        return end < len(text) and _CUT.match(text, end) is None

    def _refuse_number(self) -> None:
        """Name the number for which the decoder has no value, unless the text ends in it: it may go on."""
        text = self._text
        fault = number_without_value(text.text, text.at)
        if text.ended or (fault is not None and fault.end < len(text.text)):
            raise self._refused(fault or Fault(text.at, text.at, "it has a malformed number")) from None

    def _refused(self, fault: Fault) -> RecordUnreadable:
        text = self._text
        return self._unreadable(text.place_of(fault.begin), text.place_of(text.at), fault.reason)

    def _place_of_error(self, error: json.JSONDecodeError) -> Place:
        """The place where a value is broken; for a gap, the decoder names the place behind it."""
        text = self._text
        char = text.text[error.pos : error.pos + 1]
        cut = not char or (error.pos > text.at and (char in "}]," or (char == "{" and "name" in error.msg)))
        return text.behind(error.pos) if cut or "delimiter" in error.msg else text.place_of(error.pos)

    def _unreadable(self, place: Place, begin: Place, reason: str) -> RecordUnreadable:
        record = "" if place.line <= begin.line else f", in the record that begins in line {begin.line}"
        where = f"line {place.line}, column {place.column}{record}"
        return RecordUnreadable(self._path, where, f"broken JSON: {reason}")


def _may_go_on(error: json.JSONDecodeError, length: int) -> bool:
    """True if more text could complete a value: the text ended within a string, or within a token."""
    return error.msg.startswith("Unterminated string") or error.pos >= length - _TOKEN_CHARS


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
