"""What every format of the scan can do, and which formats there are."""

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Protocol

import pyarrow as pa

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.runtime.scan.csv import CsvFormat
from placekeeper.runtime.scan.json import JsonFormat
from placekeeper.runtime.scan.options import FormatOptions
from placekeeper.runtime.scan.parquet import ParquetFormat


class Format(Protocol):
    """A picklable reader of objects of one format."""

    @property
    def reads_all_for_schema(self) -> bool:
        """Whether `schema` reads the whole object, so that tasks rather than the driver should call it."""
        ...

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """The canonical schema of one object; no columns if it is empty."""
        ...

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The records of one object as batches of exactly `schema`, bounded in memory.

        Raises RecordUnreadable, naming the object and the place.
        """
        ...


def format_named(name: str, options: Mapping[str, object]) -> Format:
    """The format as scripts name it. Raises UnsupportedFeature for one that is not read yet."""
    chosen = FormatOptions(options).also_called("compressionType", "compression")
    chosen.refuse("attachFilename", "attachTimestamp", "withSchema", because="it would change the columns")
    match name.lower():
        case "csv":
            return CsvFormat.of(chosen)
        case "json":
            return JsonFormat.of(chosen)
        case "parquet" | "glueparquet":
            return ParquetFormat.of(chosen)
    raise UnsupportedFeature(f"The format {name!r} is not read yet: csv, json and parquet are.")
