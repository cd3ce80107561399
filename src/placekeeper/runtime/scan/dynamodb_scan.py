"""The scan of a table of DynamoDB: tasks read its segments once, into files that later tasks read.

A table has no snapshot that two passes could see alike, so that the pass which finds the schema keeps the
items. Source: docs/reference/dynamodb.md.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
from msgspec import Struct

from placekeeper.dynamodb.opening import Item, TableSettings, open_table
from placekeeper.model.errors import DatabaseFailed, UnsupportedFeature
from placekeeper.runtime.engines.base import Engine

FILE_BYTES: Final = 32 * 1024 * 1024
"""About so large is a file of items: one that is larger would be read by one task alone."""

_ROWS: Final = pa.schema(
    [
        pa.field("path", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("items", pa.int64()),
        pa.field("error", pa.string()),
    ]
)


class KeptItems(Struct, frozen=True):
    """A file of items: its path, its size in bytes, and how many items it has."""

    path: str
    size: int
    items: int


def scan_table(engine: Engine, table: TableSettings, segments: int, *, tasks: int) -> Sequence[KeptItems]:
    """All items of a table, in files that stay until the run ends. Each segment is read by one of the tasks.

    Raises DatabaseFailed, and UnsupportedFeature where tasks run on other machines.
    """
    shares = (list(range(task, segments, tasks)) for task in range(tasks))
    handed = engine.hand_out(msgspec.msgpack.encode(share) for share in shares)
    if handed.folder is None:
        raise UnsupportedFeature(
            "DynamoDB is read by tasks on the machine of the run, and this engine's tasks run elsewhere: run "
            "the job without a Spark master of a cluster"
        )
    folder = handed.folder / "dynamodb" / uuid.uuid4().hex
    folder.mkdir(parents=True)
    find, keeping = handed.find, _Keeping(table, segments, str(folder))

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for part in find(batch):
                yield keeping.rows(msgspec.msgpack.decode(part, type=list[int]))

    found = handed.rows.mapInArrow(run, "path string, size long, items long, error string").collect()
    failed = next((row.error for row in found if row.error), None)
    if failed is not None:
        raise DatabaseFailed(failed)
    return sorted(
        (KeptItems(row.path, row.size, row.items) for row in found), key=lambda one: (-one.size, one.path)
    )


class _Keeping(Struct, frozen=True):
    """The segments of a task → files in a folder, and rows that tell of them."""

    table: TableSettings
    segments: int
    folder: str

    def rows(self, share: Sequence[int]) -> pa.RecordBatch:
        """What was kept; a failure is a row too, so that the driver raises it as it is."""
        files = _Files(self.folder)
        try:
            table = open_table(self.table)
            for segment in share:
                for page in table.pages(segment, self.segments):
                    files.add(page)
            kept = files.end()
        except DatabaseFailed as error:
            return _told([], str(error))
        except OSError as error:
            return _told(
                [], f"the items of the table {self.table.name} cannot be kept in {self.folder}: {error}"
            )
        finally:
            files.close()
        return _told(kept, None)


class _Files:
    """Files of lines, one after the other."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._kept: list[KeptItems] = []
        self._file: pa.NativeFile | None = None
        self._path, self._size, self._items = "", 0, 0

    def add(self, items: Sequence[Item]) -> None:
        """Add a page of items."""
        if not items:
            return
        if self._file is None:
            self._path = str(Path(self._folder, f"{uuid.uuid4().hex}.jsonl"))
            self._file = pa.OSFile(self._path, "wb")
        lines = b"".join(msgspec.json.encode(item) + b"\n" for item in items)
        self._file.write(lines)
        self._size, self._items = self._size + len(lines), self._items + len(items)
        if self._size >= FILE_BYTES:
            self._end_file()

    def end(self) -> Sequence[KeptItems]:
        """All files, whole."""
        self._end_file()
        return self._kept

    def close(self) -> None:
        """Close what a failure has left open."""
        if self._file is not None:
            self._file.close()

    def _end_file(self) -> None:
        if self._file is None:
            return
        self._file.close()
        self._file = None
        self._kept.append(KeptItems(self._path, self._size, self._items))
        self._size = self._items = 0


def _told(kept: Sequence[KeptItems], error: str | None) -> pa.RecordBatch:
    rows = [{"path": one.path, "size": one.size, "items": one.items, "error": None} for one in kept]
    if error is not None:
        rows = [{"path": "", "size": 0, "items": 0, "error": error}]
    return pa.RecordBatch.from_pylist(rows, schema=_ROWS)
