"""The reader of logs: a line that the pattern matches is a record."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.formats.grok.compiling import Grok, Matcher, custom_patterns
from placekeeper.runtime.formats.shared.decompression import decompressed
from placekeeper.runtime.formats.shared.encodings import UTF_8, Utf8, encoding_of
from placekeeper.runtime.formats.shared.malformed import TEXT_MAX, MalformedRecord, RecordReader
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.shared.typed_texts import all_parse, typed, with_choice

BLOCK_BYTES: Final = 256 * 1024
"""How much of an object is read at once."""

_SHOWN: Final = 80


@dataclass(frozen=True)
class GrokReader(RecordReader):
    """Reads lines as `grok` takes them apart. The text `missing` stands for no value.

    With `strict`, all fields are texts. `seconds` is how long one line may take.
    """

    grok: Grok
    missing: str = "-"
    strict: bool = False
    encoding: str = UTF_8
    compression: str = ""
    seconds: float = 10.0
    block_bytes: int = BLOCK_BYTES

    @classmethod
    def of(cls, options: FormatOptions) -> "GrokReader":
        """The reader that format options describe. Raises UnsupportedFeature as `grok_of` does."""
        return cls(
            grok=grok_of(options),
            missing=options.text("MISSING", "-"),
            strict=options.flag("StrictMode", default=False),
            encoding=encoding_of(options),
            compression=options.text("compressionType", ""),
        )

    @property
    def reads_all_for_schema(self) -> bool:
        """True if a field has a type: some text may be none of it."""
        return bool(self._typed)

    @property
    def _fields(self) -> pa.Schema:
        names = self.grok.schema.names
        return pa.schema([(name, pa.string()) for name in names]) if self.strict else self.grok.schema

    @property
    def _typed(self) -> list[pa.Field]:
        return [field for field in self._fields if not pat.is_string(field.type)]

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """The fields of the pattern; one of which some text is not of its type is a choice between both."""
        found, doubtful = self._fields, {field.name: field for field in self._typed}
        for texts in self._texts(file, path) if doubtful or self.malformed else ():
            for name in list(doubtful):
                if not all_parse(texts[name], doubtful[name]):
                    found = found.set(found.get_field_index(name), with_choice(doubtful.pop(name)))
            if not doubtful and self.malformed is None:
                break
        return found

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The lines of one object as batches of `schema`."""
        for texts in self._texts(file, path):
            rows = len(next(iter(texts.values())))
            arrays = [
                typed(texts[field.name], field) if field.name in texts else pa.nulls(rows, field.type)
                for field in schema
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _texts(self, file: BinaryIO, path: str) -> Iterator[dict[str, pa.Array]]:
        """The texts of an object's fields, block by block."""
        matcher, names, number = self.grok.matcher(self.seconds), self.grok.schema.names, 0
        read = 0  # bytes of the lines before, where malformed ones are told of
        for lines in self._lines(file, path):
            rows = []
            for whole in lines:
                line = whole.removesuffix("\r")
                number += 1
                row = None if not line or line.isspace() else self._row(matcher, line, path, number)
                if row is not None:
                    rows.append(row)
                elif line and not line.isspace():
                    error = _unreadable(path, number, "logFormat does not match it", line)
                    if self.malformed is None:
                        raise error
                    end = read + len(line.encode())
                    self.malformed(MalformedRecord(error, line[:TEXT_MAX], end))
                if self.malformed is not None:
                    read += len(whole.encode()) + 1
            if rows:
                columns = zip(*rows, strict=True)
                yield {name: pa.array(texts, pa.string()) for name, texts in zip(names, columns, strict=True)}

    def _row(self, matcher: Matcher, line: str, path: str, number: int) -> list[str | None] | None:
        """The texts of a line; None if it does not match.

        Raises RecordUnreadable where that takes too long. Another pass over the file might end in time, so
        the line is not called malformed.
        """
        try:
            texts = matcher.texts(line)
        except TimeoutError:
            why = f"logFormat matches it in too many ways: after {matcher.seconds:g} s there is no result"
            raise _unreadable(path, number, why, line) from None
        return None if texts is None else [None if text == self.missing else text for text in texts]

    def _lines(self, file: BinaryIO, path: str) -> Iterator[list[str]]:
        """The lines in blocks, without their line feeds."""
        text = Utf8(decompressed(file, path, self.compression), path, self.encoding)
        rest = ""
        while data := text.read(self.block_bytes):
            *lines, rest = (rest + data.decode()).split("\n")
            yield lines
        if rest:
            yield [rest]


def _unreadable(path: str, number: int, why: str, line: str) -> RecordUnreadable:
    said = line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
    return RecordUnreadable(path, f"line {number}", f"{why}: {said!r}")


def grok_of(options: FormatOptions) -> Grok:
    """The pattern that format options say.

    Raises UnsupportedFeature without one, for one that is broken, and for records of several lines.
    """
    text = options.text("logFormat", "")
    if not text.strip():
        raise UnsupportedFeature(
            "grokLog is read with the format option logFormat, the pattern of a line: "
            "format_options={'logFormat': '%{COMMONAPACHELOG}'}."
        )
    if options.text("LineCount", "1").strip() != "1":
        raise UnsupportedFeature(
            "The format option LineCount is 1: grokLog reads one line as one record, here as on AWS."
        )
    return Grok.of(text, custom_patterns(options.text("customPatterns", "")))
