"""The reader of JSON. A first pass gathers the types of what the records hold, a second one reads them."""

import collections
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import BinaryIO, TypeAlias

import pyarrow as pa

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.json.faults import TOO_DEEP
from placekeeper.runtime.formats.json.lines import LEAST_BYTES, LineLearner, LineReader, OfLines, line_blocks
from placekeeper.runtime.formats.json.paths import Step, parse_path, values_at
from placekeeper.runtime.formats.json.text import BLOCK_BYTES, Chained
from placekeeper.runtime.formats.json.typed_columns import lowered, typed_batches, with_types
from placekeeper.runtime.formats.json.values import Values, line_records, record_blocks
from placekeeper.runtime.formats.shared.declared_columns import DeclaredColumns, declared_schema
from placekeeper.runtime.formats.shared.decompression import codec_of, decompressed
from placekeeper.runtime.formats.shared.encodings import refuse_encoding
from placekeeper.runtime.formats.shared.given_records import Given, fitted, give
from placekeeper.runtime.formats.shared.line_ranges import Lines
from placekeeper.runtime.formats.shared.malformed import TEXT_MAX, MalformedRecord, RecordReader
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.shared.record_columns import Record, RecordColumns
from placekeeper.runtime.types.conversion import converted
from placekeeper.runtime.types.missing_fields import hidden_of

_Block: TypeAlias = pa.RecordBatch | list[Record]


@dataclass(frozen=True)
class JsonReader(RecordReader):
    """JSON Lines, documents and arrays; `steps` is the parsed jsonPath, None without one.

    `declared` is the schema that the script declares, None where the records tell it. `types` are those of
    single columns that a table says, by names in lower case (typed_columns.py). `block_bytes` is how
    much of a file is read at once, `layout_bytes` how much of that is worth a layout (lines.py). `given` gets
    what `schema` decodes.
    """

    steps: tuple[Step, ...] | None = None
    compression: str = ""
    declared: pa.Schema | None = None
    types: pa.Schema | None = None
    block_bytes: int = BLOCK_BYTES
    layout_bytes: int = LEAST_BYTES
    given: Given | None = field(default=None, kw_only=True)

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

    def giving(self, given: Given) -> "JsonReader | None":
        """See GivesRecords."""
        return replace(self, given=given) if self.declared is None and self.types is None else None

    def taking(self, types: pa.Schema) -> "JsonReader":
        """See TakesTypes. A schema that the script declares counts more."""
        return self if self.declared is not None else replace(self, types=lowered(types))

    def of_given(
        self, batches: Iterator[pa.RecordBatch], path: str, schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        """See GivesRecords."""
        del path
        return fitted(batches, schema)

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """The declared schema; else the types of every record of the object, and how often fields occur."""
        if self.declared is not None:
            if self.malformed is not None:
                collections.deque(self._records(file, path), maxlen=0)
            return self.declared
        learner = LineLearner(self.block_bytes, self.layout_bytes)
        try:
            for block in self._blocks(file, path, learner):
                self._learn(block, path, learner)
            return with_types(learner.gatherer.schema(), self.types)
        except RecursionError:
            raise RecordUnreadable(path, "its deepest record", TOO_DEEP) from None

    def why_whole(self, file: BinaryIO, path: str, least: int) -> str:
        """See ReadsRanges. `schema_range` then looks at all lines."""
        del least
        if self.steps is not None:
            return "jsonPath may lead to records of several lines"
        if self.declared is not None:
            return "its schema is declared, so nobody looks first whether every line is a record"
        if self.malformed is not None:
            return "malformed records are told of in their order"
        if codec_of(path, self.compression) is not None:
            return "it is compressed"
        try:
            first = decompressed(file, path).read(self.block_bytes)
        except RecordUnreadable:
            return "its first bytes are not JSON"
        lines = first[: first.rfind(b"\n") + 1]
        has_lines = 0 < lines.count(b"\n") <= len(line_records(lines) or ())
        return "" if has_lines else "its first lines are not records"

    def schema_range(self, file: BinaryIO, path: str, begin: int, end: int) -> pa.Schema | None:
        """See DescribesRanges: a line that is not one record has to be read with those around it."""
        learner = LineLearner(self.block_bytes, self.layout_bytes)
        text = _text(file, path, begin, end)
        try:
            for block in line_blocks(text, block_bytes=self.block_bytes, of_lines=learner):
                if block is None:
                    return None
                self._learn(block, path, learner)
        except RecursionError:  # who reads the whole object names the record
            return None
        return with_types(learner.gatherer.schema(), self.types)

    def read_range(
        self, file: BinaryIO, path: str, schema: pa.Schema, begin: int, end: int
    ) -> Iterator[pa.RecordBatch]:
        """See ReadsRanges."""
        text = _text(file, path, begin, end)
        blocks = partial(record_blocks, text, path, block_bytes=self.block_bytes)
        return self._batches(lambda of_lines: blocks(of_lines=of_lines), path, schema)

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The records of one object as batches of `schema`; a field that a record does not have is null.

        Hidden columns of `schema` list what is missing (`runtime.types.missing_fields`).
        """
        if self.declared is not None:
            return DeclaredColumns().batches(self._records(file, path), path, schema)
        return self._batches(lambda of_lines: self._blocks(file, path, of_lines), path, schema)

    def _batches(
        self, blocks: Callable[[OfLines], Iterator[_Block]], path: str, schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        columns = RecordColumns()
        if self.types is not None and any(field.name.lower() in self.types.names for field in schema):
            for block in blocks(line_records):
                if isinstance(block, list) and block:
                    yield from typed_batches(block, path, schema, self.types, cells=self.block_bytes)
            return
        # What is left out is not looked into: a record may be malformed there.
        by_layout = LineReader(
            schema, self.block_bytes, self.layout_bytes, refuses_others=self.malformed is not None
        )
        lists_missing = any(hidden_of(field) is not None for field in schema)
        of_lines = line_records if lists_missing else by_layout
        for block in blocks(of_lines):
            if isinstance(block, list):
                yield from columns.batches(iter([block]), path, schema, cells=self.block_bytes)
            else:
                arrays = [converted(array, field) for array, field in zip(block.columns, schema, strict=True)]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _learn(self, block: _Block, path: str, learner: LineLearner) -> None:
        if isinstance(block, list):
            learner.gatherer.observe_records(block)
        if self.given is not None:
            self._give(block, path, self.given)

    def _give(self, block: _Block, path: str, given: Given) -> None:
        if not isinstance(block, list):
            given(block)
        elif block:
            give(block, path, given, cells=self.block_bytes)

    def _records(self, file: BinaryIO, path: str) -> Iterator[list[Record]]:
        return (block for block in self._blocks(file, path, line_records) if isinstance(block, list))

    def _blocks(self, file: BinaryIO, path: str, of_lines: OfLines) -> Iterator[_Block]:
        plain = decompressed(file, path, self.compression)
        if self.steps is None:
            yield from record_blocks(
                plain, path, block_bytes=self.block_bytes, malformed=self.malformed, of_lines=of_lines
            )
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


def _text(file: BinaryIO, path: str, begin: int, end: int) -> io.BufferedReader:
    """The text of a range of an object that is not compressed; without a byte order mark of the object."""
    lines = Lines(file, begin, end)
    return io.BufferedReader(Chained(b"", lines)) if begin else decompressed(lines, path)
