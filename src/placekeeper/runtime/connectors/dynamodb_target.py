"""Writes to tables of DynamoDB: tasks put each row as an item, at once.

Source: docs/reference/dynamodb.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
import pyarrow as pa
from msgspec import Struct
from pyspark.sql import DataFrame

from placekeeper.dynamodb.opening import MOST_PUTS, Item, KeyAttribute, Table, TableSettings, open_table
from placekeeper.dynamodb.typed import Items, check_columns
from placekeeper.model.errors import DatabaseFailed, ValueUnwritable
from placekeeper.model.publication import ItemsPut, Manifest
from placekeeper.rules.databases.dynamodb_options import WRITE_SHARE, PutOptions, place_of_table, put_options
from placekeeper.runtime.connectors.base import Asked, Run
from placekeeper.runtime.connectors.dynamodb_tables import (
    bounded,
    settings_of,
    spec_in_catalog,
    without_bound,
)
from placekeeper.runtime.sink.written_types import written
from placekeeper.runtime.types.engine_columns import column_names

_ROWS: Final = pa.schema(
    [
        pa.field("rows", pa.int64()),
        pa.field("size", pa.int64()),
        pa.field("error", pa.string()),
        pa.field("is_value", pa.bool_()),
    ]
)


class ItemDestination(Struct, frozen=True):
    """A table that is there, its keys, and how items are put."""

    notes: Sequence[str]
    table: TableSettings
    keys: tuple[KeyAttribute, ...]
    tasks: int | None
    retries: int

    @property
    def uri(self) -> str:
        """The table."""
        return f"dynamodb:{self.table.name}"

    @property
    def at_once(self) -> str:
        """See base.PutsAtOnce."""
        return (
            "items are in the table as soon as tasks have put them, not when the run commits. A run that "
            "begins again puts them again, which replaces each by its key"
        )

    def told(self, _effects: Manifest, /) -> str:
        """The catalog is told nothing."""
        return ""


class ItemTarget:
    """The target; `of_catalog` says that a table of the catalog names the table of DynamoDB."""

    def __init__(self, *, of_catalog: bool = False) -> None:
        self._of_catalog = of_catalog

    def discover(self, run: Run, asked: Asked) -> ItemDestination:
        """The table that a script means.

        Raises UsageError for wrong options, TableNotThere, DatabaseFailed, and EntityNotFoundException for a
        table of the catalog.
        """
        options = self._options(run, asked)
        table = open_table(settings_of(options.place, "write"))
        described = table.description()
        ignored = (
            [] if asked.format in (None, "") else [f"format '{asked.format}' is ignored: items have none"]
        )
        notes = [*options.notes, *without_bound(WRITE_SHARE, options.share, described.writes), *ignored]
        tasks = max(1, min(options.tasks or run.engine.parallelism, run.engine.parallelism))
        settings = bounded(table.settings, options.share, described.writes, tasks=tasks)
        return ItemDestination(notes, settings, described.keys, options.tasks, options.retries)

    def _options(self, run: Run, asked: Asked) -> PutOptions:
        if not self._of_catalog:
            return put_options(asked.options)
        name, spec = spec_in_catalog(run, run.client.definition, asked)
        return put_options(asked.options, place_of_table(name, spec))

    def stage(
        self, run: Run, destination: ItemDestination, rows: DataFrame, *, number: int, immediate: bool
    ) -> Manifest:
        """Put the rows. Raises ValueUnwritable and DatabaseFailed; items that were put stay."""
        del number, immediate
        if not rows.columns:  # a source in which nothing has ever been
            return ()
        table = destination.table.name
        check_columns(table, rows.columns, destination.keys)
        putting = _Putting(destination.table, destination.keys, tuple(rows.columns), destination.retries)

        def put(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            yield putting.told(batches)

        nameless = rows.toDF(*column_names(len(rows.columns)))
        if destination.tasks is not None:
            nameless = nameless.coalesce(destination.tasks)
        found = nameless.mapInArrow(put, "rows long, size long, error string, is_value boolean").collect()
        run.checkpoint("sink.collected")
        done = sum(row.rows for row in found)
        failed = next((row for row in found if row.error is not None), None)
        if failed is not None:
            kind = ValueUnwritable if failed.is_value else DatabaseFailed
            raise kind(f"{failed.error}. {done:,} items were put before, and stay")
        return (ItemsPut(table=table, rows=done, size=sum(row.size for row in found)),) if done else ()


class _Putting(Struct, frozen=True):
    """The rows of a task → items in the table, and one row that tells how many."""

    table: TableSettings
    keys: tuple[KeyAttribute, ...]
    names: tuple[str, ...]
    retries: int

    def told(self, batches: Iterable[pa.RecordBatch]) -> pa.RecordBatch:
        """What was put. An error is told, too, so that the driver raises it as it is."""
        puts = _Puts(self.table, [key.name for key in self.keys], self.retries)
        items = Items(self.table.name, self.keys)
        error: str | None = None
        is_value = False
        try:
            for batch in batches:
                named = pa.RecordBatch.from_arrays(batch.columns, list(self.names))
                for item in items.of(written(named)):
                    puts.add(item)
            puts.flush()
        except ValueUnwritable as failure:
            error, is_value = str(failure), True
        except DatabaseFailed as failure:
            error = str(failure)
        row = {"rows": puts.rows, "size": puts.size, "error": error, "is_value": is_value}
        return pa.RecordBatch.from_pylist([row], schema=_ROWS)


class _Puts:
    """Gathers items of different keys, and puts as many as one request takes. A later row replaces."""

    def __init__(self, table: TableSettings, keys: Sequence[str], retries: int) -> None:
        self._settings, self._keys, self._retries = table, keys, retries
        self._table: Table | None = None
        self._waiting: dict[bytes, Item] = {}
        self.rows = self.size = self._rows = 0

    def add(self, item: Item) -> None:
        """Put an item with the next request, after those of the same key."""
        key = msgspec.json.encode([item[name] for name in self._keys])
        if key in self._waiting:
            self.flush()
        self._waiting[key] = item
        if len(self._waiting) == MOST_PUTS:
            self.flush()

    def flush(self) -> None:
        """Put those that wait. Raises DatabaseFailed."""
        if not self._waiting:
            return
        if self._table is None:
            self._table = open_table(self._settings)
        items = list(self._waiting.values())
        self._table.put(items, self._keys, self._retries)
        self.rows += len(items)
        self.size += sum(len(msgspec.json.encode(item)) for item in items)
        self._waiting.clear()
