"""The writer of Parquet: row groups of bounded size, timestamps in microseconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.formats.parquet.dictionaries import dictionary_columns
from placekeeper.runtime.formats.parquet.options import CODEC_SUFFIXES, codec_of
from placekeeper.runtime.formats.shared.arrow_files import RawFile
from placekeeper.runtime.formats.shared.names import refuse_repeated
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.types.kinds import EMPTY_STRUCT

_ROW_GROUP_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True)
class ParquetOutput:
    """Parquet with one compression for all columns."""

    compression: str = "snappy"

    refused: ClassVar[frozenset[str]] = frozenset({"void", EMPTY_STRUCT})

    @classmethod
    def of(cls, options: FormatOptions) -> "ParquetOutput":
        """The output that Glue's format options describe. Raises UnsupportedFeature for another codec."""
        return cls(compression=codec_of(options))

    @property
    def suffix(self) -> str:
        """`.c000.snappy.parquet`, `.c000.parquet`, …"""
        return f".c000{CODEC_SUFFIXES[self.compression]}.parquet"

    def check_names(self, names: Sequence[str]) -> None:
        """Raise UnsupportedFeature for a name that occurs twice: readers take one of the two, or none."""
        refuse_repeated(names, "parquet")

    def writer(self, file: StagingFile, schema: pa.Schema) -> "ParquetWriter":
        """A writer into `file`."""
        return ParquetWriter(file, schema, self.compression)


class ParquetWriter:
    """Gathers batches into row groups. The first of them tells which columns get a dictionary."""

    def __init__(self, file: StagingFile, schema: pa.Schema, compression: str) -> None:
        self._file = file
        self._schema = schema
        self._compression = compression
        self._waiting: list[pa.RecordBatch] = []
        self.buffered_bytes = 0
        self._writer: arrow_parquet.ParquetWriter | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch; a full row group is written."""
        self._waiting.append(batch)
        self.buffered_bytes += batch.nbytes
        if self.buffered_bytes >= _ROW_GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what waits as a row group."""
        if self._waiting:
            self._begun().write_table(pa.Table.from_batches(self._waiting, self._schema))
            self._waiting = []
            self.buffered_bytes = 0

    def close(self) -> None:
        """Write the last row group and the footer."""
        self.flush()
        self._begun().close()

    def _begun(self) -> arrow_parquet.ParquetWriter:
        if self._writer is None:
            self._writer = arrow_parquet.ParquetWriter(
                pa.PythonFile(RawFile(self._file), mode="w"),
                self._schema,
                compression=self._compression,
                use_dictionary=dictionary_columns(self._waiting, self._schema),
                coerce_timestamps="us",
                allow_truncated_timestamps=True,
                store_schema=False,
            )
        return self._writer
