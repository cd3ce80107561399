"""The reader of ORC, by stripes; types that files disagree on become choices."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.orc as arrow_orc

from placekeeper.model.errors import RecordUnreadable
from placekeeper.runtime.formats.shared.arrow_files import arrow_errors, columns_read, in_frame
from placekeeper.runtime.formats.shared.nanoseconds import cuts_nanoseconds
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.types.canonical import Canonical, Rules
from placekeeper.runtime.types.depth import check_depth
from placekeeper.runtime.types.names import distinct

_BATCH_ROWS: Final = 65_536
_FOOTER: Final = "ORC footer"


@dataclass(frozen=True)
class OrcReader:
    """Reads ORC files. With `cut_nanoseconds`, nanoseconds are cut off, which no timestamp holds."""

    cut_nanoseconds: bool = False

    reads_all_for_schema: bool = False

    @classmethod
    def of(cls, options: FormatOptions) -> "OrcReader":
        """The reader that format options describe. Raises UnsupportedFeature for another value."""
        return cls(cut_nanoseconds=cuts_nanoseconds(options))

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """The canonical schema of the footer."""
        with arrow_errors(path, lambda: _FOOTER):
            columns = self._columns(arrow_orc.ORCFile(file), path)
        schema = pa.schema([column.field for column in columns])
        check_depth(schema, path)
        return schema

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows of one object, a stripe at a time, at most _BATCH_ROWS in a batch."""
        with arrow_errors(path, lambda: _FOOTER):
            orc = arrow_orc.ORCFile(file)
            columns = self._columns(orc, path)
            stripes, rows = orc.nstripes, orc.nrows
            read = columns_read(orc.schema.names, columns, schema)
        if read is not None:
            columns = [column for column in columns if column.field.name in read]
        places = {column.field.name: place for place, column in enumerate(columns)}
        wanted = [(field, places.get(field.name)) for field in schema]
        row = 0
        for number in range(stripes):
            with arrow_errors(path, lambda number=number: f"ORC data, stripe {number + 1}"):  # type: ignore[misc]
                stripe = orc.read_stripe(number, columns=read)
            for begin in range(0, stripe.num_rows, _BATCH_ROWS):
                batch = stripe.slice(begin, _BATCH_ROWS)
                yield pa.RecordBatch.from_arrays(
                    [
                        pa.nulls(batch.num_rows, field.type)
                        if place is None
                        else in_frame(batch.column(place), columns[place], field, path, row)
                        for field, place in wanted
                    ],
                    schema=schema,
                )
                row += batch.num_rows
        if row != rows:
            raise RecordUnreadable(path, "ORC data", f"the footer says {rows} rows, and there are {row}")

    def _columns(self, orc: arrow_orc.ORCFile, path: str) -> list[Canonical]:
        """The columns as a frame has them, in the order of the file, each under a name of its own."""
        arrow = orc.schema
        return [
            Rules(f"{path}, column {name}", cut_nanoseconds=self.cut_nanoseconds).field(field.with_name(name))
            for field, name in zip(arrow, distinct(arrow.names), strict=True)
        ]
