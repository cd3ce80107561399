"""Tables of lake formats: the newest snapshot, or what was added since the one that the bookmark remembers.

Source: docs/reference/lake-formats.md#bookmarks-of-lake-tables.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import pyarrow as pa
from msgspec import Struct
from msgspec.structs import replace

from placekeeper.lake.formats import load
from placekeeper.model.catalog import TableRef
from placekeeper.model.element import NextWindow, SnapshotElement, StateElement
from placekeeper.model.errors import SnapshotsForgotten, UnsupportedFeature, UsageError
from placekeeper.model.lake import LakeFile
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Decision, Decisions, Reason, Selection
from placekeeper.model.policy import OnBackfill
from placekeeper.model.source import SnapshotSource
from placekeeper.ports.lake import LakeTable
from placekeeper.rules.bookmarks.table_news import News, news_of
from placekeeper.rules.catalog.missing_names import missing_table
from placekeeper.rules.selection.reading_options import reading_policy
from placekeeper.runtime.connectors.base import Asked, Commit, Pending, Run, Tracked, Watch
from placekeeper.runtime.connectors.options import PARTITION_PREDICATE, text_of
from placekeeper.runtime.connectors.pending import encode_schema
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.scan.lake_files import frame_schema, scan_lake, unreadable

_NAMES: Final = ("database", "table_name")
_TRAVEL: Final = ("snapshot-id", "as-of-timestamp", "branch", "tag", "versionAsOf", "timestampAsOf")


@dataclass(frozen=True)
class FoundTable:
    """A table of a lake format, opened at its newest snapshot."""

    source: SnapshotSource
    notes: Sequence[str]
    table: LakeTable

    @property
    def locations(self) -> Sequence[str]:
        """The folder of the table: what the run itself has staged there is not in any snapshot yet."""
        return [self.table.location]


class ChosenFiles(Struct, frozen=True):
    """The data files that a run reads, and the commit `at` up to which it has then read the table."""

    files: tuple[LakeFile, ...]
    at: int | None
    counts: Mapping[Reason, int]

    @property
    def objects_read(self) -> int:
        """The number of data files that are read."""
        return len(self.files)

    @property
    def bytes_read(self) -> int:
        """Their size in bytes."""
        return sum(file.size for file in self.files)


class SnapshotPending(Struct, frozen=True, kw_only=True):
    """A read of a table up to a snapshot."""

    source: SnapshotSource
    table_id: str
    snapshot: int | None
    schema: str
    released: str = ""

    def joined_with(self, earlier: Pending) -> "SnapshotPending":
        """Two reads of one table under one context: the next run goes on from the first.

        Raises UsageError for reads of two sources.
        """
        if not isinstance(earlier, SnapshotPending) or earlier.source != self.source:
            raise UsageError(
                f"the transformation_ctx of {self.source.name} was used for another source in this run: give "
                "each source one of its own"
            )
        return earlier

    def element(self, _context: str, _known: StateElement | None, commit: Commit) -> SnapshotElement:
        """The renewed element."""
        return SnapshotElement(
            source=self.source,
            table_id=self.table_id,
            snapshot=self.snapshot,
            run=commit.run,
            schema=self.schema,
        )


class LakeTables:
    """The connector of one lake format, by the name that states keep."""

    def __init__(self, format: str) -> None:
        self._format = format

    def discover(self, run: Run, asked: Asked) -> FoundTable:
        """The table as its newest snapshot has it.

        Raises EntityNotFoundException, MissingExtra without the format's library, and UnsupportedFeature for
        samples, predicates over partitions of the catalog, and older snapshots.
        """
        database, name = (text_of(*part).lower() for part in zip(_NAMES, asked.table, strict=True))
        ref, full = TableRef(database=database, name=name), f"{database}.{name}"
        _refuse(asked, full)
        spec = run.client.definition_to_read(ref).spec
        if spec is None:
            raise missing_table(database, name, run.client.table_names(database).names or ())
        format = load(self._format, f"reading the table {full}, which is of the format {self._format},")
        table = format.open(full, spec, run.objects.ready_for(_location(spec)))
        source = SnapshotSource(connection_type=self._format, paths=(), format=self._format, table=ref)
        ignored = [f"{option} is ignored: {self._format} has no such option" for option in asked.options]
        return FoundTable(source, ignored, table)

    def select(self, run: Run, found: FoundTable, tracked: Tracked) -> ChosenFiles:
        """The data files that the run reads. Raises SnapshotsForgotten."""
        try:
            return _chosen(run, found, _news(run, found, tracked))
        except SnapshotsForgotten as error:
            backfill = reading_policy({}, run.options.reading).backfill
            if backfill in (OnBackfill.FAIL, OnBackfill.KEEP) or (
                tracked.opened is not None and tracked.opened.range is not None
            ):
                raise
            is_read = backfill is OnBackfill.ALLOW
            then = "all of it is read" if is_read else "nothing of it is read"
            what = f"snapshot {error.snapshot}"
            if error.deleted:
                what = f"what was added up to {what}"
            note = f"the table has forgotten {what}, and {then} (--bookmark-backfill)"
            end = _end(found, tracked)
            return _chosen(run, found, News(at=end, whole=is_read, note=f"{found.source.name}: {note}"))

    def read(self, run: Run, found: FoundTable, chosen: ChosenFiles, tracked: Tracked, watch: Watch) -> Frame:
        """A frame of exactly the chosen data files."""
        name, reader = found.source.name, found.table.reader
        schema = frame_schema(found.table.schema, name)
        watch(tracked.context, found.source, _selection(chosen), partial(unreadable, reader, chosen.files))
        return scan_lake(run.engine, reader, chosen.files, schema, name, run.notices, run.progress)

    def stage(
        self, found: FoundTable, chosen: ChosenFiles, schema: pa.Schema, _tracked: Tracked
    ) -> SnapshotPending:
        """The snapshot up to which the table was read."""
        return SnapshotPending(
            source=found.source,
            table_id=found.table.history.table_id,
            snapshot=chosen.at,
            schema=encode_schema(schema),
        )


def _selection(chosen: ChosenFiles) -> Selection:
    """The data files as objects, for those who look whether all of them could be read."""
    objects = (ObjectMeta(path=file.path, last_modified_ms=0, size=file.size) for file in chosen.files)
    return Selection(
        chosen=Decisions.of(Decision(one, Reason.NEW) for one in objects),
        counts=dict(chosen.counts),
        next_window=NextWindow(watermark_ms=0),
    )


def _refuse(asked: Asked, name: str) -> None:
    predicates = {"push_down_predicate": asked.predicate, **dict(asked.options)}
    for option in ("push_down_predicate", PARTITION_PREDICATE):
        if predicates.get(option):
            raise UnsupportedFeature(
                f"{option} chooses partitions that the catalog has, and the partitions of {name} are in the "
                "table's own metadata. Leave it out, and filter the frame"
            )
    for option in _TRAVEL:
        if option in asked.options:
            raise UnsupportedFeature(
                f"{option}: only the newest snapshot of {name} can be read. Leave it out"
            )
    if asked.sample is not None:
        raise UnsupportedFeature(f"samples are taken of files, and {name} is a table with snapshots")


def _location(spec: Mapping[str, object]) -> str:
    storage = spec.get("StorageDescriptor")
    return str(storage.get("Location") or "") if isinstance(storage, Mapping) else ""


def _news(run: Run, found: FoundTable, tracked: Tracked) -> News:
    history, name, opened = found.table.history, found.source.name, tracked.opened
    if opened is None or not tracked.context:
        return News(at=history.current, whole=True)
    known = opened.state.get(tracked.context)
    if opened.range is not None:
        return _of_range(found, opened.range.begin.get(tracked.context), known)
    if known is not None and not (
        isinstance(known, SnapshotElement) and known.source.lists_like(found.source)
    ):
        run.note(f"{name}: '{tracked.context}' has remembered another source, so all of this one is read")
        known = None
    if tracked.earlier is not None and _end(found, tracked) is None:
        return News(at=None)  # it had no commit when this run looked first
    known = known if isinstance(known, SnapshotElement) else None
    return news_of(history, known, name=name, at=_end(found, tracked))


def _end(found: FoundTable, tracked: Tracked) -> int | None:
    """The commit up to which a run reads: that of its first read under the context."""
    earlier, history = tracked.earlier, found.table.history
    if (
        isinstance(earlier, SnapshotPending)
        and earlier.source == found.source
        and earlier.table_id == history.table_id
    ):
        return earlier.snapshot
    return history.current


def _chosen(run: Run, found: FoundTable, news: News) -> ChosenFiles:
    if news.at is None:
        files: Sequence[LakeFile] = ()
    elif news.whole:
        files = found.table.files(news.at)
    else:
        files = found.table.files_added([commit.id for commit in news.commits], news.at)
    if news.note:
        run.note(news.note)
    counts = Counter(Reason.CHANGED if file.rewritten else Reason.NEW for file in files)
    return ChosenFiles(tuple(files), news.at, counts)


def _of_range(found: FoundTable, begin: StateElement | None, end: StateElement | None) -> News:
    """What the runs of a range have read (pause with from and to). Raises SnapshotsForgotten."""
    if not isinstance(end, SnapshotElement) or end.snapshot is None:
        return News(at=None)
    history, name = found.table.history, found.source.name
    if end.table_id != history.table_id or end.snapshot not in {commit.id for commit in history.commits}:
        raise SnapshotsForgotten(name, end.snapshot)
    known = begin if isinstance(begin, SnapshotElement) and begin.table_id == end.table_id else None
    return replace(news_of(history, known, name=name, at=end.snapshot), note="")
