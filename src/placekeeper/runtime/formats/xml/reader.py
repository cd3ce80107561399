"""The reader of XML. A first pass gathers the types of what the rows hold, a second one reads them."""

import collections
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final

import pyarrow as pa

from placekeeper.runtime.formats.shared.declared_columns import DeclaredColumns, declared_schema
from placekeeper.runtime.formats.shared.decompression import decompressed
from placekeeper.runtime.formats.shared.encodings import encoding_of
from placekeeper.runtime.formats.shared.kinds import kind_of
from placekeeper.runtime.formats.shared.malformed import RecordReader
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.shared.record_columns import Record, RecordColumns
from placekeeper.runtime.formats.xml.elements import Values, recognised
from placekeeper.runtime.formats.xml.options import Names, row_tag_of
from placekeeper.runtime.formats.xml.rows import BLOCK_BYTES, Rows
from placekeeper.runtime.formats.xml.tags import why_no_rows
from placekeeper.runtime.types.depth import check_depth
from placekeeper.runtime.types.schema_gatherer import SchemaGatherer

_COLUMNS: Final = RecordColumns(empty_is_null=True)


@dataclass(frozen=True)
class XmlReader(RecordReader):
    """Reads the elements `row_tag`. `encoding` is Python's name; empty if each object says it itself.

    `declared` is the schema that the script declares, None where the rows tell it.
    """

    row_tag: str
    values: Values = field(default_factory=Values)
    encoding: str = ""
    compression: str = ""
    declared: pa.Schema | None = None
    block_bytes: int = BLOCK_BYTES

    @property
    def reads_all_for_schema(self) -> bool:
        """True unless the script declares the schema."""
        return self.declared is None

    @classmethod
    def of(cls, options: FormatOptions) -> "XmlReader":
        """The reader that format options describe. Raises UnsupportedFeature without a rowTag."""
        declared = declared_schema(options)
        values = Values(
            names=Names.of(options),
            excludes_attributes=options.flag("excludeAttribute", default=False),
            empty_is_null=options.flag("treatEmptyValuesAsNulls", default=False),
            strips=options.flag("ignoreSurroundingSpaces", default=False),
            typed=declared is None,
        )
        return cls(
            row_tag=row_tag_of(options),
            values=values,
            encoding=encoding_of(options) if options.text("encoding", "").strip() else "",
            compression=options.text("compressionType", ""),
            declared=declared,
        )

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """The declared schema; else the types of every row of the object, and how often fields occur."""
        if self.declared is not None:
            if self.malformed is not None:
                collections.deque(self._blocks(file, path, self.values), maxlen=0)
            return self.declared
        gatherer = SchemaGatherer(kind_of)
        for records in self._blocks(file, path, replace(self.values, empty=None)):
            gatherer.observe_records(records)
        found = gatherer.schema()
        check_depth(found, path)
        return found

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows of one object as batches of `schema`; a field that a row does not have is null."""
        blocks = self._blocks(file, path, self.values)
        if self.declared is None:
            yield from _COLUMNS.batches(blocks, path, schema, cells=self.block_bytes)
            return
        columns = DeclaredColumns(recognised, wraps=True, value=self.values.names.value)
        yield from columns.batches(blocks, path, schema)

    def why_no_rows(self, file: BinaryIO, path: str) -> str:
        """See ExplainsNoRows."""
        return why_no_rows(decompressed(file, path, self.compression), path, self.row_tag)

    def _blocks(self, file: BinaryIO, path: str, values: Values) -> Iterator[list[Record]]:
        plain = decompressed(file, path, self.compression)
        rows = Rows(path, self.row_tag, values, self.encoding, self.block_bytes, self.malformed)
        return rows.blocks(plain)
