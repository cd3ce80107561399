"""What every format of the sink can do, and which formats there are."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import pyarrow as pa

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.scan.options import FormatOptions
from placekeeper.runtime.sink.csv import CsvOutput
from placekeeper.runtime.sink.json import JsonOutput
from placekeeper.runtime.sink.parquet import ParquetOutput


class Writer(Protocol):
    """Writes record batches of one schema into one file."""

    @property
    def buffered_bytes(self) -> int:
        """Bytes of batches that are held in memory and not written yet."""
        ...

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch."""
        ...

    def flush(self) -> None:
        """Write what is held in memory."""
        ...

    def close(self) -> None:
        """Write the end of the file; the file itself stays to be finished or aborted."""
        ...


class OutputFormat(Protocol):
    """A picklable maker of writers."""

    @property
    def suffix(self) -> str:
        """The end of file names: `.c000.snappy.parquet`, `.csv.gz`, …"""
        ...

    @property
    def refused(self) -> frozenset[str]:
        """The kinds of types (kinds.py) that this format cannot hold, at any depth."""
        ...

    def check_names(self, names: Sequence[str]) -> None:
        """Raise UnsupportedFeature for names of columns that this format cannot hold."""
        ...

    def writer(self, file: StagingFile, schema: pa.Schema) -> Writer:
        """A writer into `file`."""
        ...


def output_format_named(name: str, options: Mapping[str, object]) -> OutputFormat:
    """The format as scripts name it. Raises UnsupportedFeature for one that is not written yet."""
    chosen = FormatOptions(options)
    match name.lower():
        case "csv":
            return CsvOutput.of(chosen)
        case "json":
            return JsonOutput.of(chosen)
        case "parquet" | "glueparquet":
            return ParquetOutput.of(chosen)
    raise UnsupportedFeature(f"The format {name!r} is not written yet: csv, json and parquet are.")
