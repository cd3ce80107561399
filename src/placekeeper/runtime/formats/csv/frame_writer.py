"""CSV as `df.write.csv` of Spark has it (docs/reference/engines.md#df-write-csv)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.formats.csv.lines import Fields, lines_of
from placekeeper.runtime.formats.shared import frame_texts
from placekeeper.runtime.formats.shared.calendar import refuse_beyond_calendar
from placekeeper.runtime.formats.shared.compression import CompressedFile, codec_suffix, frame_codec
from placekeeper.runtime.formats.shared.frame_texts import FrameTexts
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.shared.text_bytes import TextBytes
from placekeeper.runtime.types.kinds import NESTED

OPTIONS: Final = frame_texts.OPTIONS | {
    *("sep", "delimiter", "header", "quote", "escape", "quoteAll", "escapeQuotes", "nullValue", "emptyValue"),
    *("ignoreLeadingWhiteSpace", "ignoreTrailingWhiteSpace", "charToEscapeQuoteEscaping", "lineSep"),
    *("compression", "codec", "encoding", "charset"),
}
"""Those of Spark's options that count here."""

_SLICE_ROWS: Final = 65_536
_BLANKS: Final = "".join(map(chr, range(0x21)))
_COMMENT: Final = "#"
_BACKSLASHED: Final = {
    "\\t": "\t",
    "\\r": "\r",
    "\\n": "\n",
    "\\b": "\b",
    "\\f": "\f",
    "\\0": "\0",
    "\\\\": "\\",
}
_NO_CHARACTER: Final = "\0"


@dataclass(frozen=True)
class FrameCsvDialect:
    """How fields and rows are written."""

    separator: str = ","
    quote: str = '"'
    escape: str = "\\"
    escaped_escape: str = "\\"
    """What stands before an escape character within quotes."""
    quotes_all: bool = False
    escapes_quotes: bool = True
    null: str = ""
    empty: str = '""'
    trims_begin: bool = True
    trims_end: bool = True
    line_end: str = "\n"

    @classmethod
    def of(cls, options: FormatOptions) -> "FrameCsvDialect":
        """As a script's options say. Raises UnsupportedFeature for a value that is not written here."""
        quote, escape = _character(options, "quote", '"'), _character(options, "escape", "\\")
        separator = options.text("sep", options.text("delimiter", ","))
        for spelled, meant in _BACKSLASHED.items():
            separator = meant if separator == spelled else separator
        if not separator:
            raise UnsupportedFeature("The option sep is empty: give what stands between two fields.")
        return cls(
            separator=separator,
            quote=quote,
            escape=escape,
            escaped_escape=_character(
                options, "charToEscapeQuoteEscaping", _NO_CHARACTER if escape == quote else escape
            ),
            quotes_all=options.flag("quoteAll", default=False),
            escapes_quotes=options.flag("escapeQuotes", default=True),
            null=options.text("nullValue", ""),
            empty=options.text("emptyValue", '""'),
            trims_begin=options.flag("ignoreLeadingWhiteSpace", default=True),
            trims_end=options.flag("ignoreTrailingWhiteSpace", default=True),
            line_end=_line_end(options),
        )

    def fields(self, texts: pa.Array, *, is_first: bool) -> pa.Array:
        """Texts of one column as fields; `is_first`: they begin the lines.

        It is the very same column if a look at its bytes tells that its texts are fields as they are. Then
        what is null is written as nothing.
        """
        if self._are_bare(texts, is_first=is_first):
            return texts
        is_null = pc.is_null(texts)
        texts = begun = pc.fill_null(texts, self.null)
        if self.trims_begin:
            begun = pc.utf8_ltrim(texts, characters=_BLANKS)
        trimmed = pc.utf8_rtrim(begun, characters=_BLANKS) if self.trims_end else begun
        written = self._quoted(trimmed) if self.quotes_all else trimmed
        if not self.quotes_all:
            needed = pc.match_substring_regex(begun, self._triggers())
            if is_first:
                needed = pc.or_(needed, pc.starts_with(texts, _COMMENT))
            if pc.any(needed).as_py():
                written = pc.if_else(needed, self._quoted(trimmed), trimmed)
        is_empty = pc.and_(pc.equal(trimmed, ""), pc.invert(is_null))
        empty = self.empty
        if self.quotes_all and not empty.startswith(self.quote):
            empty = self._quoted(pa.array([empty]))[0]
        return pc.if_else(is_empty, empty, written)

    def _are_bare(self, texts: pa.Array, *, is_first: bool) -> bool:
        if self.quotes_all or (texts.null_count and self.null):
            return False
        looked = TextBytes(texts)
        if looked.has_empty() or looked.is_padded() or looked.holds("".join(self._quoted_for())):
            return False
        return not (is_first and (looked.firsts() == ord(_COMMENT)).any())

    def _triggers(self) -> str:
        """RE2's pattern of the texts that are quoted. Blanks at the end count, though they go."""
        inner = [one for one in self._quoted_for() if one != self.quote or self.escapes_quotes]
        return "|".join([*map(_literal, inner), f"^{_literal(self.quote)}"])

    def _quoted_for(self) -> Sequence[str]:
        """What a text is quoted for, within it or at its begin."""
        return (self.separator, self.line_end, "\n", "\r", self.quote)

    def _quoted(self, texts: pa.Array) -> pa.Array:
        if self.escaped_escape != _NO_CHARACTER and self.escape != self.quote:
            texts = pc.replace_substring(texts, self.escape, self.escaped_escape + self.escape)
        if self.quote != _NO_CHARACTER:
            texts = pc.replace_substring(texts, self.quote, self.escape + self.quote)
        if self.line_end == "\r\n":
            texts = pc.replace_substring(texts, "\n", "\r\n")
        return pc.binary_join_element_wise(self.quote, texts, self.quote, "")


@dataclass(frozen=True)
class FrameCsvOutput:
    """CSV of one dialect."""

    dialect: FrameCsvDialect = field(default_factory=FrameCsvDialect)
    texts: FrameTexts = field(default_factory=FrameTexts)
    has_header: bool = False
    codec: str = "none"

    refused: ClassVar[frozenset[str]] = NESTED | {"binary", "void"}

    @classmethod
    def of(cls, options: FormatOptions) -> "FrameCsvOutput":
        """The output that Spark's options describe. Raises UnsupportedFeature for what is not written."""
        options = options.also_called("encoding", "charset")
        if options.text("encoding", "UTF-8").upper().replace("_", "-") not in ("UTF-8", "UTF8"):
            raise UnsupportedFeature("df.write writes UTF-8 here. Leave the option encoding out.")
        return cls(
            FrameCsvDialect.of(options),
            FrameTexts.of(options),
            has_header=options.flag("header", default=False),
            codec=frame_codec(options),
        )

    @property
    def suffix(self) -> str:
        """`.csv`, `.csv.gz`, `.csv.bz2`, …"""
        return ".csv" + codec_suffix(self.codec)

    def check_names(self, names: Sequence[str]) -> None:
        """The line of names holds every name."""

    def writer(self, file: StagingFile, schema: pa.Schema) -> "FrameCsvWriter":
        """A writer into `file`."""
        return FrameCsvWriter(self, CompressedFile(file, self.codec), schema)


class FrameCsvWriter:
    """Writes batches as lines, the names first."""

    buffered_bytes: Final = 0

    def __init__(self, output: FrameCsvOutput, file: CompressedFile, schema: pa.Schema) -> None:
        self._output = output
        self._file = file
        self._names = schema.names
        self._rows = 0
        if output.has_header:
            self._write([pa.array([name]) for name in self._names])

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch. Raises ValueUnwritable for a date that text cannot hold."""
        for begin in range(0, batch.num_rows, _SLICE_ROWS):
            part = batch.slice(begin, _SLICE_ROWS)
            for name, column in zip(self._names, part.columns, strict=True):
                refuse_beyond_calendar(column, name, self._rows + 1)
            texts = self._output.texts
            self._write(
                [texts.column(column, name) for name, column in zip(self._names, part.columns, strict=True)]
            )
            self._rows += part.num_rows

    def _write(self, columns: Sequence[pa.Array]) -> None:
        dialect = self._output.dialect
        made = [dialect.fields(column, is_first=place == 0) for place, column in enumerate(columns)]
        are_same = all(field is column for field, column in zip(made, columns, strict=True))
        fields = Fields(made, are_bare=are_same and dialect.quote == '"')
        if len(columns) == 1:
            fields = fields.without_empty()  # Spark writes no line that is empty
        self._file.write(lines_of(fields, dialect.separator, dialect.line_end))

    def flush(self) -> None:
        """Nothing is held in memory."""

    def close(self) -> None:
        """Write the end of the file."""
        self._file.close()


def _literal(text: str) -> str:
    return "".join(f"\\x{{{ord(char):x}}}" for char in text)


def _character(options: FormatOptions, name: str, default: str) -> str:
    """One character; none is NUL, as in Spark. Raises UnsupportedFeature for more."""
    value = options.text(name, default)
    value = _BACKSLASHED.get(value, value) if len(value) > 1 else value
    if len(value) > 1:
        raise UnsupportedFeature(f"The option {name} is one character, not {value!r}.")
    return value or _NO_CHARACTER


def _line_end(options: FormatOptions) -> str:
    value = options.text("lineSep", "\n")
    if not value or len(value) > 2 or not re.fullmatch(r"\r\n|[^\r]", value):
        raise UnsupportedFeature(f"The option lineSep is '\\n', '\\r\\n' or one character, not {value!r}.")
    return value
