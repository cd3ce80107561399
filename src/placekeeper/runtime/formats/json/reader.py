"""The reader of JSON. A first pass gathers the types of what the records hold, a second one reads them."""

import collections
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.json.faults import TOO_DEEP
from placekeeper.runtime.formats.json.paths import Step, parse_path, values_at
from placekeeper.runtime.formats.json.text import BLOCK_BYTES
from placekeeper.runtime.formats.json.values import Values, record_blocks
from placekeeper.runtime.formats.shared.declared_columns import DeclaredColumns, declared_schema
from placekeeper.runtime.formats.shared.decompression import decompressed
from placekeeper.runtime.formats.shared.encodings import refuse_encoding
from placekeeper.runtime.formats.shared.kinds import kind_of
from placekeeper.runtime.formats.shared.malformed import TEXT_MAX, MalformedRecord, RecordReader
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.shared.record_columns import Record, RecordColumns
from placekeeper.runtime.types.schema_gatherer import SchemaGatherer


@dataclass(frozen=True)
class JsonReader(RecordReader):
    """JSON Lines, documents and arrays; `steps` is the parsed jsonPath, None without one.

    `declared` is the schema that the script declares, None where the records tell it. `block_bytes` is how
    much of a file is read at once.
    """

    steps: tuple[Step, ...] | None = None
    compression: str = ""
    declared: pa.Schema | None = None
    block_bytes: int = BLOCK_BYTES

    @property
    def reads_all_for_schema(self) -> bool:
        """True unless the script declares the schema."""
        return self.declared is None

    @classmethod
    def of(cls, options: FormatOptions) -> "JsonReader":
        """The reader that Glue's format options describe. `multiline` needs no telling apart."""
        refuse_encoding(options, "JSON is read")
        path = options.text("jsonPath", "")
        return cls(
            steps=parse_path(path) if path else None,
            compression=options.text("compressionType", ""),
            declared=declared_schema(options),
        )

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """The declared schema; else the types of every record of the object, and how often fields occur."""
        if self.declared is not None:
            if self.malformed is not None:
                collections.deque(self._blocks(file, path), maxlen=0)
            return self.declared
        gatherer = SchemaGatherer(kind_of)
        try:
            for records in self._blocks(file, path):
                gatherer.observe_records(records)
            return gatherer.schema()
        except RecursionError:
            raise RecordUnreadable(path, "its deepest record", TOO_DEEP) from None

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The records of one object as batches of `schema`; a field that a record does not have is null.

        Hidden columns of `schema` list what is missing (`runtime.types.missing_fields`).
        """
        blocks = self._blocks(file, path)
        if self.declared is not None:
            yield from DeclaredColumns().batches(blocks, path, schema)
            return
        yield from RecordColumns().batches(blocks, path, schema, cells=self.block_bytes)

    def _blocks(self, file: BinaryIO, path: str) -> Iterator[list[Record]]:
        plain = decompressed(file, path, self.compression)
        if self.steps is None:
            yield from record_blocks(plain, path, block_bytes=self.block_bytes, malformed=self.malformed)
            return
        values = Values(plain, path, block_bytes=self.block_bytes, malformed=self.malformed)
        for number, document in enumerate(values.documents(), 1):
            records = []
            for value in values_at(document, self.steps):
                if isinstance(value, dict):
                    records.append(value)
                    continue
                reason = f"jsonPath leads to {str(value)[:60]!r}, not to an object"
                error = RecordUnreadable(path, f"document {number}", reason)
                if self.malformed is None:
                    raise error
                text = json.dumps(value, ensure_ascii=False)[:TEXT_MAX]
                self.malformed(MalformedRecord(error, text, values.bytes_read))
            yield records
