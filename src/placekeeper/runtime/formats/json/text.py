"""The text of a JSON file as it is read: a part of it, and where that is in the file."""

import codecs
import io
import re
from typing import BinaryIO, Final, NamedTuple

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.json.faults import UTF16, is_utf16
from placekeeper.runtime.formats.shared.decompression import Readable
from placekeeper.runtime.formats.shared.malformed import TEXT_MAX

BLOCK_BYTES: Final = 1024 * 1024
"""How much of a file is read at once."""

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_BLANK: Final = re.compile(r"[ \t\r]*")
_WHITE: Final = " \t\r\n"
_HEAD_BYTES: Final = 4


class Place(NamedTuple):
    """A line and a column of a file, both from 1."""

    line: int
    column: int

    def after(self, text: str, position: int) -> "Place":
        """The place of a position in a text that begins here."""
        breaks = text.count("\n", 0, position)
        if not breaks:
            return Place(self.line, self.column + position)
        return Place(self.line + breaks, position - text.rfind("\n", 0, position))


class Head(NamedTuple):
    """The part of a file that was read already and is not taken, and what was taken before it."""

    data: bytes = b""
    lines_before: int = 0
    bytes_before: int = 0


NOTHING_READ: Final = Head()
"""Of a file that is read from its beginning."""


class Chained(io.RawIOBase):
    """Bytes that were read already, and the file behind them."""

    def __init__(self, data: bytes, file: Readable) -> None:
        self._parts: list[Readable] = [io.BytesIO(data), file]

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """Some bytes, none at the end."""
        data = self._parts[0].read(len(buffer)) or self._parts[1].read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class Text:
    """`text` is what was read, from where reading last went on; `at` is how far it is taken.

    `ended` says that nothing comes behind it.
    """

    def __init__(self, file: BinaryIO, path: str, block_bytes: int, head: Head = NOTHING_READ) -> None:
        self.text = ""
        self.at = 0
        self.ended = False
        self._file = file
        self._path = path
        self._block_bytes = block_bytes
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._place = Place(head.lines_before + 1, 1)  # of the text's first character
        self._last = self._place  # behind the last character before the text that is no white space
        self._counted = (0, head.bytes_before)  # a position, and how many bytes of the file are before it
        self._no_utf8 = ""  # why what comes behind the text is none
        data, is_begin = head.data, not head.bytes_before
        while is_begin and len(data) < _HEAD_BYTES and (more := file.read(_HEAD_BYTES - len(data))):
            data += more
        if is_begin and is_utf16(data):
            raise RecordUnreadable(path, "its first bytes", UTF16)
        self._extend(data or file.read(block_bytes))

    def next_char(self) -> str:
        """The next character that is not white space, without taking it; empty at the end."""
        while True:
            match = _SPACE.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if self.ended:
                return ""
            self.more()

    def more(self) -> None:
        """Read as much again as is waiting, so that a long value is decoded few times.

        `at` is 0 then: what was taken is forgotten. Raises RecordUnreadable for bytes that are not UTF-8.
        """
        if self._no_utf8:
            place = self.place_of(len(self.text))
            where = f"line {place.line}, column {place.column}"
            raise RecordUnreadable(self._path, where, f"broken JSON: not UTF-8: {self._no_utf8}")
        self._extend(self._file.read(max(self._block_bytes, len(self.text) - self.at)))

    def line_end(self) -> int:
        """Where the line of `at` ends; -1 if a block does not reach so far. It may be the end of the file."""
        while True:
            end = self.text.find("\n", self.at)
            if end >= 0:
                return end
            if self.ended or len(self.text) - self.at > self._block_bytes:
                return len(self.text) if self.ended else -1
            self.more()

    def is_line(self, begin: int) -> bool:
        """Whether all from `begin` to `at` is in one line, and nothing comes behind it there."""
        if "\n" in self.text[begin : self.at]:
            return False
        while True:
            match = _BLANK.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text) or self.ended:
                return self.text[self.at : self.at + 1] in ("\n", "")
            self.more()

    def take_line(self) -> tuple[str, int]:
        """Take what is left of the line. It, up to TEXT_MAX characters, and how many bytes end with it."""
        said = ""
        while True:
            end = self.text.find("\n", self.at)
            stop = len(self.text) if end < 0 else end
            while stop > self.at and self.text[stop - 1] in _WHITE:
                stop -= 1
            said += self.text[self.at : min(stop, self.at + TEXT_MAX - len(said))]
            self.at = stop  # white space stays: it belongs to the line only if more comes behind it
            if end >= 0 or self.ended:
                return said, self.bytes_here()
            self.more()

    def take_all(self) -> tuple[str, int]:
        """Take what is left of the file; as `take_line` tells it."""
        said = ""
        while True:
            said += self.text[self.at : self.at + TEXT_MAX - len(said)]
            self.at = len(self.text)
            if self.ended:
                return said, self.bytes_here()
            self.more()

    def bytes_here(self) -> int:
        """How many bytes of the file are before `at`."""
        position, before = self._counted
        self._counted = (self.at, before + len(self.text[position : self.at].encode()))
        return self._counted[1]

    def place_of(self, position: int) -> Place:
        """The place of a position of the text."""
        return self._place.after(self.text, position)

    def behind(self, position: int) -> Place:
        """Behind the last character before a position that is not white space, if it is in another line."""
        last = len(self.text[:position].rstrip(_WHITE))
        place = self.place_of(last) if last else self._last
        here = self.place_of(position)
        return here if place.line == here.line else place

    def _extend(self, data: bytes) -> None:
        """Take in more bytes. Bytes that are not UTF-8 raise when it is their turn (`more`)."""
        try:
            more = self._utf8.decode(data, final=not data)
            self.ended = not data
        except UnicodeDecodeError as error:
            more, self._no_utf8 = error.object[: error.start].decode(), error.reason
        self._last = self.behind(self.at)
        self._place = self.place_of(self.at)
        self._counted = (0, self.bytes_here())
        self.text = self.text[self.at :] + more
        self.at = 0
