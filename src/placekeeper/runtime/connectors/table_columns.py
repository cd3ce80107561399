"""The columns that a catalog table gives to its files: those of CSV by position, and the partition keys."""

import shlex
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import BinaryIO, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.types as pat

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.rules.catalog.partition_values import Value, value_of
from placekeeper.rules.catalog.table_files import Columns, TableFiles, by_location, column_names
from placekeeper.runtime.connectors.added_columns import NOBODYS, Extended
from placekeeper.runtime.connectors.declared_types import type_differences, untold_types
from placekeeper.runtime.connectors.wrapped_reader import WrappedReader
from placekeeper.runtime.formats.format import Reader, ReadsRanges, TakesTypes, why_whole
from placekeeper.runtime.formats.shared.malformed import Malformed
from placekeeper.runtime.formats.shared.together import Content, ReadsTogether, Records
from placekeeper.runtime.formats.shared.typed_texts import all_parse, typed, with_choice
from placekeeper.runtime.types.type_names import named_type

_TELLING: Final = ("avro", "orc", "parquet")
"""Formats that have dates and decimals of their own, by Glue's words."""


@dataclass(frozen=True)
class TableColumns:
    """`columns` are those of CSV, none where files describe themselves; `folders` are sorted, and each has
    the `values` of the partition `keys`, and the `layout` of its files: the names of their columns, in lower
    case. `declared` are the table's columns, whether they count or not. With `lacks_types`, their format has
    no dates and decimals."""

    columns: pa.Schema
    keys: pa.Schema
    folders: tuple[str, ...]
    values: tuple[tuple[Value, ...], ...]
    layouts: tuple[tuple[str, ...], ...]
    declared: Columns = ()
    by_sql: bool = False
    lacks_types: bool = False

    @classmethod
    def of(
        cls, files: TableFiles, normalise: Callable[[str], str], *, by_sql: bool = False
    ) -> "TableColumns":
        """With `by_sql`, a statement of SQL reads them.

        Raises UnsupportedFeature for types that are not read, and values that are none of their type."""
        located = by_location(files.partitions or (), normalise)
        values = tuple(
            tuple(_value(files, partition.values, place) for place, _ in enumerate(files.keys))
            for _, partition in located
        )
        folders = tuple(folder for folder, _ in located)
        columns = _schema(files.table, files.columns)
        own = tuple(name.lower() for name in columns.names)
        layouts = tuple(column_names(partition) or own for _, partition in located) or (own,)
        return cls(
            columns,
            _schema(files.table, files.keys),
            folders,
            values,
            layouts,
            files.declared,
            by_sql,
            lacks_types=files.serde.classification not in _TELLING,
        )

    @property
    def schema(self) -> pa.Schema | None:
        """The schema by the table alone; None where the files decide."""
        return pa.schema([*self.columns, *self.keys]) if self.columns.names else None

    @property
    def typed(self) -> list[pa.Field]:
        """The columns of CSV that are not texts: some text may be none of their type."""
        return [field for field in self.columns if not pat.is_string(field.type)]

    def differences(self, found: pa.Schema) -> list[str]:
        """Sentences about what files that describe themselves have instead of the table's columns."""
        if self.columns.names:
            return []
        return type_differences(self.declared, found, by_sql=self.by_sql, lacks_types=self.lacks_types)

    def described(self, reader: Reader) -> Reader:
        """The reader of the files, with these columns."""
        own = _Described(reader, self) if self.columns.names else self._taught(reader)
        return Extended(own, self.keys, self.keys_of, are_known=bool(self.columns.names))

    def _taught(self, reader: Reader) -> Reader:
        """The reader for a statement of SQL: the table says the types that records do not tell."""
        if not (self.by_sql and isinstance(reader, TakesTypes)):
            return reader
        types = untold_types(self.declared)
        return reader.taking(types) if types.names else reader

    def keys_of(self, paths: Sequence[str]) -> list[pa.Array]:
        """The columns of the partition keys, with a row for the object at each path."""
        if not self.folders:
            return []
        rows = [self.values[self._place(path)] for path in paths]
        return [
            pa.array(values, key.type) for values, key in zip(zip(*rows, strict=True), self.keys, strict=True)
        ]

    def layout_of(self, path: str) -> tuple[str, ...]:
        """The names of one object's columns, in their order."""
        return self.layouts[self._place(path) if self.folders else 0]

    def _place(self, path: str) -> int:
        return bisect_right(self.folders, path) - 1


_Read = Callable[[pa.Schema], Iterator[pa.RecordBatch]]
"""Reads the columns of a schema from an object, or from a range of it."""


@dataclass(frozen=True)
class _Described(WrappedReader):
    """A reader of texts by position, whose records have the columns of a table.

    With `keeps`, it tells of malformed records. It gives no records away: their texts have no types yet.
    """

    table: TableColumns
    keeps: bool = False

    @property
    def reads_all_for_schema(self) -> bool:
        return bool(self.table.typed)

    def keeping(self, malformed: Malformed) -> Self:
        return replace(super().keeping(malformed), keeps=True)

    def why_whole(self, file: BinaryIO, path: str, least: int) -> str:
        return why_whole(self.reader, file, path, least)

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        return self._schema(path, partial(self.reader.read, file, path))

    def schema_range(self, file: BinaryIO, path: str, begin: int, end: int) -> pa.Schema:
        return self._schema(path, self._ranged(file, path, begin, end))

    def _schema(self, path: str, read: _Read) -> pa.Schema:
        """The declared columns; one of which some text does not parse is a choice between both."""
        doubtful = {field.name.lower(): field for field in self.table.typed}
        found = self.table.columns
        for texts, _ in self._texts(path, read, frozenset(doubtful)) if doubtful or self.keeps else ():
            for name in doubtful.keys() & texts.keys():
                if not all_parse(texts[name], doubtful[name]):
                    field = doubtful.pop(name)
                    found = found.set(found.get_field_index(field.name), with_choice(field))
            if not doubtful and not self.keeps:
                break
        return found

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        return self._read(path, partial(self.reader.read, file, path), schema)

    def read_range(
        self, file: BinaryIO, path: str, schema: pa.Schema, begin: int, end: int
    ) -> Iterator[pa.RecordBatch]:
        return self._read(path, self._ranged(file, path, begin, end), schema)

    def _read(self, path: str, read: _Read, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        for texts, rows in self._texts(path, read, _lowered(schema)):
            yield _typed(texts, rows, schema)

    def _ranged(self, file: BinaryIO, path: str, begin: int, end: int) -> _Read:
        reader = self.reader
        assert isinstance(reader, ReadsRanges)  # noqa: S101 - why_whole has seen it
        return lambda asked: reader.read_range(file, path, asked, begin, end)

    def read_together(self, objects: Sequence[Content], schema: pa.Schema) -> Iterator[Records]:
        assert isinstance(self.reader, ReadsTogether)  # noqa: S101 - together_bytes says so
        wanted = _lowered(schema)
        begin = 0
        for layout, some in groupby(objects, lambda content: self.table.layout_of(content.path)):
            there, alike = _there(layout, wanted), list(some)
            for batch, origins in self.reader.read_together(alike, _asked(there)):
                texts = dict(zip(there, batch.columns, strict=False))
                yield Records(_typed(texts, batch.num_rows, schema), origins + np.int32(begin))
            begin += len(alike)

    def _texts(self, path: str, read: _Read, wanted: Set[str]) -> Iterator[tuple[dict[str, pa.Array], int]]:
        """The wanted texts of an object by the names of columns in lower case, and the number of rows."""
        there = _there(self.table.layout_of(path), wanted)
        for batch in read(_asked(there)):
            yield dict(zip(there, batch.columns, strict=False)), batch.num_rows


def _lowered(schema: pa.Schema) -> frozenset[str]:
    return frozenset(name.lower() for name in schema.names)


def _there(layout: Sequence[str], wanted: Set[str]) -> dict[str, pa.Field]:
    """The fields of texts that the wanted columns have in files of a layout."""
    return {name: pa.field(f"col{n}", pa.string()) for n, name in enumerate(layout) if name in wanted}


def _asked(there: Mapping[str, pa.Field]) -> pa.Schema:
    return pa.schema([*there.values()] or [NOBODYS])


def _typed(texts: Mapping[str, pa.Array], rows: int, schema: pa.Schema) -> pa.RecordBatch:
    """The texts of some rows in the types of a schema; a column that has none is null."""
    arrays = [
        typed(texts[field.name.lower()], field) if field.name.lower() in texts else pa.nulls(rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _value(files: TableFiles, values: Sequence[str], place: int) -> Value:
    """One value of a partition. Raises UnsupportedFeature, which says how to take the partition out."""
    (key, type), text = files.keys[place], values[place]
    try:
        return value_of(text, type)
    except ValueError as error:
        database, _, name = files.table.partition(".")
        spelled = " ".join(shlex.quote(value) for value in values)
        raise UnsupportedFeature(
            f"the partition {list(values)} of the table {files.table} cannot be read, for its key {key}: "
            f"{error}. Correct the type of the key, or take the partition out (the files stay): aws glue "
            f"delete-partition --database-name {database} --table-name {name} --partition-values {spelled} "
            "--endpoint-url URL, with the URL that placekeeper dev prints"
        ) from None


def _schema(table: str, columns: Columns) -> pa.Schema:
    fields = []
    for name, type in columns:
        try:
            known = named_type(type)
        except ValueError:
            known = None
        if known is None or pat.is_nested(known) or pat.is_binary(known):
            raise UnsupportedFeature(
                f"the column {name} of the table {table} has the type {type}, which is not read from texts: "
                "say string, and convert it in the script"
            )
        fields.append(pa.field(name, known))
    return pa.schema(fields)
