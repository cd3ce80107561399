"""The writer of Avro: every field may be null, and version 1.8 has logical types."""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import fastavro
import pyarrow as pa

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.formats.avro.codecs import CODECS, SPELLINGS
from placekeeper.runtime.formats.avro.container import AvroBlocks, number
from placekeeper.runtime.formats.avro.encoding import Encoding, Encodings
from placekeeper.runtime.formats.avro.options import has_logical_types
from placekeeper.runtime.formats.shared.calendar import has_calendar, refuse_beyond_calendar
from placekeeper.runtime.formats.shared.names import refuse_repeated
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.types.kinds import NESTED_KEY, REPEATED_NAME

_SLICE_ROWS: Final = 1024
_BLOCK_BYTES: Final = 256 * 1024
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class AvroOutput:
    """Avro of one version and codec."""

    logical: bool = False
    codec: str = "snappy"

    refused: ClassVar[frozenset[str]] = frozenset({REPEATED_NAME, NESTED_KEY})

    @classmethod
    def of(cls, options: FormatOptions) -> "AvroOutput":
        """The output that Glue's format options describe. Raises UnsupportedFeature for another codec."""
        wanted = options.text("compression", "snappy").strip().lower()
        codec = SPELLINGS.get(wanted)
        if codec is None:
            raise UnsupportedFeature(
                "Avro is written with snappy, deflate, zstandard, bzip2, xz or uncompressed, not with "
                f"{wanted!r}."
            )
        return cls(logical=has_logical_types(options), codec=codec)

    @property
    def suffix(self) -> str:
        """`.c000.avro`."""
        return ".c000.avro"

    def check_names(self, names: Sequence[str]) -> None:
        """Raise UnsupportedFeature for names that Avro does not have."""
        for name in names:
            check_name(name)
        refuse_repeated(names, "avro")

    def writer(self, file: StagingFile, schema: pa.Schema) -> "AvroWriter":
        """A writer into `file`."""
        return AvroWriter(file, schema, self)


class AvroWriter:
    """Gathers the encodings of records into blocks."""

    def __init__(self, file: StagingFile, schema: pa.Schema, output: AvroOutput) -> None:
        record = pa.struct(list(schema))
        encoding = Encodings(output.logical, check_name).record(record, "topLevelRecord")
        self._encoding: Encoding = encoding
        self._shape: Callable[[Any], Any] | None = encoding.shape
        self._array = fastavro.parse_schema({"type": "array", "items": encoding.plain})
        self._blocks = AvroBlocks(file, encoding.schema, CODECS[output.codec])
        self._texts = [] if output.logical else [field.name for field in schema if has_calendar(field.type)]
        self._waiting: list[bytes] = []
        self._count = self._rows = 0
        self.buffered_bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch. Raises ValueUnwritable for a date beyond the calendar that is written as text."""
        for name in self._texts:
            refuse_beyond_calendar(batch.column(name), name, self._rows + 1)
        numbers = pa.RecordBatch.from_arrays(
            [
                column.cast(field.type)
                for column, field in zip(batch.columns, self._encoding.numbers, strict=True)
            ],
            names=batch.schema.names,
        )
        for begin in range(0, batch.num_rows, _SLICE_ROWS):
            rows = numbers.slice(begin, _SLICE_ROWS).to_pylist()
            self._add(rows if self._shape is None else [self._shape(row) for row in rows])
        self._rows += batch.num_rows

    def _add(self, records: list[Any]) -> None:
        encoded = io.BytesIO()
        fastavro.schemaless_writer(encoded, self._array, records)
        # Behind the number of records, before the end of the array: the records alone.
        data = encoded.getvalue()[len(number(len(records))) : -1]
        self._waiting.append(data)
        self._count += len(records)
        self.buffered_bytes += len(data)
        if self.buffered_bytes >= _BLOCK_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what waits as a block."""
        if self._count:
            self._blocks.write(self._count, b"".join(self._waiting))
            self._waiting, self._count, self.buffered_bytes = [], 0, 0

    def close(self) -> None:
        """Write the last block."""
        self.flush()


def check_name(name: str) -> None:
    """Raise UnsupportedFeature for a name that Avro does not have."""
    if _NAME.fullmatch(name) is None:
        raise UnsupportedFeature(
            f"avro cannot hold the name {name!r}: a name in Avro begins with a letter or _, and goes on with "
            "letters, digits and _. Rename it with ApplyMapping or rename_field, or write Parquet."
        )
