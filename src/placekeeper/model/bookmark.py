"""What a job remembers between runs."""

from enum import StrEnum

import msgspec

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
    REVERT = "revert"  # publishing failed for good: the state before that commit


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one transformation context reads: enough to list it again without the script.

    `paths` are normalised URIs; `exclusions` are Unix globs matched against the whole URI.
    """

    connection_type: str
    paths: tuple[str, ...]
    format: str
    recurse: bool = False
    exclusions: tuple[str, ...] = ()
    max_band_ms: int = DEFAULT_MAX_BAND_MS


class SegmentRef(msgspec.Struct, frozen=True, kw_only=True):
    """The address of one immutable, sorted part of the ledger, and what must be found there.

    `key` is relative to the state's segment folder; `digest` is the SHA-256 of the file in hex.
    """

    key: str
    rows: int
    size: int
    digest: str


class StateElement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one transformation context remembers.

    `run`, `high_band_ms`, `run_start_ms` and `in_band` are what AWS's string shows (bookmarks.md §7);
    `in_band` holds (path, last_modified_ms) of every object processed by now and modified in the last
    `high_band_ms` before the run's start. `segments` is the ledger, oldest first; `schema` is the JSON
    of the schema last seen, for runs that find nothing; `derived` are the schemas that the script's own
    functions (Map) made of records in such runs, by the name of the call.
    """

    source: Source
    run: int
    run_start_ms: int
    high_band_ms: int = DEFAULT_MAX_BAND_MS
    in_band: tuple[tuple[str, int], ...] = ()
    segments: tuple[SegmentRef, ...] = ()
    schema: str | None = None
    derived: dict[str, str] = {}


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
