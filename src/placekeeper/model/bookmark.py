"""What a job remembers between runs."""

from enum import StrEnum

import msgspec

from placekeeper.model.catalog import TableRef
from placekeeper.model.policy import ReadingPolicy

DEFAULT_MAX_BAND_MS = 900_000


class BookmarkOption(StrEnum):
    """--job-bookmark-option."""

    ENABLE = "job-bookmark-enable"
    DISABLE = "job-bookmark-disable"
    PAUSE = "job-bookmark-pause"


class Change(StrEnum):
    """What appended a version to a bookmark."""

    OPEN = "open"  # a run took the newest entry and fenced older runs (Job.init)
    COMMIT = "commit"  # a run made its state durable (Job.commit)
    RESET = "reset"  # an empty state as the newest entry
    REWIND = "rewind"  # an old run's state as the newest entry
    IMPORT = "import"  # a bookmark of AWS's
    ACCEPT = "accept"  # somebody has accepted that segments are lost: the state without their rows
    REVERT = "revert"  # publishing failed for good: the state before that commit


class Partition(msgspec.Struct, frozen=True, array_like=True):
    """A partition of a catalog's table: its location, ending in a slash, and when it was made (epoch ms)."""

    path: str
    created_ms: int


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one transformation context reads: enough to list it again without the script.

    `paths` are normalised URIs; `exclusions` are Unix globs matched against the whole URI;
    `excluded_classes` are S3's storage classes. Of a catalog's `table`, `paths` are where its files are, and
    `partitions` what it has; None where there are none.
    """

    connection_type: str
    paths: tuple[str, ...]
    format: str
    recurse: bool = False
    exclusions: tuple[str, ...] = ()
    excluded_classes: tuple[str, ...] = ()
    max_band_ms: int = DEFAULT_MAX_BAND_MS
    reading: ReadingPolicy = ReadingPolicy()
    partitions: tuple[Partition, ...] | None = None
    table: TableRef | None = None

    @property
    def name(self) -> str:
        """What the source is called where it has no transformation context."""
        return self.paths[0] if self.table is None else f"{self.table.database}.{self.table.name}"

    @property
    def kept(self) -> "Source":
        """The source as a state keeps it: where a table's files are, the catalog says when they are read."""
        return self if self.table is None else msgspec.structs.replace(self, paths=(), partitions=None)

    def lists_like(self, other: "Source") -> bool:
        """Whether both are made of the same objects, however they are read.

        A table is the same while it is asked for the same partitions, whichever it has got by then.
        """
        return self._listed == other._listed

    @property
    def _listed(self) -> tuple[object, ...]:
        of = self.paths if self.table is None else self.table
        return of, self.recurse, self.exclusions, self.excluded_classes


VersionRanges = tuple[tuple[int, int], ...]
"""A set of bookmark versions: sorted ranges, both ends in them."""


class SegmentRef(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The address of one immutable, sorted part of the ledger, and what must be found there.

    `key` is relative to the state's segment folder; `digest` is the SHA-256 of the file in hex, and merging
    checks it. Only rows of `versions` count (empty, in old states: all): a merged segment has those of many
    commits, some of them of histories that were rewound. It may lack rows that versions before `whole_from`
    would need, and stands for no state that ends before it.
    """

    key: str
    rows: int
    size: int
    digest: str
    versions: VersionRanges = ()
    whole_from: int = 0


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """A segment that stands for others of one transformation context: for those whose versions it has.

    A range of its `versions` says that it has all rows of the context that were committed in the range.
    """

    context: str
    segment: SegmentRef


class MergeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable row: a merge, its ordinal in the bookmark, and when it was made."""

    number: int
    created_ms: int
    merge: Merge


class StateElement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one transformation context remembers.

    `run`, `high_band_ms`, `run_start_ms` and `in_band` are what AWS's string shows (bookmarks.md §7).
    `run_start_ms` is the watermark: the start of the run, or what it has read up to when it left objects to
    the next one; `inexpressible` of these are older than that, which no string can say. `in_band` holds
    (path, last_modified_ms) of objects processed by now and modified in the last `high_band_ms` before the
    watermark; `unlisted` more of them, the youngest, are in the ledger only. `latest_partition_ms` and
    `latest_partitions` are the newest partitions of a catalog's table.

    `leaving_since` is the version of the first of the last runs that each left objects to the next one, 0
    where the last left none: what these have read, the ledger says, and not the watermark.

    `source` is None and `include_list` has AWS's hashes in an element that was imported, until a run commits
    it: what the string covers is then `assumed`.

    `segments` is the ledger, oldest first; `schema` is the JSON of the schema last seen, for runs that find
    nothing; `derived` are the schemas that the script's own functions (Map) made of records in such runs, by
    the name of the call.
    """

    source: Source | None
    run: int
    run_start_ms: int
    high_band_ms: int = DEFAULT_MAX_BAND_MS
    in_band: tuple[tuple[str, int], ...] = ()
    unlisted: int = 0
    include_list: tuple[str, ...] = ()
    inexpressible: int = 0
    latest_partition_ms: int = 0
    latest_partitions: tuple[str, ...] = ()
    leaving_since: int = 0
    segments: tuple[SegmentRef, ...] = ()
    schema: str | None = None
    derived: dict[str, str] = {}

    @property
    def is_imported(self) -> bool:
        """Whether it came from AWS, and no run has committed it yet."""
        return self.source is None


BookmarkState = dict[str, StateElement]
"""State elements by transformation context. Treat as frozen: a transition returns a new one."""


class BookmarkVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable row of a bookmark's history.

    `state_version` is the version whose commit holds the state in force, None for the empty state.
    `run_id` is the run that opened or committed; on a rewind it is the run rewound to.
    """

    version: int
    change: Change
    run: int
    attempt: int
    created_ms: int
    run_id: str | None = None
    previous_run_id: str | None = None
    state_version: int | None = None


class BookmarkEntry(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """GetJobBookmark's answer; spelled on the wire as AWS has it, None is left out."""

    job_name: str
    version: int
    run: int
    attempt: int
    previous_run_id: str | None = None
    run_id: str | None = None
    job_bookmark: str
