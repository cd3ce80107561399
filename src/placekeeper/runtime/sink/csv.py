"""CSV output: null is nothing, the empty string is a pair of quotes, quotes are put where they are needed."""

from dataclasses import dataclass
from typing import ClassVar, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.scan.csv.dialect import Dialect
from placekeeper.runtime.scan.encodings import refuse_encoding
from placekeeper.runtime.scan.options import FormatOptions
from placekeeper.runtime.sink.canonical import UNWRITTEN
from placekeeper.runtime.sink.compress import Sink, codec_suffix, text_codec
from placekeeper.runtime.sink.text import text_column

_SLICE_ROWS: Final = 65_536  # the bytes of one slice's lines have to fit the 2 GB of an Arrow string column


@dataclass(frozen=True)
class CsvOutput:
    """A CSV dialect; characters are single ASCII characters, None where switched off."""

    separator: str = ","
    quote: str | None = '"'
    escape: str | None = None
    write_header: bool = True
    codec: str = "none"

    refused: ClassVar[frozenset[str]] = frozenset({"struct", "array", "map", "binary"}) | UNWRITTEN

    @classmethod
    def of(cls, options: FormatOptions) -> "CsvOutput":
        """The dialect that Glue's format options describe."""
        refuse_encoding(options, "CSV is written")
        dialect = Dialect.of(options)
        return cls(
            separator=dialect.separator,
            quote=dialect.quote,
            escape=dialect.escape,
            write_header=options.flag("writeHeader", default=True),
            codec=text_codec(options.text("compression", "")),
        )

    @property
    def suffix(self) -> str:
        """`.csv`, `.csv.gz`, `.csv.bz2`."""
        return ".csv" + codec_suffix(self.codec)

    def writer(self, file: StagingFile, schema: pa.Schema) -> "CsvWriter":
        """A writer into `file`."""
        return CsvWriter(self, Sink(file, self.codec), schema)

    def lines(self, batch: pa.RecordBatch) -> bytes:
        """The rows of a batch as lines."""
        columns = [
            self._column(column, field.name)
            for field, column in zip(batch.schema, batch.columns, strict=True)
        ]
        joined = pc.binary_join_element_wise(
            *columns, self.separator, null_handling="replace", null_replacement=""
        )
        return _ended(joined)

    def header(self, names: list[str]) -> bytes:
        """The line of column names."""
        return self.separator.join(self._quoted(pa.array(names, pa.string())).to_pylist()).encode() + b"\n"

    def _column(self, column: pa.Array, name: str) -> pa.Array:
        text = text_column(column, name)
        return self._quoted(text) if pat.is_string(column.type) else text

    def _quoted(self, text: pa.Array) -> pa.Array:
        if self.quote is None:
            return self._escaped(text, self.separator) if self.escape else text
        needed = pc.equal(text, "")
        for char in (self.separator, self.quote, "\n", "\r", self.escape):
            if char:
                needed = pc.or_(needed, pc.match_substring(text, char))
        needed = pc.or_(needed, pc.match_substring_regex(text, r"^\s|\s$"))
        if not pc.any(needed).as_py():
            return text
        inner = (
            self._escaped(text, self.quote)
            if self.escape
            else pc.replace_substring(text, self.quote, self.quote * 2)
        )
        return pc.if_else(needed, pc.binary_join_element_wise(self.quote, inner, self.quote, ""), text)

    def _escaped(self, text: pa.Array, char: str) -> pa.Array:
        escape = self.escape or ""
        doubled = pc.replace_substring(text, escape, escape * 2)
        return pc.replace_substring(doubled, char, escape + char)


class CsvWriter:
    """Writes batches as lines, the header first."""

    buffered_bytes: Final = 0

    def __init__(self, output: CsvOutput, sink: Sink, schema: pa.Schema) -> None:
        self._output = output
        self._sink = sink
        if output.write_header:
            sink.write(output.header(schema.names))

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch."""
        for begin in range(0, batch.num_rows, _SLICE_ROWS):
            self._sink.write(self._output.lines(batch.slice(begin, _SLICE_ROWS)))

    def flush(self) -> None:
        """Nothing is held in memory."""

    def close(self) -> None:
        """Write the end of the file."""
        self._sink.close()


def _ended(lines: pa.Array) -> bytes:
    """The bytes of all lines, each with its end: the value buffer of the joined column, taken as it is."""
    ended = pc.binary_join_element_wise(lines, "", "\n").cast(pa.large_string())
    _, offsets, values = ended.buffers()
    if values is None:
        return b""
    bounds = pa.Array.from_buffers(pa.int64(), len(ended) + 1, [None, offsets])
    first, last = bounds[ended.offset].as_py(), bounds[len(ended)].as_py()
    return bytes(memoryview(values)[first:last])
