"""The writer of XML: a row is an element, as Spark writes it. AWS writes no XML."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

import pyarrow as pa

from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.formats.shared.calendar import has_calendar, refuse_beyond_calendar
from placekeeper.runtime.formats.shared.compression import CompressedFile, codec_suffix, text_codec
from placekeeper.runtime.formats.shared.encodings import refuse_encoding
from placekeeper.runtime.formats.shared.names import refuse_repeated
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.shared.text import unwritable
from placekeeper.runtime.formats.xml.options import Names, tag_of
from placekeeper.runtime.formats.xml.written import Element, NotXml, struct_writer
from placekeeper.runtime.types.kinds import NESTED_KEY, REPEATED_NAME

_SLICE_ROWS: Final = 4096
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True)
class XmlOutput:
    """XML: rows in elements `row_tag` inside one element `root_tag`."""

    row_tag: str = "ROW"
    root_tag: str = "ROWS"
    names: Names = field(default_factory=Names)
    codec: str = "none"

    refused: ClassVar[frozenset[str]] = frozenset({REPEATED_NAME, NESTED_KEY})

    @classmethod
    def of(cls, options: FormatOptions) -> "XmlOutput":
        """The output that format options describe. Raises UnsupportedFeature for a tag that is no name."""
        refuse_encoding(options, "XML is written")
        return cls(
            row_tag=tag_of(options, "rowTag", "ROW"),
            root_tag=tag_of(options, "rootTag", "ROWS"),
            names=Names.of(options),
            codec=text_codec(options.text("compression", "")),
        )

    @property
    def suffix(self) -> str:
        """`.xml`, `.xml.gz`, …"""
        return ".xml" + codec_suffix(self.codec)

    def check_names(self, names: Sequence[str]) -> None:
        """Raise UnsupportedFeature for names that XML does not have, and for one that occurs twice."""
        struct_writer([pa.field(name, pa.string()) for name in names], self.names)
        refuse_repeated(names, "xml")

    def writer(self, file: StagingFile, schema: pa.Schema) -> "XmlWriter":
        """A writer into `file`. Raises UnsupportedFeature for a field whose name XML does not have."""
        return XmlWriter(CompressedFile(file, self.codec), schema, self)


class XmlWriter:
    """Writes batches as elements."""

    buffered_bytes: Final = 0

    def __init__(self, file: CompressedFile, schema: pa.Schema, output: XmlOutput) -> None:
        self._file = file
        self._output = output
        self._write_row = struct_writer(schema, output.names)
        self._by_column: list[tuple[str, Element]] = [
            (column.name, struct_writer([column], output.names)) for column in schema
        ]
        self._dated = [column.name for column in schema if has_calendar(column.type)]
        self._rows = 0
        file.write(f"{_DECLARATION}<{output.root_tag}>\n".encode())

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch. Raises ValueUnwritable for a value that XML cannot hold."""
        for name in self._dated:
            refuse_beyond_calendar(batch.column(name), name, self._rows + 1)
        tag = self._output.row_tag
        for begin in range(0, batch.num_rows, _SLICE_ROWS):
            pieces: list[str] = []
            for row in batch.slice(begin, _SLICE_ROWS).to_pylist():
                self._rows += 1
                try:
                    self._write_row(tag, row, pieces.append)
                except NotXml as error:
                    raise unwritable(self._column_of(row), self._rows, error.reason) from error
                pieces.append("\n")
            self._file.write("".join(pieces).encode())

    def _column_of(self, row: dict[str, object]) -> str:
        """The column whose value cannot be written."""
        for name, write in self._by_column:
            try:
                write("x", row, lambda _: None)
            except NotXml:
                return name
        return "(none)"

    def flush(self) -> None:
        """Nothing is held in memory."""

    def close(self) -> None:
        """Write the end of the file."""
        self._file.write(f"</{self._output.root_tag}>\n".encode())
        self._file.close()
