"""From the bytes of JSON objects to decoded records: lines, documents, arrays, concatenated documents.

Lines are the fast way. From the first block that is not made of one-line objects, the values are taken one
after the other wherever they begin and end, so that pretty-printed documents, arrays of any length and
documents without a line break between them are read as well, with bounded memory.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO, Final, NoReturn

import msgspec

from placekeeper.model.errors import RecordUnreadable

Record = dict[str, object]
"""One decoded JSON object."""

_BLOCK_BYTES: Final = 1024 * 1024
_BLOCK_RECORDS: Final = 8192
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_TOKEN_CHARS: Final = 16  # an error this close to the end may be a token that goes on


def record_blocks(file: BinaryIO, path: str) -> Iterator[list[Record]]:
    """The records of a file in blocks: every object, and every element of top-level arrays.

    Raises RecordUnreadable with the line of what is broken.
    """
    decoder = msgspec.json.Decoder()
    lines_before = 0
    pending = b""
    while block := file.read(_BLOCK_BYTES):
        pending += block
        cut = pending.rfind(b"\n") + 1
        records = _line_records(decoder, pending[:cut])
        if records is None:
            yield from _in_blocks(Values(pending, file, path, lines_before=lines_before).records())
            return
        yield records
        lines_before += pending.count(b"\n", 0, cut)
        pending = pending[cut:]
    yield from _in_blocks(Values(pending, file, path, lines_before=lines_before).records())


def _line_records(decoder: "msgspec.json.Decoder[object]", lines: bytes) -> list[Record] | None:
    """The objects of complete lines; None if they are anything else."""
    if not lines:
        return None
    try:
        values = decoder.decode_lines(lines)
    except (msgspec.MsgspecError, UnicodeDecodeError):
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

    def __init__(self, head: bytes, file: BinaryIO, path: str, *, lines_before: int = 0) -> None:
        self._file = file
        self._path = path
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._json = json.JSONDecoder(parse_constant=_no_constant)
        self._text = ""
        self._at = 0
        self._lines_before = lines_before
        self._ended = False
        self._extend(head)

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
                self._broken(self._at - 1, "expected ',' or ']' after an element of the top-level array")

    def _record(self) -> Record:
        self._next_char()
        begin = self._lines_before + self._text.count("\n", 0, self._at)
        value = self._value()
        if not isinstance(value, dict):
            raise RecordUnreadable(
                self._path, f"line {begin + 1}", f"a record is a JSON object, not {str(value)[:60]!r}"
            )
        return value

    def _value(self) -> object:
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._ended or not _may_go_on(error, len(self._text)):
                    self._broken(error.pos, error.msg)
            except ValueError as error:
                self._broken(self._at, str(error))
            else:
                if end < len(self._text) or self._ended or isinstance(value, dict | list | str):
                    self._at = end
                    return value
            self._more()

    def _next_char(self) -> str:
        """The next character that is no white space, not taken; empty at the end."""
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
        self._extend(self._file.read(max(_BLOCK_BYTES, len(self._text) - self._at)))

    def _extend(self, data: bytes) -> None:
        self._ended = not data
        try:
            more = self._utf8.decode(data, final=self._ended)
        except UnicodeDecodeError as error:
            self._broken(len(self._text), str(error))
        self._lines_before += self._text.count("\n", 0, self._at)
        self._text = self._text[self._at :] + more
        self._at = 0

    def _broken(self, position: int, reason: str) -> NoReturn:
        line = self._lines_before + self._text.count("\n", 0, position) + 1
        column = position - (self._text.rfind("\n", 0, position) + 1) + 1
        raise RecordUnreadable(self._path, f"line {line}, column {column}", f"broken JSON: {reason}")


def _may_go_on(error: json.JSONDecodeError, length: int) -> bool:
    """Whether more text could mend a value: the text ended within a string, or within a token."""
    return error.msg.startswith("Unterminated string") or error.pos >= length - _TOKEN_CHARS


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
