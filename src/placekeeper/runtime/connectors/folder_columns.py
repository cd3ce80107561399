"""The columns that files get from where they are: `key=value` folders, names and times of files.

Source: docs/reference/awsglue.md#folders-as-columns.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from placekeeper.model.objects import ObjectMeta
from placekeeper.rules.catalog.partition_values import NULL_VALUE, inferred_type, value_of
from placekeeper.rules.selection.roots import Roots
from placekeeper.runtime.connectors.table_columns import with_columns
from placekeeper.runtime.formats.format import Reader
from placekeeper.runtime.formats.shared.options import FormatOptions
from placekeeper.runtime.types.table import TIMESTAMP
from placekeeper.runtime.types.type_names import named_type

ATTACHED: Final = ("attachFilename", "attachTimestamp")
"""Format options that name a column for the URI of the file, and one for its last_modified."""

_NO_TIMES: Final[Mapping[str, int]] = {}


@dataclass(frozen=True)
class FolderColumns:
    """`keys` are columns of folders below the `roots`, and their Hive types; `filename` and `timestamp` are
    names of columns, empty for none. `times_ms` are the last_modified of files by path."""

    roots: Roots
    keys: tuple[tuple[str, str], ...]
    filename: str = ""
    timestamp: str = ""
    times_ms: Mapping[str, int] = field(default_factory=dict, repr=False)

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
            {meta.path: meta.last_modified_ms for meta in metas} if timestamp else _NO_TIMES,
        )

    @property
    def schema(self) -> pa.Schema:
        """The columns, keys first."""
        return pa.schema(list(self._fields()))

    def described(self, reader: Reader) -> Reader:
        """The reader of the files, with these columns behind their own."""
        return with_columns(reader, self.schema, self.columns_of) if self.schema.names else reader

    def columns_of(self, path: str, rows: int) -> list[pa.Array]:
        """The columns for rows of one object."""
        values = self.roots.values(path)
        found = [value_of(values.get(key, NULL_VALUE), type) for key, type in self.keys]
        found += [path] if self.filename else []
        arrays = [
            pa.repeat(pa.scalar(value, column.type), rows)
            for value, column in zip(found, self._fields(), strict=False)
        ]
        if self.timestamp:
            moment = pa.scalar(self.times_ms[path] * 1000, pa.int64()).cast(TIMESTAMP)
            arrays.append(pa.repeat(moment, rows))
        return arrays

    def _fields(self) -> Iterator[pa.Field]:
        for key, type in self.keys:
            yield pa.field(key, named_type(type))
        if self.filename:
            yield pa.field(self.filename, pa.string())
        if self.timestamp:
            yield pa.field(self.timestamp, TIMESTAMP)


def _name(options: FormatOptions, option: str) -> str:
    """The name of a column; empty where the option is not given, or false."""
    said = options.text(option, "").strip()
    return "" if said.lower() == "false" else said
