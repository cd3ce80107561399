"""Parquet, read by row groups; types that files disagree on become choices."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.scan.canonical import canonical_schema
from placekeeper.runtime.scan.conform import conformed

_BATCH_ROWS: Final = 65_536
_BUFFER_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class ParquetFormat:
    """Parquet needs no options to be read."""

    reads_all_for_schema: bool = False

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """The canonical schema of the footer."""
        return canonical_schema(_opened(file, path).schema_arrow, path)

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows of one object, at most _BATCH_ROWS at a time."""
        parquet = _opened(file, path)
        try:
            for batch in parquet.iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
                yield conformed(batch, schema, path)
        except (pa.ArrowInvalid, OSError) as error:
            raise RecordUnreadable(path, "Parquet data", str(error)) from error


def _opened(file: BinaryIO, path: str) -> arrow_parquet.ParquetFile:
    try:
        return arrow_parquet.ParquetFile(file, coerce_int96_timestamp_unit="us", buffer_size=_BUFFER_BYTES)
    except (pa.ArrowInvalid, OSError) as error:
        raise RecordUnreadable(path, "Parquet footer", str(error)) from error
