"""CSV: every column is a string, as AWS Glue reads it without a catalog table."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

import pyarrow as pa

from placekeeper.runtime.scan.csv.blocks import Blocks, Limits
from placekeeper.runtime.scan.csv.columns import Columns
from placekeeper.runtime.scan.csv.dialect import Dialect
from placekeeper.runtime.scan.decompress import decompressed
from placekeeper.runtime.scan.encodings import UTF_8, Utf8, encoding_of
from placekeeper.runtime.scan.names import distinct
from placekeeper.runtime.scan.options import FormatOptions

_LIMITS: Final = Limits()


@dataclass(frozen=True)
class CsvFormat:
    """What docs/reference/csv.md says of the rows of a file."""

    dialect: Dialect = field(default_factory=Dialect)
    with_header: bool = False
    skip_first: bool = False
    encoding: str = UTF_8
    compression: str = ""
    limits: Limits = _LIMITS

    reads_all_for_schema: bool = False

    @classmethod
    def of(cls, options: FormatOptions) -> "CsvFormat":
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
        first = self._blocks(file, path).first_row()
        return pa.schema([(name, pa.string()) for name in self._names(first)])

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows of one object as batches of `schema`; a column it does not have is null."""
        positions: dict[str, int] = {}
        skip = self.with_header + self.skip_first
        for rows in self._blocks(file, path).rows():
            columns = Columns(rows, self.dialect)
            if not positions:
                positions = {name: place for place, name in enumerate(self._names(columns.row(0)))}
            skipped = min(skip, len(rows))
            skip -= skipped
            if skipped < len(rows):
                yield _batch(columns, len(rows) - skipped, skipped, positions, schema)

    def _blocks(self, file: BinaryIO, path: str) -> Blocks:
        plain = decompressed(file, path, self.compression)
        text = plain if self.encoding == UTF_8 else Utf8(plain, path, self.encoding)
        return Blocks(text, path, self.dialect, self.limits)

    def _names(self, row: list[str]) -> tuple[str, ...]:
        if not self.with_header:
            return tuple(f"col{place}" for place in range(len(row)))
        return distinct([name or f"col{place}" for place, name in enumerate(row)])


def _batch(
    columns: Columns, count: int, skipped: int, positions: dict[str, int], schema: pa.Schema
) -> pa.RecordBatch:
    arrays = [
        columns.column(positions[name], skipped) if name in positions else pa.nulls(count, pa.string())
        for name in schema.names
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
