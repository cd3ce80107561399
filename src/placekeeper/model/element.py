"""State elements: the memory of a transformation context. In JSON, the member `kind` tells them apart.

In JSON, the members of NextWindow stand flat among the others, as 0.1 stored them.
"""

import msgspec

from placekeeper.model.databases import Key, MissingIds, Reached, RowSample, TableMark
from placekeeper.model.segments import SegmentRef
from placekeeper.model.source import (
    DEFAULT_MAX_BAND_MS,
    DatabaseSource,
    FileSource,
    SnapshotSource,
    TableSource,
)


class NextWindow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The beginning of the next run's window, as a run leaves it.

    AWS's string shows a part of it (docs/reference/members.md#the-jobbookmark-string).

    `watermark_ms` is the start of the last run or, if it left objects to the next one, the instant up to
    which it has read; `inexpressible` of the left objects are older, which no string can express. `in_band`
    holds (path, last_modified_ms) of objects processed by now and modified in the last `band_ms` before the
    watermark; `unlisted` more of them, the youngest, are in the ledger only. `include_list` has AWS's hashes
    instead of `in_band` in an element that was imported. `latest_partition_ms` and `latest_partitions` are
    the newest partitions of a catalog's table.

    `leaving_since` is the version of the first of the last runs that each left objects to the next one, 0
    if the last left none. For these runs the ledger, and not the watermark, tells what was read.
    """

    watermark_ms: int = msgspec.field(name="run_start_ms")
    band_ms: int = msgspec.field(default=DEFAULT_MAX_BAND_MS, name="high_band_ms")
    in_band: tuple[tuple[str, int], ...] = ()
    unlisted: int = 0
    include_list: tuple[str, ...] = ()
    inexpressible: int = 0
    latest_partition_ms: int = 0
    latest_partitions: tuple[str, ...] = ()
    leaving_since: int = 0


class FileElement(NextWindow, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="files"):
    """The memory of a source of objects: the beginning of the next window, and the ledger.

    `source` is None in an imported element until a run commits it; objects that the string covers are then
    `assumed`. `run` is the run's number. `segments` is the ledger, oldest first; `schema` is the schema last
    seen, for runs that find nothing; `derived` are the schemas that the script's own functions (Map) made of
    records in such runs, by the name of the call.
    """

    source: FileSource | TableSource | None
    run: int
    segments: tuple[SegmentRef, ...] = ()
    schema: str | None = None
    derived: dict[str, str] = {}

    @property
    def is_imported(self) -> bool:
        """Whether the element came from AWS and no run has committed it yet."""
        return self.source is None

    @classmethod
    def beginning(
        cls,
        next_window: NextWindow,
        *,
        source: FileSource | TableSource | None,
        run: int,
        segments: tuple[SegmentRef, ...] = (),
        schema: str | None = None,
        derived: dict[str, str] | None = None,
    ) -> "FileElement":
        """The element with which the next window begins as `next_window` says."""
        begins = {name: getattr(next_window, name) for name in NextWindow.__struct_fields__}
        return cls(**begins, source=source, run=run, segments=segments, schema=schema, derived=derived or {})


class IdElement(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="ids"):
    """The memory of a Relationalize: the first id that the next run may give. `run` is the run's number."""

    next_id: int
    run: int


class SnapshotElement(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="snapshot"
):
    """The memory of a table of a lake format: the snapshot up to which it was read, with all before it.

    `table_id` is the identity that the format gives the table; a table that was made anew has another one.
    `snapshot` is None if the table had none yet. `schema` is the schema last seen, `run` the run's number.
    """

    source: SnapshotSource
    table_id: str
    snapshot: int | None = None
    run: int
    schema: str | None = None


class KeyElement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="keys"):
    """The memory of a table of a database: the last key, and what may still come behind it.

    `last` is the key up to which the table was read, None if it had no row yet. Rows behind `recheck_after`
    and not behind `last` are looked at again; `segments` has the identities of those that were read among
    them (a ledger whose paths are identities). `since_xid` is, on PostgreSQL, the lowest transaction id
    whose rows may not have been visible. `missing` are the keys that are asked for again, `reached` how far
    earlier runs had read, oldest first. `identity` are the columns by which rows are known again. `source`
    is None in an imported element until a run commits it. `schema` is the schema last seen, `run` the run's
    number. `unlisted` are parts of the table in which too many keys are missing to list them, for which runs
    look again at all rows, and `unwatched` those for which they cannot. `mark` is what tells the table from
    one that begins anew, `sample` a few rows that were read.
    """

    source: DatabaseSource | None
    run: int
    last: Key | None = None
    recheck_after: Key | None = None
    since_xid: int | None = None
    segments: tuple[SegmentRef, ...] = ()
    missing: tuple[MissingIds, ...] = ()
    reached: tuple[Reached, ...] = ()
    identity: tuple[str, ...] = ()
    schema: str | None = None
    mark: TableMark | None = None
    sample: RowSample | None = None
    unlisted: tuple[MissingIds, ...] = ()
    unwatched: tuple[MissingIds, ...] = ()


StateElement = FileElement | IdElement | SnapshotElement | KeyElement
"""The memory of one transformation context: of files, of tables, of ids, or of keys."""
