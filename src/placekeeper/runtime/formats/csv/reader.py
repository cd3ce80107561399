"""The reader of CSV: every column is a string, as AWS Glue reads it without a catalog table."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

import pyarrow as pa

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.csv.blocks import Blocks, BlockSizes
from placekeeper.runtime.formats.csv.columns import columns_of, row_of
from placekeeper.runtime.formats.csv.dialect import Dialect
from placekeeper.runtime.formats.csv.structure import Rows
from placekeeper.runtime.formats.shared.decompression import Readable, codec_of, decompressed
from placekeeper.runtime.formats.shared.encodings import UTF_8, Utf8, encoding_of
from placekeeper.runtime.formats.shared.line_ranges import Before, Lines
from placekeeper.runtime.formats.shared.malformed import RecordReader
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.types.names import distinct

_LIMITS: Final = BlockSizes()
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
        blocks = self._blocks(file, path)
        first = blocks.first_row() if self.malformed is None else self._first_of_all(blocks)
        return pa.schema([(name, pa.string()) for name in self._names(first)])

    def _first_of_all(self, blocks: Blocks) -> list[str]:
        """The first row, after all were looked at."""
        first: list[str] = []
        for rows in blocks.rows():
            first = first or row_of(rows, 0, self.dialect)
        return first

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows of one object as batches of `schema`; a column it does not have is null."""
        yield from self._batches(self._blocks(file, path), schema, (), self._skipped)

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
            batch = _batch(rows, names, schema, self.dialect)
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
        if not self.with_header:
            return tuple(f"col{place}" for place in range(len(row)))
        return distinct([name or f"col{place}" for place, name in enumerate(row)])


def _batch(rows: Rows, names: tuple[str, ...], schema: pa.Schema, dialect: Dialect) -> pa.RecordBatch:
    """The columns of `schema` alone are made; of a file with these `names`."""
    positions = {name: place for place, name in enumerate(names)}
    there = [name for name in schema.names if name in positions]
    columns = columns_of(rows, [positions[name] for name in there], len(names), dialect)
    made = dict(zip(there, columns, strict=True))
    lacking = pa.nulls(len(rows), pa.string())
    return pa.RecordBatch.from_arrays([made.get(name, lacking) for name in schema.names], schema=schema)
