"""Data files of lake tables: Parquet in the columns of the table, whatever columns the rows have.

Source: docs/reference/lake-formats.md#schemas-of-lake-writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import pyarrow.types as pat

from placekeeper.model.errors import UsageError, ValueUnwritable
from placekeeper.model.wording import nearest
from placekeeper.ports.objects import StagingFile
from placekeeper.runtime.formats.parquet.options import CODEC_SUFFIXES
from placekeeper.runtime.formats.parquet.writer import ParquetWriter
from placekeeper.runtime.sink.columns import repeated
from placekeeper.runtime.types.conversion import converted
from placekeeper.runtime.types.exact import ValueRefused
from placekeeper.runtime.types.kinds import EMPTY_STRUCT
from placekeeper.runtime.types.layouts import is_bytes, is_list, is_text


@dataclass(frozen=True)
class LakeOutput:
    """Implements OutputFormat for the files of one table; `schema` has the columns of the table in a file."""

    schema: pa.Schema
    codec: str

    refused: ClassVar[frozenset[str]] = frozenset({EMPTY_STRUCT})

    @property
    def suffix(self) -> str:
        """`.c000.zstd.parquet`, …"""
        return f".c000{CODEC_SUFFIXES[self.codec]}.parquet"

    def check_names(self, names: Sequence[str]) -> None:
        """Nothing: `check_fits` has looked at them."""

    def writer(self, file: StagingFile, schema: pa.Schema) -> "_Writer":
        """A writer of batches of `schema` into `file`."""
        places = {name.lower(): place for place, name in enumerate(schema.names)}
        return _Writer(ParquetWriter(file, self.schema, self.codec), self.schema, places)


class _Writer:
    """Brings batches into the columns of the table."""

    def __init__(self, writer: ParquetWriter, schema: pa.Schema, places: dict[str, int]) -> None:
        self._writer = writer
        self._schema = schema
        self._places = places

    @property
    def buffered_bytes(self) -> int:
        return self._writer.buffered_bytes

    def write(self, batch: pa.RecordBatch) -> None:
        arrays = [self._array(batch, field) for field in self._schema]
        self._writer.write(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

    def flush(self) -> None:
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()

    def _array(self, batch: pa.RecordBatch, field: pa.Field) -> pa.Array:
        place = self._places.get(field.name.lower())
        if place is None:
            return pa.nulls(batch.num_rows, field.type)
        array = batch.column(place)
        if array.null_count and not field.nullable:
            raise ValueUnwritable(
                f"the column {field.name} of the table is required, and {array.null_count:,} of its values "
                "are null. Fill them, or filter these records out"
            )
        try:
            made = converted(array, field)
            return made if made.type.equals(field.type) else made.cast(field.type)
        except (ValueRefused, pa.ArrowException) as error:
            raise ValueUnwritable(f"the column {field.name} does not hold a value: {error}") from error


def check_fits(name: str, found: pa.Schema, wanted: pa.Schema) -> None:
    """Raise UsageError, naming the columns, for rows that the table `name` does not take as they are."""
    if twice := repeated(found.names, minds_case=False):
        raise UsageError(f"the frame has the columns {twice}, and {name} tells no names apart by case")
    columns = {field.name.lower(): field for field in wanted}
    for field in found:
        column = columns.get(field.name.lower())
        if column is None:
            near = nearest(field.name, wanted.names)
            hint = f" Instead of '{field.name}', write '{near}'." if near else ""
            raise UsageError(
                f"the table {name} has no column {field.name}; it has {', '.join(wanted.names)}.{hint} Drop "
                "the column, or add it to the table first (update_schema of pyiceberg). Nothing was written"
            )
        if not _fits(field.type, column.type):
            raise UsageError(
                f"the column {field.name} is {field.type}, and that of the table {name} is {column.type}. "
                "Cast it with ApplyMapping or resolveChoice. Nothing was written"
            )
    there = {field.name.lower() for field in found}
    lacking = [field.name for field in wanted if not field.nullable and field.name.lower() not in there]
    if lacking:
        raise UsageError(
            f"the frame lacks columns that the table {name} requires: {', '.join(lacking)}. "
            "Nothing was written"
        )


def _fits(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether every value of a type is one of the other's."""
    if pat.is_null(found):
        return True
    if pat.is_struct(found) and pat.is_struct(wanted):
        own = {field.name: field.type for field in found.fields}
        columns = {field.name: field for field in wanted.fields}
        return own.keys() <= columns.keys() and all(
            _fits(own[name], field.type) if name in own else field.nullable for name, field in columns.items()
        )
    if pat.is_map(found) and pat.is_map(wanted):
        return _fits(found.key_type, wanted.key_type) and _fits(found.item_type, wanted.item_type)
    if is_list(found) and is_list(wanted):
        return _fits(found.value_type, wanted.value_type)
    return found == wanted or _single_fits(found, wanted)


def _single_fits(found: pa.DataType, wanted: pa.DataType) -> bool:
    if pat.is_signed_integer(found) and pat.is_signed_integer(wanted):
        return bool(found.bit_width <= wanted.bit_width)
    if pat.is_floating(found) and pat.is_floating(wanted):
        return bool(found.bit_width <= wanted.bit_width)
    if pat.is_decimal(found) and pat.is_decimal(wanted):
        whole = found.precision - found.scale <= wanted.precision - wanted.scale
        return bool(whole and found.scale <= wanted.scale)
    if pat.is_timestamp(found) and pat.is_timestamp(wanted):
        return True
    return any(are(found) and are(wanted) for are in (is_text, is_bytes))
