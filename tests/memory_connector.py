"""A connector that a newcomer adds: tables of rows that a process holds in memory, tracked in the ledger.

It is all there is of it, but for its row: `Connection(MemoryConnector(...))`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import pyarrow as pa

from placekeeper.control.bookmarks.selection import select_objects
from placekeeper.model.errors import UsageError
from placekeeper.model.objects import LISTING_SCHEMA
from placekeeper.model.plan import Selection
from placekeeper.model.source import FileSource
from placekeeper.rules.selection.choice import Choice
from placekeeper.runtime.connectors.base import Asked, Run, Tracked, Watch
from placekeeper.runtime.connectors.pending import FilePending, decode_schema
from placekeeper.runtime.frames.frame import NOTHING_MISSING, Frame
from placekeeper.runtime.types.engine_columns import engine_schema

Row = dict[str, Any]


@dataclass(frozen=True)
class FoundShelf:
    """The shelf that a script names."""

    source: FileSource
    notes: Sequence[str] = ()
    locations: Sequence[str] = ()


@dataclass
class MemoryConnector:
    """`shelves` have tables by name; each table is rows, and when they were put there (epoch ms)."""

    shelves: dict[str, dict[str, tuple[int, list[Row]]]] = field(default_factory=dict)

    def put(self, shelf: str, name: str, ms: int, *rows: Row) -> None:
        self.shelves.setdefault(shelf, {})[name] = (ms, list(rows))

    def discover(self, run: Run, asked: Asked) -> FoundShelf:
        shelf = asked.options.get("shelf")
        if shelf not in self.shelves:
            raise UsageError(f"there is no shelf {shelf!r}: name one of {', '.join(self.shelves)}")
        path = f"memory://{shelf}/"
        return FoundShelf(FileSource(connection_type=asked.connection_type, paths=(path,), format="rows"))

    def select(self, run: Run, found: FoundShelf, tracked: Tracked) -> Selection:
        choice = Choice.whole(found.source)
        if tracked.context:
            choice = Choice.next_run(found.source, tracked.element, start_ms=tracked.start_ms)
        return select_objects(self, run.ledger, choice)  # type: ignore[arg-type] - lists, that is all

    def read(self, run: Run, found: FoundShelf, chosen: Selection, tracked: Tracked, watch: Watch) -> Frame:
        tables = self._tables(found.source.paths)
        rows = [row for decision in chosen.chosen for row in tables[decision.object.path][1]]
        known = None if tracked.element is None else tracked.element.schema
        schema = pa.Table.from_pylist(rows).schema if rows or not known else decode_schema(known)
        values = [tuple(row.get(name) for name in schema.names) for row in rows]
        return Frame(
            run.engine.session.createDataFrame(values, engine_schema(schema, NOTHING_MISSING)), schema
        )

    def stage(self, found: FoundShelf, chosen: Selection, schema: pa.Schema, tracked: Tracked) -> FilePending:
        return FilePending.of(found.source, chosen, schema, tracked.element)

    def listing(self, paths: Sequence[str], **_: Any) -> Iterator[pa.RecordBatch]:
        rows = [
            {
                "path": path,
                "last_modified_ms": ms,
                "size": len(rows),
                "e_tag": f"{crc32(str(rows).encode()):x}",
            }
            for path, (ms, rows) in sorted(self._tables(paths).items())
        ]
        yield pa.RecordBatch.from_pylist(rows, schema=LISTING_SCHEMA)

    def _tables(self, paths: Sequence[str]) -> Mapping[str, tuple[int, list[Row]]]:
        found = {
            f"memory://{shelf}/{name}": table
            for shelf in self.shelves
            for name, table in self.shelves[shelf].items()
        }
        return {path: table for path, table in found.items() if path.startswith(tuple(paths))}
