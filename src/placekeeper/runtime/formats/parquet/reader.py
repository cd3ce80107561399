"""The reader of Parquet, by row groups; types that files disagree on become choices.

A file says its types twice: in Parquet's words and, where Arrow wrote it, in Arrow's. Marks of Parquet's that
Arrow does not pass on (ENUM, UUID, INTERVAL, VARIANT) are looked up in Parquet's own schema.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, Final

import pyarrow as pa
import pyarrow.parquet as arrow_parquet
import pyarrow.types as pat

from placekeeper.model.errors import RecordUnreadable, UnsupportedFeature
from placekeeper.runtime.formats.parquet.exactness import Typed, obstacle_of, unbounded_columns
from placekeeper.runtime.formats.parquet.int96 import check_int96
from placekeeper.runtime.formats.parquet.pages import BrokenPage, check_checksums, has_checksums
from placekeeper.runtime.formats.shared.arrow_files import (
    ARROW_ERRORS,
    arrow_errors,
    columns_read,
    in_frame,
    refused_values,
)
from placekeeper.runtime.formats.shared.footers import Footer
from placekeeper.runtime.formats.shared.nanoseconds import cuts_nanoseconds
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.types.canonical import Canonical, Rules
from placekeeper.runtime.types.depth import check_depth
from placekeeper.runtime.types.names import distinct

_BATCH_ROWS: Final = 65_536
_BUFFER_BYTES: Final = 1024 * 1024
_VARIANT: Final = re.compile(r"\(Variant\b")
_ENCRYPTED: Final = "it is encrypted, and encrypted Parquet is not read here. Decrypt it first"


@dataclass(frozen=True)
class ParquetReader:
    """Reads Parquet files. With `cut_nanoseconds`, nanoseconds are cut off, which no timestamp holds."""

    cut_nanoseconds: bool = False

    reads_all_for_schema: bool = False
    engine_format: ClassVar[str] = "parquet"

    @classmethod
    def of(cls, options: FormatOptions) -> "ParquetReader":
        """The reader that format options describe. Raises UnsupportedFeature for another value."""
        return cls(cut_nanoseconds=cuts_nanoseconds(options))

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """The canonical schema of the footer."""
        with arrow_errors(path, lambda: "Parquet footer"):
            columns = self._columns(_opened(file, path), path)
        schema = pa.schema([column.field for column in columns])
        check_depth(schema, path)
        return schema

    def footer(self, file: BinaryIO, path: str, like: Footer | None = None) -> Footer:
        """What the footer says, for a reader that is not ours."""
        with arrow_errors(path, lambda: "Parquet footer"):
            parquet = _opened(file, path)
            typed = None if like is None else like.origin
            if isinstance(typed, Typed) and like is not None and typed.is_of(parquet):
                schema = like.schema
            else:
                columns = self._columns(parquet, path)
                schema = pa.schema([column.field for column in columns])
                check_depth(schema, path)
                typed = Typed.of(parquet)
            if obstacle := obstacle_of(parquet, typed):
                return Footer(schema, obstacle)
            # of many footers with other schemas, none keeps its own: it would keep all metadata
            origin = typed if like is None else like.origin
            try:
                checked = has_checksums(file, parquet.metadata)
            except BrokenPage:
                return Footer(schema, "its first page cannot be read")
            unbounded, rows = unbounded_columns(parquet, typed), parquet.metadata.num_rows
            return Footer(schema, "", unbounded, checked, rows, origin)

    def check_pages(self, file: BinaryIO, path: str) -> None:
        """Raise RecordUnreadable for a page whose checksum is not that of its bytes."""
        with arrow_errors(path, lambda: "Parquet footer"):
            metadata = _opened(file, path).metadata
        try:
            check_checksums(file, metadata)
        except BrokenPage as error:
            raise RecordUnreadable(path, "Parquet data", f"a page has another checksum: {error}") from None

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows of one object, at most _BATCH_ROWS at a time; of its columns, those of `schema` alone."""
        with arrow_errors(path, lambda: "Parquet footer"):
            parquet = _opened(file, path)
            columns = self._columns(parquet, path)
        read = columns_read(parquet.schema_arrow.names, columns, schema)
        with refused_values(path, "Parquet data"):
            check_int96(file, parquet, read, _BATCH_ROWS, cut_nanoseconds=self.cut_nanoseconds)
        there = columns if read is None else [one for one in columns if one.field.name in read]
        places = {column.field.name: place for place, column in enumerate(there)}
        wanted = [(field, places.get(field.name)) for field in schema]
        row = 0
        for batch in _batches(parquet, read, path):
            yield pa.RecordBatch.from_arrays(
                [
                    pa.nulls(batch.num_rows, field.type)
                    if place is None
                    else in_frame(batch.column(place), there[place], field, path, row)
                    for field, place in wanted
                ],
                schema=schema,
            )
            row += batch.num_rows
        if row != parquet.metadata.num_rows:
            raise RecordUnreadable(
                path, "Parquet data", f"the footer says {parquet.metadata.num_rows} rows, and there are {row}"
            )

    def _columns(self, parquet: arrow_parquet.ParquetFile, path: str) -> list[Canonical]:
        """The columns as a frame has them, in the order of the file, each under a name of its own."""
        arrow = parquet.schema_arrow
        marks = _marks(parquet)
        columns = []
        for field, name in zip(arrow, distinct(arrow.names), strict=True):
            where = f"{path}, column {name}"
            if _looks_like_variant(field.type) and _VARIANT.search(str(parquet.schema)):
                raise UnsupportedFeature(
                    f"{where} has the type VARIANT, which Glue has no type for: write it as a text of JSON."
                )
            columns.append(Rules(where, marks, self.cut_nanoseconds).field(field.with_name(name)))
        return columns


def _opened(file: BinaryIO, path: str) -> arrow_parquet.ParquetFile:
    try:
        return arrow_parquet.ParquetFile(
            file,
            coerce_int96_timestamp_unit="us",
            buffer_size=_BUFFER_BYTES,
            page_checksum_verification=True,
        )
    except OSError as error:
        if error.errno is None and "encrypted" in str(error):
            raise RecordUnreadable(path, "Parquet footer", _ENCRYPTED) from error
        raise


def _batches(
    parquet: arrow_parquet.ParquetFile, read: list[str] | None, path: str
) -> Iterator[pa.RecordBatch]:
    with arrow_errors(path, lambda: _broken_place(parquet)):
        yield from parquet.iter_batches(batch_size=_BATCH_ROWS, columns=read, use_threads=False)


def _marks(parquet: arrow_parquet.ParquetFile) -> Iterator[str]:
    """Parquet's name of the logical type of each column of single values; INTERVAL has the old kind only."""
    for number in range(len(parquet.schema)):
        column = parquet.schema.column(number)
        yield "INTERVAL" if column.converted_type == "INTERVAL" else column.logical_type.type


def _looks_like_variant(data_type: pa.DataType) -> bool:
    if pat.is_struct(data_type) and {"metadata", "value"} <= {field.name for field in data_type.fields}:
        return True
    return pat.is_nested(data_type) and any(
        _looks_like_variant(data_type.field(index).type) for index in range(data_type.num_fields)
    )


def _broken_place(parquet: arrow_parquet.ParquetFile) -> str:
    """The first row group and column that cannot be read, found by reading each alone."""
    names = list(dict.fromkeys(parquet.schema_arrow.names))
    for group in range(parquet.num_row_groups):
        for name in names:
            try:
                parquet.read_row_group(group, columns=[name], use_threads=False)
            except (*ARROW_ERRORS, OSError):
                return f"Parquet data, row group {group}, column {name}"
    return "Parquet data"
