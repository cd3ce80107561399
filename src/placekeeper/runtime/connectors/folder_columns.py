"""The columns that files get from where they are: `key=value` folders, names and times of files.

Source: docs/reference/awsglue.md#folders-as-columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

import pyarrow as pa

from placekeeper.model.objects import ObjectMeta
from placekeeper.rules.catalog.partition_values import NULL_VALUE, Value, inferred_type, value_of
from placekeeper.rules.selection.roots import Roots
from placekeeper.runtime.connectors.added_columns import Extended
from placekeeper.runtime.connectors.wrapped_reader import WrappedReader
from placekeeper.runtime.formats.format import Reader
from placekeeper.runtime.formats.shared.given_records import GivesRecords
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.types.table import TIMESTAMP
from placekeeper.runtime.types.type_names import named_type

ATTACHED: Final = ("attachFilename", "attachTimestamp")
"""Format options that name a column for the URI of the file, and one for its last_modified."""


@dataclass(frozen=True)
class FolderColumns:
    """`keys` are columns of folders below the `roots`, and their Hive types; `filename` and `timestamp` are
    names of columns, empty for none. `modified_ms` is the last_modified of the file that is read."""

    roots: Roots
    keys: tuple[tuple[str, str], ...]
    filename: str = ""
    timestamp: str = ""
    modified_ms: int | None = None

    @classmethod
    def of(
        cls, paths: Sequence[str], metas: Sequence[ObjectMeta], options: FormatOptions, *, infer: bool
    ) -> "FolderColumns":
        """The columns of these objects. With `infer`, folders have the types that Spark infers, else all are
        strings."""
        roots = Roots.of(paths)
        found: dict[str, set[str]] = {}
        for folder in dict.fromkeys(meta.path.rpartition("/")[0] for meta in metas):
            for key, value in roots.values(f"{folder}/").items():
                found.setdefault(key, set()).add(value)
        filename, timestamp = (_name(options, option) for option in ATTACHED)
        return cls(
            roots,
            tuple((key, inferred_type(values) if infer else "string") for key, values in found.items()),
            filename,
            timestamp,
        )

    @property
    def schema(self) -> pa.Schema:
        """The columns, keys first."""
        return pa.schema(list(self._fields()))

    def described(self, reader: Reader) -> Reader:
        """The reader of the files, with these columns behind their own."""
        if self.timestamp and self.modified_ms is None:
            return _Timed(reader, self)
        return Extended(reader, self.schema, self.columns_of) if self.schema.names else reader

    def columns_of(self, paths: Sequence[str]) -> list[pa.Array]:
        """The columns, with a row for the object at each path."""
        rows: list[tuple[Value, ...]] = []
        values: tuple[Value, ...] = ()
        before = ""
        for path in paths:
            folder = path[: path.rfind("/") + 1]
            if folder != before:  # most files stand beside the one before
                before, values = folder, self._values(folder)
            rows.append((*values, path) if self.filename else values)
        fields = list(self._fields())
        columns = zip(*rows, strict=True)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, fields, strict=False)]
        if self.timestamp:
            assert self.modified_ms is not None  # noqa: S101 - _Timed reads each object by a reader of its own
            moment = pa.scalar(self.modified_ms * 1000, pa.int64()).cast(TIMESTAMP)
            arrays.append(pa.repeat(moment, len(paths)))
        return arrays

    def _values(self, folder: str) -> tuple[Value, ...]:
        """The values of the keys for objects in a folder."""
        found = self.roots.values(folder)
        return tuple(value_of(found.get(key, NULL_VALUE), type) for key, type in self.keys)

    def _fields(self) -> Iterator[pa.Field]:
        for key, type in self.keys:
            yield pa.field(key, named_type(type))
        if self.filename:
            yield pa.field(self.filename, pa.string())
        if self.timestamp:
            yield pa.field(self.timestamp, TIMESTAMP)


@dataclass(frozen=True)
class _Timed(WrappedReader):
    """A reader of files whose records have the file's last_modified. Tasks have that of their own files."""

    columns: FolderColumns

    def of_given(
        self, batches: Iterator[pa.RecordBatch], path: str, schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        untimed = self._untimed
        assert isinstance(untimed, GivesRecords)  # noqa: S101 - it has more columns, by whatever reader
        return untimed.of_given(batches, path, schema)

    def of_object(self, meta: ObjectMeta) -> Reader:
        return replace(self.columns, modified_ms=meta.last_modified_ms).described(self.reader)

    def schema(self, file: BinaryIO, path: str) -> pa.Schema:
        return self._untimed.schema(file, path)

    def read(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        yield from self._untimed.read(file, path, schema)

    def read_range(
        self, file: BinaryIO, path: str, schema: pa.Schema, begin: int, end: int
    ) -> Iterator[pa.RecordBatch]:
        return self._untimed.read_range(file, path, schema, begin, end)

    @property
    def _untimed(self) -> Extended:
        return Extended(self.reader, self.columns.schema, self.columns.columns_of)


def _name(options: FormatOptions, option: str) -> str:
    """The name of a column; empty where the option is not given, or false."""
    said = options.text(option, "").strip()
    return "" if said.lower() == "false" else said
