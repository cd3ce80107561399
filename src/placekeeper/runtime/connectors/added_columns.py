"""Columns that a source adds to those of its files: partition keys, names of files, times."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final

import pyarrow as pa

from placekeeper.runtime.connectors.wrapped_reader import WrappedReader
from placekeeper.runtime.formats.format import DescribesRanges, ReadsRanges, why_whole
from placekeeper.runtime.formats.shared.given_records import GivesRecords
from placekeeper.runtime.formats.shared.together import Content, ReadsTogether, Records

ColumnsOf = Callable[[Sequence[str]], list[pa.Array]]
"""Makes columns with a row for the object at each of some paths."""

NOBODYS: Final = pa.field("\0", pa.string())
"""A column that no file has: it is read to know how many rows there are, where no column is asked for."""


@dataclass
class _Last:
    """A schema, and what was made of it last: most objects have the same."""

    pair: tuple[pa.Schema, pa.Schema] | None = None


@dataclass(frozen=True)
class Extended(WrappedReader):
    """A reader whose records have more columns behind their own, which `columns_of` makes.

    A column of its own that has the name of one of these, in any case, is left out. With `are_known`, all
    pieces of an object have the same columns of their own.
    """

    columns: pa.Schema
    columns_of: ColumnsOf
    are_known: bool = False
    last: _Last = field(default_factory=_Last, compare=False, repr=False)

    def why_whole(self, file: BinaryIO, path: str, least: int) -> str:
        """See ReadsRanges."""
        if self.are_known:
            return why_whole(self.reader, file, path, least)
        return super().why_whole(file, path, least)

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        """See Reader."""
        return self._with_more(self.reader.schema(file, path))

    def schema_range(self, file: BinaryIO, path: str, begin: int, end: int) -> pa.Schema | None:
        """See DescribesRanges."""
        assert isinstance(self.reader, DescribesRanges)  # noqa: S101 - why_whole has seen it
        found = self.reader.schema_range(file, path, begin, end)
        return None if found is None else self._with_more(found)

    def _with_more(self, found: pa.Schema) -> pa.Schema:
        last = self.last.pair
        if not found.names:
            return found
        if last is not None and last[0].equals(found, check_metadata=True):
            return last[1]
        made = pa.schema([*self._own(found), *self.columns], metadata=found.metadata)
        self.last.pair = found, made
        return made

    def of_given(
        self, batches: Iterator[pa.RecordBatch], path: str, schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        """See GivesRecords."""
        assert isinstance(self.reader, GivesRecords)  # noqa: S101 - `giving` has given one
        asked = self._asked(schema)
        return self._extended(self.reader.of_given(batches, path, asked), path, schema)

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """See Reader."""
        asked = self._asked(schema)
        return self._extended(self.reader.read(file, path, asked), path, schema)

    def read_range(
        self, file: BinaryIO, path: str, schema: pa.Schema, begin: int, end: int
    ) -> Iterator[pa.RecordBatch]:
        """See ReadsRanges."""
        assert isinstance(self.reader, ReadsRanges)  # noqa: S101 - why_whole has seen it
        ranged = self.reader.read_range(file, path, self._asked(schema), begin, end)
        return self._extended(ranged, path, schema)

    def _asked(self, schema: pa.Schema) -> pa.Schema:
        return pa.schema(self._own(schema) or [NOBODYS])

    def _extended(
        self, batches: Iterator[pa.RecordBatch], path: str, schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        more = self.columns_of([path])
        for batch in batches:
            yield self._made(batch, [pa.repeat(column[0], batch.num_rows) for column in more], schema)

    def read_together(self, objects: Sequence[Content], schema: pa.Schema) -> Iterator[Records]:
        """See ReadsTogether."""
        assert isinstance(self.reader, ReadsTogether)  # noqa: S101 - together_bytes says so
        asked = self._asked(schema)
        more = self.columns_of([content.path for content in objects])
        for batch, origins in self.reader.read_together(objects, asked):
            yield Records(self._made(batch, [column.take(origins) for column in more], schema), origins)

    def _made(self, batch: pa.RecordBatch, more: Sequence[pa.Array], schema: pa.Schema) -> pa.RecordBatch:
        """A batch of `schema`: the columns of a batch, and more."""
        by_name = dict(zip(batch.schema.names, batch.columns, strict=True))
        by_name |= dict(zip(self.columns.names, more, strict=True))
        return pa.RecordBatch.from_arrays([by_name[name] for name in schema.names], schema=schema)

    def _own(self, schema: pa.Schema) -> list[pa.Field]:
        """The files' own columns."""
        more = {name.lower() for name in self.columns.names}
        return [field for field in schema if field.name.lower() not in more]
