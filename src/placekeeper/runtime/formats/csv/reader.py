"""The reader of CSV: every column is a string, as AWS Glue reads it without a catalog table."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.csv.blocks import Blocks, BlockSizes, first_row_of_line, plain_first_row
from placekeeper.runtime.formats.csv.columns import batch_of, row_of
from placekeeper.runtime.formats.csv.dialect import Dialect
from placekeeper.runtime.formats.csv.structure import Rows
from placekeeper.runtime.formats.csv.together import joined, runs_of
from placekeeper.runtime.formats.shared.codecs import HEAD_BYTES, compression_of
from placekeeper.runtime.formats.shared.decompression import (
    BYTE_ORDER_MARK,
    Readable,
    codec_of,
    decompressed,
)
from placekeeper.runtime.formats.shared.encodings import UTF_8, Utf8, encoding_of
from placekeeper.runtime.formats.shared.line_ranges import Before, Lines
from placekeeper.runtime.formats.shared.malformed import RecordReader
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.formats.shared.together import Content, Records
from placekeeper.runtime.types.names import distinct

_LIMITS: Final = BlockSizes()
_SMALL: Final = 64 * 1024
"""Bytes of a file that is read together with others."""

_MARK_BYTES: Final = 3
"""Of a byte order mark."""


@dataclass(frozen=True)
class CsvReader(RecordReader):
    """Reads the rows of a file as docs/reference/csv.md defines them."""

    dialect: Dialect = field(default_factory=Dialect)
    with_header: bool = False
    skip_first: bool = False
    encoding: str = UTF_8
    compression: str = ""
    limits: BlockSizes = _LIMITS

    reads_all_for_schema: bool = False

    @classmethod
    def of(cls, options: FormatOptions) -> "CsvReader":
        """The reader that Glue's format options describe. Raises UnsupportedFeature as `Dialect.of` does."""
        return cls(
            dialect=Dialect.of(options),
            with_header=options.flag("withHeader", default=False),
            skip_first=options.flag("skipFirst", default=False),
            encoding=encoding_of(options),
            compression=options.text("compressionType", ""),
        )

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """One string column per field of the object's first row."""
        if self.malformed is None and self.together_bytes and codec_of(path) is None:
            found = self._schema_of_line(file.read(self.limits.head))
            if found is not None:
                return found
            file.seek(0)
        blocks = self._blocks(file, path)
        first = blocks.first_row() if self.malformed is None else self._first_of_all(blocks)
        return _texts(self._names(first))

    def _schema_of_line(self, head: bytes) -> pa.Schema | None:
        """The schema by the first line alone; None where that does not say enough."""
        if compression_of(head[:HEAD_BYTES]):
            return None
        line = head[: head.find(b"\n") + 1]
        if self.with_header:
            return _schema_of_header(line, self.dialect)
        fields = plain_first_row(line.removeprefix(BYTE_ORDER_MARK), self.dialect)
        return None if fields is None else _schema_of_width(len(fields))

    def _first_of_all(self, blocks: Blocks) -> list[str]:
        """The first row, after all were looked at."""
        first: list[str] = []
        for rows in blocks.rows():
            first = first or row_of(rows, 0, self.dialect)
        return first

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows of one object as batches of `schema`; a column it does not have is null."""
        yield from self._batches(self._blocks(file, path), schema, (), self._skipped)

    @property
    def together_bytes(self) -> int:
        """See ReadsTogether."""
        return _SMALL if self.encoding == UTF_8 and not self.compression else 0

    def read_together(self, objects: Sequence[Content], schema: pa.Schema) -> Iterator[Records]:
        """See ReadsTogether."""
        for begin, texts in runs_of(objects, self.dialect, with_header=self.with_header):
            some = objects[begin : begin + max(len(texts), 1)]
            for batch, origins in self._run(some, texts, schema):
                yield Records(batch, origins + np.int32(begin))

    def _run(
        self, objects: Sequence[Content], texts: Sequence[bytes], schema: pa.Schema
    ) -> Iterator[Records]:
        """The records of objects with these `texts`. They are halved until those that are not right stand
        alone."""
        found = joined(texts, self.dialect, self._skipped) if texts else None
        if found is not None:
            names = self._names(found.first if self.with_header else [""] * found.width)
            for rows, origins in found.parts(max(1, self.limits.block // max(found.width, 1))):
                if len(rows):
                    yield Records(batch_of(rows, names, schema, self.dialect), origins)
        elif len(objects) == 1:
            for batch in self.read(io.BytesIO(objects[0].data), objects[0].path, schema):
                yield Records(batch, np.zeros(batch.num_rows, np.int32))
        else:
            half = len(objects) // 2
            yield from self._run(objects[:half], texts[:half], schema)
            for batch, origins in self._run(objects[half:], texts[half:], schema):
                yield Records(batch, origins + np.int32(half))

    def why_whole(self, file: BinaryIO, path: str, least: int) -> str:
        """See ReadsRanges. Without multiLine every line feed ends a row, or makes it malformed."""
        if self.dialect.multi_line:
            return "values may hold line ends (multiLine)"
        if self.encoding != UTF_8:
            return f"it is in {self.encoding}"
        if self.malformed is not None:
            return "malformed rows are told of in their order"
        if codec_of(path, self.compression) is not None:
            return "it is compressed"
        try:
            rows = next(self._blocks(file, path).rows(), None)
        except RecordUnreadable:
            return "its first rows are malformed"
        skip = self._skipped
        are_short = rows is not None and len(rows) > skip and rows.end_of(skip) + _MARK_BYTES <= least
        return "" if are_short else "its first rows are long"

    def read_range(
        self, file: BinaryIO, path: str, schema: pa.Schema, begin: int, end: int
    ) -> Iterator[pa.RecordBatch]:
        """See ReadsRanges."""
        if begin == 0:
            lines = self._blocks(Lines(file, 0, end), path)
            yield from self._batches(lines, schema, (), self._skipped)
            return
        names = self._names(row_of(next(self._blocks(file, path).rows()), 0, self.dialect))
        text = Lines(file, begin, end)
        before = Before(file, text.at)
        blocks = Blocks(text, path, self.dialect, self.limits, before=before, width=len(names))
        yield from self._batches(blocks, schema, names, 0)

    @property
    def _skipped(self) -> int:
        """How many of the first rows are no rows of the frame."""
        return self.with_header + self.skip_first

    def _batches(
        self, blocks: Blocks, schema: pa.Schema, names: tuple[str, ...], skip: int
    ) -> Iterator[pa.RecordBatch]:
        """The rows but the first ones; without `names`, the first of all has them."""
        for rows in self._parts(blocks, len(names)):
            names = names or self._names(row_of(rows, 0, self.dialect))
            batch = batch_of(rows, names, schema, self.dialect)
            if skip < len(rows):
                yield batch.slice(skip)
            skip = max(skip - len(rows), 0)

    def _parts(self, blocks: Blocks, width: int) -> Iterator[Rows]:
        """The rows in parts that have no more cells than a block has bytes, however short the rows are."""
        most = 0
        for rows in blocks.rows():
            most = most or max(1, self.limits.block // max(width, int(rows.counts[0])))
            yield from rows.parts(most)

    def _blocks(self, file: Readable, path: str) -> Blocks:
        plain = decompressed(file, path, self.compression)
        text = plain if self.encoding == UTF_8 else Utf8(plain, path, self.encoding)
        has_header = self.with_header or self.skip_first
        return Blocks(text, path, self.dialect, self.limits, self.malformed, has_header=has_header)

    def _names(self, row: list[str]) -> tuple[str, ...]:
        return _names_of_header(row) if self.with_header else _numbered(len(row))


def _names_of_header(row: list[str]) -> tuple[str, ...]:
    return distinct([name or f"col{place}" for place, name in enumerate(row)])


def _numbered(width: int) -> tuple[str, ...]:
    return tuple(f"col{place}" for place in range(width))


@lru_cache(maxsize=64)
def _schema_of_header(line: bytes, dialect: Dialect) -> pa.Schema | None:
    """Most files of a source have the same header, and the same schema object then."""
    fields = first_row_of_line(line.removeprefix(BYTE_ORDER_MARK), dialect)
    return None if fields is None else _texts(_names_of_header(fields))


@lru_cache(maxsize=64)
def _schema_of_width(width: int) -> pa.Schema:
    return _texts(_numbered(width))


def _texts(names: Sequence[str]) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in names])
