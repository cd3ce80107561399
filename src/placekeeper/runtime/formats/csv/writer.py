"""The writer of CSV: null is nothing, the empty string is a pair of quotes, and few fields need quotes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

import pyarrow as pa

from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.formats.csv.cells import CellDialect, Cells
from placekeeper.runtime.formats.csv.lines import lines_of
from placekeeper.runtime.formats.shared.compression import CompressedFile, codec_suffix, text_codec
from placekeeper.runtime.formats.shared.encodings import refuse_encoding
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.types.kinds import NESTED

_SLICE_ROWS: Final = 65_536  # the bytes of one slice's lines have to fit the 2 GB of an Arrow string column


@dataclass(frozen=True)
class CsvOutput:
    """CSV of one dialect."""

    dialect: CellDialect = field(default_factory=CellDialect)
    write_header: bool = True
    codec: str = "none"

    refused: ClassVar[frozenset[str]] = NESTED | {"binary"}

    @classmethod
    def of(cls, options: FormatOptions) -> "CsvOutput":
        """The output that Glue's format options describe. Raises UnsupportedFeature as its dialect does."""
        refuse_encoding(options, "CSV is written")
        return cls(
            dialect=CellDialect.of(options),
            write_header=options.flag("writeHeader", default=True),
            codec=text_codec(options.text("compression", "")),
        )

    @property
    def suffix(self) -> str:
        """`.csv`, `.csv.gz`, `.csv.bz2`, …"""
        return ".csv" + codec_suffix(self.codec)

    def check_names(self, names: Sequence[str]) -> None:
        """Raise UnsupportedFeature for a name that the line of names cannot hold."""
        if self.write_header:
            self.cells(names).header()

    def writer(self, file: StagingFile, schema: pa.Schema) -> "CsvWriter":
        """A writer into `file`."""
        return CsvWriter(self, CompressedFile(file, self.codec), schema)

    def cells(self, names: Sequence[str]) -> Cells:
        """The maker of fields from the values of these columns."""
        return Cells(self.dialect, tuple(names), begins_file=not self.write_header)


class CsvWriter:
    """Writes batches as lines, the names first."""

    buffered_bytes: Final = 0

    def __init__(self, output: CsvOutput, file: CompressedFile, schema: pa.Schema) -> None:
        self._separator = output.dialect.separator
        self._cells = output.cells(schema.names)
        self._file = file
        self._rows = 0
        if output.write_header:
            file.write(self._separator.join(self._cells.header()).encode() + b"\n")

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch. Raises ValueUnwritable for a value that the dialect cannot hold."""
        for begin in range(0, batch.num_rows, _SLICE_ROWS):
            part = batch.slice(begin, _SLICE_ROWS)
            fields = self._cells.of(part, self._rows + 1)
            self._file.write(lines_of(fields, self._separator))
            self._rows += part.num_rows

    def flush(self) -> None:
        """Nothing is held in memory."""

    def close(self) -> None:
        """Write the end of the file."""
        self._file.close()
