"""Tables of DynamoDB, by their name or by a table of the catalog: all items, scanned once.

Bookmarks do not follow them, as on AWS. Source: docs/reference/dynamodb.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa
from msgspec import Struct

from placekeeper.dynamodb.opening import TableSettings, open_table
from placekeeper.model.errors import DatabaseFailed, UnsupportedFeature
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Reason
from placekeeper.model.source import ItemSource
from placekeeper.rules.catalog.schema_changes import columns_of
from placekeeper.rules.databases.dynamodb_options import READ_SHARE, ScanOptions, place_of_table, scan_options
from placekeeper.runtime.connectors.base import Asked, Pending, Run, Tracked, Watch
from placekeeper.runtime.connectors.dynamodb_tables import (
    bounded,
    settings_of,
    spec_in_catalog,
    without_bound,
)
from placekeeper.runtime.connectors.options import PARTITION_PREDICATE
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.scan import scan
from placekeeper.runtime.scan.dynamodb_items import ItemsReader
from placekeeper.runtime.scan.dynamodb_scan import KeptItems, scan_table
from placekeeper.runtime.types.hive import column_type
from placekeeper.runtime.types.spark import from_spark

_LOWER: Final = "names of attributes are as the items have them, whatever the catalog's columns are called"


@dataclass(frozen=True)
class FoundItems:
    """A table that is there; `columns` are those of the catalog's table, for a table without items."""

    source: ItemSource
    notes: Sequence[str]
    table: TableSettings
    segments: int | None
    share: float | None = None
    capacity: int = 0
    columns: pa.Schema | None = None
    locations: Sequence[str] = ()


class ChosenItems(Struct, frozen=True):
    """All items, as the scan of this read has kept them."""

    kept: tuple[KeptItems, ...]

    @property
    def objects_read(self) -> int:
        """The number of items."""
        return sum(one.items for one in self.kept)

    @property
    def bytes_read(self) -> int:
        """Their size in the API's JSON, in bytes."""
        return sum(one.size for one in self.kept)

    @property
    def counts(self) -> Mapping[Reason, int]:
        """Every item is read."""
        return {Reason.NEW: self.objects_read} if self.objects_read else {}


class Items:
    """The connector; `of_catalog` says that a table of the catalog is read."""

    def __init__(self, *, of_catalog: bool = False) -> None:
        self._of_catalog = of_catalog

    def discover(self, run: Run, asked: Asked) -> FoundItems:
        """The table that a script means.

        Raises UsageError for wrong options, UnsupportedFeature for the export connector, samples and
        predicates, TableNotThere, DatabaseFailed, and EntityNotFoundException for a table of the catalog.
        """
        if not self._of_catalog:
            return _found(asked, scan_options(asked.options), "the table")
        name, spec = spec_in_catalog(run, run.client.definition_to_read, asked)
        found = _found(asked, scan_options(asked.options, place_of_table(name, spec)), f"the table {name}")
        fields = [
            pa.field(column, from_spark(column_type(type_name, column, name)))
            for column, type_name in columns_of(spec)
        ]
        return replace(
            found, source=ItemSource(name), notes=[*found.notes, _LOWER], columns=pa.schema(fields)
        )

    def select(self, run: Run, found: FoundItems, tracked: Tracked) -> ChosenItems:
        """Scan the table. What changes in it meanwhile may be in what is read or not."""
        if tracked.context:
            run.note(
                f"{found.source.name}: bookmarks do not follow DynamoDB, as on AWS, so '{tracked.context}' "
                "remembers nothing of it and each run reads all items"
            )
        segments = found.segments or max(1, run.engine.parallelism)
        tasks = max(1, min(segments, run.engine.parallelism))
        table = bounded(found.table, found.share, found.capacity, tasks=tasks)
        return ChosenItems(tuple(scan_table(run.engine, table, segments, tasks=tasks)))

    def read(self, run: Run, found: FoundItems, chosen: ChosenItems, tracked: Tracked, watch: Watch) -> Frame:
        """A frame of the items that were kept: it is the same however often it is evaluated."""
        del tracked, watch  # nobody has put a bad file there
        objects = run.objects.ready_for()
        metas = [_meta(objects.stat(objects.literal(one.path)), one) for one in chosen.kept]
        return scan(
            run.engine,
            objects,
            metas,
            ItemsReader(found.table.name),
            found.columns,
            progress=run.progress,
        )

    def stage(
        self, found: FoundItems, chosen: ChosenItems, schema: pa.Schema, tracked: Tracked
    ) -> Pending | None:
        """Nothing."""
        del found, chosen, schema, tracked
        return None


def _found(asked: Asked, options: ScanOptions, name: str) -> FoundItems:
    if asked.sample is not None:
        raise UnsupportedFeature(f"samples are taken of files, and {name} is in DynamoDB")
    predicates = {"push_down_predicate": asked.predicate, **dict(asked.options)}
    for option in ("push_down_predicate", PARTITION_PREDICATE):
        if predicates.get(option):
            raise UnsupportedFeature(
                f"{option} chooses partitions that the catalog has, and {name} is in DynamoDB, which is "
                "scanned whole. Leave it out, and filter the frame"
            )
    table = open_table(settings_of(options.place, "read"))
    capacity = table.reads()
    ignored = [] if asked.format in (None, "") else [f"format '{asked.format}' is ignored: items have none"]
    source = ItemSource(f"dynamodb:{table.settings.name}")
    notes = [*options.notes, *without_bound(READ_SHARE, options.share, capacity), *ignored]
    return FoundItems(source, notes, table.settings, options.segments, options.share, capacity)


def _meta(found: ObjectMeta | None, kept: KeptItems) -> ObjectMeta:
    if found is None:
        raise DatabaseFailed(f"the items that were read into {kept.path} are gone: run again")
    return found
