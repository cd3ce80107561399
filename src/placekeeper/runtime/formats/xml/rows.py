"""The rows of an XML object: the outermost elements of one name, one after the other, by expat.

Nothing outside the object is read, and no entity is expanded but those of XML itself. So a small object stays
small. An object may have several elements at its top, as logs have, each with a declaration of its own.
"""

import codecs
import re
from collections.abc import Iterator
from io import BufferedReader
from typing import BinaryIO, Final, NoReturn
from xml.parsers import expat

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.shared.encodings import UTF_8, Utf8, known_encoding
from placekeeper.runtime.formats.shared.malformed import TEXT_MAX, Malformed, MalformedRecord
from placekeeper.runtime.formats.shared.record_columns import Record
from placekeeper.runtime.formats.xml.elements import Element, Values

BLOCK_BYTES: Final = 64 * 1024
"""How much of an object is read at once."""

_KEPT_BYTES: Final = 4 * BLOCK_BYTES
"""More than a declaration between two elements at the top takes, in any number of reads."""
_DEPTH_MAX: Final = 100
_HEAD_BYTES: Final = 512
_DECLARED: Final = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_MARKS: Final = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_STARTS: Final = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_ANOTHER_TOP: Final = frozenset(
    {
        expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT],
        expat.errors.codes[expat.errors.XML_ERROR_MISPLACED_XML_PI],
    }
)
_CUT: Final = expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]


class _Refused(Exception):
    """What a handler refuses: the reason."""


class _Broken(Exception):
    """The object is broken here; rows before are right."""

    def __init__(self, error: RecordUnreadable) -> None:
        super().__init__(str(error))
        self.error = error


class Rows:
    """Reads the rows of one object. `encoding` is Python's name of it; empty if the object says it itself.

    With `malformed`, that is told of all that follows the first error, as of one record. An object that is
    broken before its first element is refused even so: it is no XML at all.
    """

    def __init__(
        self,
        path: str,
        tag: str,
        values: Values,
        encoding: str = "",
        block: int = BLOCK_BYTES,
        malformed: Malformed | None = None,
    ) -> None:
        self._path = path
        self._tag = tag
        self._values = values
        self._encoding = encoding
        self._block = block
        self._malformed = malformed
        self._open: list[Element] = []  # the row, and the elements in it
        self._began = 0  # the line of the row
        self._began_byte = -1  # of what the parser was given; below zero before the first element
        self._depth = 0  # of elements outside of rows
        self._done: list[Record] = []
        self._lines = 0  # before what the parser was given
        self._kept = b""  # the end of what the parser was given
        self._given = 0  # bytes that it was given
        self._before = 0  # bytes that were given to the parsers before it
        self._parser = self._new_parser()

    def blocks(self, file: BufferedReader) -> Iterator[list[Record]]:
        """The rows in blocks. Raises RecordUnreadable, naming line and column, for what is no XML."""
        text = self._text(file)
        is_empty, more = True, True
        while more:
            data = text.read(self._block)
            more = bool(data)
            is_empty = is_empty and not data.strip()
            error = None
            try:
                if data or not is_empty:
                    self._feed(data, final=not data)
            except _Broken as broken:
                error = broken.error
            if self._done:
                yield self._done
                self._done = []
            if error is not None:
                self._tell(error, text)
                return

    def _tell(self, error: RecordUnreadable, text: BinaryIO | Utf8) -> None:
        """Tell of all that follows. It is read, so that damage and other encodings are found."""
        if self._malformed is None or (self._began_byte < 0 and not self._before):
            raise error
        is_inside = bool(self._open)
        begin = self._began_byte if is_inside else max(self._parser.ErrorByteIndex, 0)
        shown = self._kept[max(begin - (self._given - len(self._kept)), 0) :][: 4 * TEXT_MAX]
        size = self._before + self._given
        while data := text.read(self._block):
            shown += data[: max(4 * TEXT_MAX - len(shown), 0)]
            size += len(data)
        said = shown.decode(errors="ignore").strip()[:TEXT_MAX]
        self._malformed(MalformedRecord(error, said, size))

    def _text(self, file: BufferedReader) -> BinaryIO | Utf8:
        """The object in UTF-8."""
        return Utf8(file, self._path, self._encoding or self._own_encoding(file.peek(_HEAD_BYTES)))

    def _own_encoding(self, head: bytes) -> str:
        for start, name in (*_MARKS, *_STARTS):
            if head.startswith(start):
                return name
        declared = _DECLARED.match(head[:_HEAD_BYTES].lstrip())
        if declared is None:
            return UTF_8
        said = declared[1].decode()
        name = known_encoding(said)
        if not name:
            reason = (
                f"its declaration names the encoding {said!r}, which is not read here. Convert it to UTF-8."
            )
            raise RecordUnreadable(self._path, "line 1", reason)
        return UTF_8 if name.startswith(("utf-16", "utf-32")) else name  # such bytes would not have matched

    def _feed(self, data: bytes, *, final: bool = False) -> None:
        """Parse what comes next; after the end of an element at the top, another one may begin."""
        while True:
            self._kept += data
            self._given += len(data)
            try:
                self._parser.Parse(data, final)
            except _Refused as error:
                self._broken(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber, str(error))
            except expat.ExpatError as error:
                data = self._after_top(error)
                continue
            if len(self._kept) > 2 * _KEPT_BYTES:
                self._kept = self._kept[-_KEPT_BYTES:]
            return

    def _after_top(self, error: expat.ExpatError) -> bytes:
        """What is to be parsed anew, if the error is but another element at the top."""
        begin = self._parser.ErrorByteIndex - (self._given - len(self._kept))
        fresh = self._parser.ErrorByteIndex <= 0 or begin < 0
        if error.code not in _ANOTHER_TOP or self._depth or self._open or fresh:
            self._broken(error.lineno, error.offset, self._reason(error))
        rest = self._kept[begin:]
        self._lines += error.lineno - 1
        self._before += self._given - len(rest)
        self._kept, self._given = b"", 0
        self._parser = self._new_parser()
        return rest

    def _reason(self, error: expat.ExpatError) -> str:
        if error.code == _CUT and (self._open or self._depth):
            within = self._open[-1].name if self._open else "the element at its top"
            return f"broken XML: the file ends within {within}"
        return f"broken XML: {expat.ErrorString(error.code)}"

    def _broken(self, line: int, column: int, reason: str) -> NoReturn:
        here = self._lines + line
        row = f", in the row that begins in line {self._began}" if self._open and self._began < here else ""
        raise _Broken(RecordUnreadable(self._path, f"line {here}, column {column + 1}{row}", reason))

    def _new_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(UTF_8)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = _refuse_entity
        parser.SkippedEntityHandler = _refuse_unknown
        return parser

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._open:
            if len(self._open) >= _DEPTH_MAX:
                raise _Refused(f"elements are in each other more than {_DEPTH_MAX} deep, which is not read")
        elif name == self._tag:
            self._began = self._lines + self._parser.CurrentLineNumber
            self._began_byte = self._parser.CurrentByteIndex
        else:
            self._depth += 1
            self._began_byte = max(self._began_byte, 0)
            return
        self._open.append(Element(name, self._values.of_attributes(attributes) if attributes else {}))

    def _end(self, name: str) -> None:
        if not self._open:
            self._depth -= 1
            return
        element = self._open.pop()
        if self._open:
            self._open[-1].add(name, element.value(self._values))
        else:
            self._done.append(element.record(self._values))

    def _characters(self, text: str) -> None:
        if self._open:
            self._open[-1].add_text(text)


def _refuse_entity(name: str, *_: object) -> NoReturn:
    raise _Refused(
        f"it declares the entity {name!r}. Entities are not expanded here, because they can make a small "
        "file endless. Write out what they stand for."
    )


def _refuse_unknown(name: str, _: object) -> NoReturn:
    raise _Refused(f"broken XML: the entity {name!r} is not declared in the file")
