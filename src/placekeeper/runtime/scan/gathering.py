"""What is found in the objects of a source: their schemas, and which of them have malformed records.

Most objects of a source have the same schema. Each schema is kept once, with the counts of all its objects.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import pyarrow as pa

from placekeeper.runtime.types.occurrence import Occurrence, occurrence_of, with_occurrence

ROWS: Final = pa.schema(
    [
        pa.field("path", pa.string()),
        pa.field("schema", pa.binary()),
        pa.field("malformed", pa.int64()),
        pa.field("sample", pa.string()),
    ]
)
"""Columns of what a task has gathered: rows for schemas, then rows for objects with malformed records."""


class Found(NamedTuple):
    """The schema of an object, how many of its records are malformed, and what is said of one."""

    schema: pa.Schema
    malformed: int = 0
    sample: str = ""


class MalformedRecords(NamedTuple):
    """How many records of an object are malformed, and what is said of one."""

    number: int
    sample: str


@dataclass
class _Alike:
    """Objects of one schema: the first of their paths, and how often fields occur if readers count that."""

    schema: pa.Schema
    path: str
    occurrence: Occurrence | None = None

    def counted(self) -> pa.Schema:
        return self.schema if self.occurrence is None else with_occurrence(self.schema, self.occurrence)


class Gathered:
    """Takes in what is found in objects, in any order. `malformed` is by path."""

    def __init__(self) -> None:
        self.malformed: dict[str, MalformedRecords] = {}
        self._alike: dict[bytes, _Alike] = {}
        self._last: _Alike | None = None

    def add(self, path: str, found: Found) -> None:
        """Add what was found in an object."""
        if found.malformed:
            self.malformed[path] = MalformedRecords(found.malformed, found.sample)
        self._add(path, found.schema)

    @property
    def schemas(self) -> Sequence[pa.Schema]:
        """Each schema once, by the first path that has it. They merge to what those of all objects do."""
        return [alike.counted() for alike in sorted(self._alike.values(), key=lambda alike: alike.path)]

    def batch(self) -> pa.RecordBatch:
        """All of it, as a batch of ROWS. It is one, because each costs a round trip to the engine."""
        rows = [
            *(
                (alike.path, alike.counted().serialize().to_pybytes(), 0, "")
                for alike in self._alike.values()
            ),
            *((path, None, *malformed) for path, malformed in self.malformed.items()),
        ]
        columns = zip(*rows, strict=True) if rows else [()] * len(ROWS)
        return pa.RecordBatch.from_arrays(
            [pa.array(column, field.type) for column, field in zip(columns, ROWS, strict=True)], schema=ROWS
        )

    def add_rows(self, rows: Iterable[tuple[str, bytes | None, int, str]]) -> None:
        """Add what tasks have gathered."""
        for path, schema, count, sample in rows:
            if schema is None:
                self.malformed[path] = MalformedRecords(count, sample)
            else:
                self._add(path, pa.ipc.read_schema(pa.py_buffer(bytes(schema))))

    def _add(self, path: str, schema: pa.Schema) -> None:
        bare = schema.remove_metadata() if schema.metadata else schema
        alike = self._last
        if alike is None or not bare.equals(alike.schema, check_metadata=True):
            key = bare.serialize().to_pybytes()
            alike = self._last = self._alike.setdefault(key, _Alike(bare, path))
        alike.path = min(alike.path, path)
        if bare is not schema:
            alike.occurrence = alike.occurrence or Occurrence()
            alike.occurrence.add(occurrence_of([schema]))
