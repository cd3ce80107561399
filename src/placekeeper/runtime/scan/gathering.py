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
        pa.field("begin", pa.int64()),
        pa.field("schema", pa.binary()),
        pa.field("malformed", pa.int64()),
        pa.field("sample", pa.string()),
    ]
)
"""Columns of what a task has gathered: rows for schemas, then rows without one.

Those are for objects with malformed records; or for objects that must not be cut, with none. `begin` is the
byte at which a piece of an object begins.
"""


class Found(NamedTuple):
    """The schema of a piece of an object, how many of its records are malformed, and what is said of one.

    Without a schema, the object must not be cut.
    """

    schema: pa.Schema | None
    malformed: int = 0
    sample: str = ""


class MalformedRecords(NamedTuple):
    """How many records of an object are malformed, and what is said of one."""

    number: int
    sample: str


_Place = tuple[str, int]
"""The path of an object, and where a piece of it begins."""


@dataclass
class _Alike:
    """Pieces of one schema: the first of their places, and how often fields occur if readers count that."""

    schema: pa.Schema
    place: _Place
    occurrence: Occurrence | None = None

    def counted(self) -> pa.Schema:
        return self.schema if self.occurrence is None else with_occurrence(self.schema, self.occurrence)


class Gathered:
    """Takes in what is found in pieces of objects, in any order.

    `malformed` is by path, and `uncut` has the paths of objects that must not be cut.
    """

    def __init__(self) -> None:
        self.malformed: dict[str, MalformedRecords] = {}
        self.uncut: set[str] = set()
        self._alike: dict[bytes, _Alike] = {}
        self._last: _Alike | None = None

    def add(self, path: str, found: Found, *, begin: int = 0) -> None:
        """Add what was found in the piece of an object that begins at a byte."""
        if found.schema is None:
            self.uncut.add(path)
            return
        if found.malformed:
            self.malformed[path] = MalformedRecords(found.malformed, found.sample)
        self._add((path, begin), found.schema)

    @property
    def schemas(self) -> Sequence[pa.Schema]:
        """Each schema once, by the first place that has it. They merge to what those of all objects do."""
        return [alike.counted() for alike in sorted(self._alike.values(), key=lambda alike: alike.place)]

    def batch(self) -> pa.RecordBatch:
        """All of it, as a batch of ROWS. It is one, because each costs a round trip to the engine."""
        rows = [
            *(
                (*alike.place, alike.counted().serialize().to_pybytes(), 0, "")
                for alike in self._alike.values()
            ),
            *((path, 0, None, *malformed) for path, malformed in self.malformed.items()),
            *((path, 0, None, 0, "") for path in self.uncut),
        ]
        columns = zip(*rows, strict=True) if rows else [()] * len(ROWS)
        return pa.RecordBatch.from_arrays(
            [pa.array(column, field.type) for column, field in zip(columns, ROWS, strict=True)], schema=ROWS
        )

    def add_rows(self, rows: Iterable[tuple[str, int, bytes | None, int, str]]) -> None:
        """Add what tasks have gathered."""
        for path, begin, schema, count, sample in rows:
            if schema is None and not count:
                self.uncut.add(path)
            elif schema is None:
                self.malformed[path] = MalformedRecords(count, sample)
            else:
                self._add((path, begin), pa.ipc.read_schema(pa.py_buffer(bytes(schema))))

    def _add(self, place: _Place, schema: pa.Schema) -> None:
        bare = schema.remove_metadata() if schema.metadata else schema
        alike = self._last
        if alike is None or not bare.equals(alike.schema, check_metadata=True):
            key = bare.serialize().to_pybytes()
            alike = self._last = self._alike.setdefault(key, _Alike(bare, place))
        alike.place = min(alike.place, place)
        if bare is not schema:
            alike.occurrence = alike.occurrence or Occurrence()
            alike.occurrence.add(occurrence_of([schema]))
