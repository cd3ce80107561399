"""Encodings of text objects: named by an option, decoded strictly, never guessed."""

import codecs
from typing import BinaryIO, Final

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.formats.shared.options import FormatOptions

UTF_8: Final = "utf-8"

_BYTE_ORDER_MARK: Final = "\ufeff"
_WITH_MARK: Final = {
    "utf-16": {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"},
    "utf-32": {codecs.BOM_UTF32_LE: "utf-32-le", codecs.BOM_UTF32_BE: "utf-32-be"},
}
_OTHERS: Final = frozenset(
    {"ascii", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "mac-roman", "koi8-r", "koi8-u", "tis-620"}
    | {"big5", "big5hkscs", "gbk", "gb2312", "gb18030", "shift_jis", "euc_jp", "euc_kr", "johab", "hz"}
)
_FAMILIES: Final = ("iso8859-", "cp", "shift_jis", "euc_jis", "iso2022_")
"""Beginnings of Python's names: ISO 8859, the code pages of DOS and Windows, Japanese and Korean."""


def encoding_of(options: FormatOptions) -> str:
    """Python's name of the encoding that the option names, UTF-8 by default.

    Python's, Java's and the web's spellings are taken. Raises UnsupportedFeature for any other name.
    """
    said = options.text("encoding", "").strip() or UTF_8
    name = known_encoding(said)
    if name:
        return name
    raise UnsupportedFeature(
        f"The format option encoding is {said!r}, which is not read here: use UTF-8, UTF-16, "
        "ISO-8859-1, windows-1252 or another by its usual name, or convert the files to UTF-8."
    )


def known_encoding(said: str) -> str:
    """Python's name of an encoding that is read here, by any of its names; empty for any other text."""
    try:
        name = codecs.lookup(said).name
    except (LookupError, ValueError):  # the latter for a name that holds a NUL
        return ""
    if name in (UTF_8, "utf-8-sig"):
        return UTF_8
    return name if name in _WITH_MARK or name in _OTHERS or name.startswith(_FAMILIES) else ""


def refuse_encoding(options: FormatOptions, what: str) -> None:
    """Raise UnsupportedFeature if another encoding than UTF-8 is asked for; `what` is read or written so."""
    if encoding_of(options) != UTF_8:
        raise UnsupportedFeature(
            f"The format option encoding is {options.text('encoding', '')!r}: {what} in UTF-8 only."
        )


class Utf8:
    """A file in another encoding as one in UTF-8, without a byte order mark."""

    def __init__(self, file: BinaryIO, path: str, encoding: str) -> None:
        """Raises RecordUnreadable where the encoding wants a byte order mark, and there is none."""
        self._file = file
        self._path = path
        self._read = 0
        self._lines = 0
        self._last = ""
        self._encoding = self._marked(encoding) if encoding in _WITH_MARK else encoding
        self._decoder = codecs.getincrementaldecoder(self._encoding)("strict")

    def _marked(self, encoding: str) -> str:
        """The encoding that the byte order mark names."""
        marks = _WITH_MARK[encoding]
        mark = self._file.read(len(next(iter(marks))))
        self._read = len(mark)
        if mark and mark not in marks:
            raise RecordUnreadable(
                self._path,
                "line 1",
                f"it has no byte order mark, and {encoding.upper()} does not say which byte comes first. "
                f"Pass the format option encoding: {encoding.upper()}LE or {encoding.upper()}BE.",
            )
        return marks.get(mark, UTF_8)

    def read(self, size: int) -> bytes:
        """Some bytes of UTF-8, made of up to `size` bytes as they are stored, or none at the end of the file.

        Raises RecordUnreadable, naming line and byte, for bytes that the encoding does not have.
        """
        while True:
            raw = self._file.read(size)
            text = self._decoded(raw)
            self._read += len(raw)
            if not self._last and text:
                text = text.removeprefix(_BYTE_ORDER_MARK)
            self._lines += _lines(self._last, text)
            self._last = text[-1:] or self._last
            if text or not raw:
                return text.encode()

    def _decoded(self, raw: bytes) -> str:
        held = len(self._decoder.getstate()[0])
        try:
            return self._decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            whole, start = error.object, error.start
            before = whole[:start].decode(self._encoding, "replace")
            raise RecordUnreadable(
                self._path,
                f"line {self._lines + _lines(self._last, before) + 1}",
                f"the byte 0x{whole[start : start + 1].hex()}, number {self._read - held + start + 1} of the "
                f"file, is not {self._encoding}. Name the encoding of the file with the format option "
                "encoding, or correct the file.",
            ) from error


def _lines(last: str, text: str) -> int:
    """The number of lines that end in a text that follows the character `last`."""
    ends = text.count("\n") + text.count("\r") - text.count("\r\n")
    return ends - 1 if last == "\r" and text.startswith("\n") else ends
