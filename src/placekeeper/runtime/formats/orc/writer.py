"""The writer of ORC: timestamps without a zone, in UTC, as Spark writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import pyarrow as pa
import pyarrow.orc as arrow_orc
import pyarrow.types as pat

from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.formats.orc.options import CODEC_SUFFIXES, codec_of
from placekeeper.runtime.formats.shared.arrow_files import RawFile
from placekeeper.runtime.formats.shared.names import refuse_repeated
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.types.kinds import EMPTY_STRUCT, REPEATED_NAME

_STRIPE_BYTES: Final = 16 * 1024 * 1024  # waits in memory, once for each open file


@dataclass(frozen=True)
class OrcOutput:
    """ORC with one compression for all columns."""

    compression: str = "snappy"

    refused: ClassVar[frozenset[str]] = frozenset({"void", EMPTY_STRUCT, REPEATED_NAME})

    @classmethod
    def of(cls, options: FormatOptions) -> "OrcOutput":
        """The output that Glue's format options describe. Raises UnsupportedFeature for another codec."""
        return cls(compression=codec_of(options))

    @property
    def suffix(self) -> str:
        """`.c000.snappy.orc`, `.c000.orc`, …"""
        return f".c000{CODEC_SUFFIXES[self.compression]}.orc"

    def check_names(self, names: Sequence[str]) -> None:
        """Raise UnsupportedFeature for a name that occurs twice: readers take one of the two."""
        refuse_repeated(names, "orc")

    def writer(self, file: StagingFile, schema: pa.Schema) -> "OrcWriter":
        """A writer into `file`."""
        return OrcWriter(file, schema, self.compression)


class OrcWriter:
    """Writes batches; Arrow gathers them into stripes."""

    buffered_bytes: Final = 0

    def __init__(self, file: StagingFile, schema: pa.Schema, compression: str) -> None:
        self._schema = pa.schema([field.with_type(_without_zone(field.type)) for field in schema])
        self._writer = arrow_orc.ORCWriter(
            pa.PythonFile(RawFile(file), mode="w"), compression=compression, stripe_size=_STRIPE_BYTES
        )

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch."""
        table = pa.Table.from_batches([batch]).cast(self._schema)
        self._writer.write(table)

    def flush(self) -> None:
        """Nothing is held in memory that could be written before a stripe is full."""

    def close(self) -> None:
        """Write the last stripe and the footer."""
        self._writer.close()


def _without_zone(data_type: pa.DataType) -> pa.DataType:
    if pat.is_timestamp(data_type):
        return pa.timestamp("us")
    if pat.is_struct(data_type):
        return pa.struct([field.with_type(_without_zone(field.type)) for field in data_type.fields])
    if pat.is_map(data_type):
        return pa.map_(_without_zone(data_type.key_type), _without_zone(data_type.item_type))
    if pat.is_list(data_type):
        return pa.list_(data_type.value_field.with_type(_without_zone(data_type.value_type)))
    return data_type
