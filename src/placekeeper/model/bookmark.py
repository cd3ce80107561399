"""Bookmarks: what a job remembers between runs."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from placekeeper.model.element import FileElement, KeyElement, SnapshotElement, StateElement
from placekeeper.model.segments import SegmentRef
from placekeeper.model.source import Source


class BookmarkOption(StrEnum):
    """--job-bookmark-option."""

    ENABLE = "job-bookmark-enable"
    DISABLE = "job-bookmark-disable"
    PAUSE = "job-bookmark-pause"


class Change(StrEnum):
    """The kind of change that appended a version to a bookmark."""

    OPEN = "open"  # a run took the newest entry and fenced older runs (Job.init)
    COMMIT = "commit"  # a run made its state durable (Job.commit)
    RESET = "reset"  # an empty state as the newest entry
    REWIND = "rewind"  # an old run's state as the newest entry
    IMPORT = "import"  # a bookmark of AWS's
    ACCEPT = "accept"  # somebody has accepted that segments are lost: the state without their rows
    REVERT = "revert"  # publishing failed for good: the state before that commit


BookmarkState = dict[str, StateElement]
"""State elements by transformation context. Treat as frozen: a transition returns a new one."""

Segments = tuple[SegmentRef, ...]


def source_elements(state: BookmarkState) -> dict[str, FileElement]:
    """The elements of sources of objects alone: these have a source, a window and segments."""
    return {context: element for context, element in state.items() if isinstance(element, FileElement)}


def sources_of(state: BookmarkState) -> dict[str, Source]:
    """The sources that a state names. An imported element names none."""
    return {
        context: element.source
        for context, element in state.items()
        if isinstance(element, FileElement | SnapshotElement | KeyElement) and element.source is not None
    }


def segments_of(state: BookmarkState) -> list[SegmentRef]:
    """All segments that a state points at."""
    return [
        segment
        for element in state.values()
        if isinstance(element, FileElement | KeyElement)
        for segment in element.segments
    ]


def with_segments(state: BookmarkState, change: Callable[[str, Segments], Segments]) -> BookmarkState:
    """The same state, in which a source has the segments that `change` makes of its context and its own."""
    changed = {
        context: msgspec.structs.replace(element, segments=change(context, element.segments))
        for context, element in state.items()
        if isinstance(element, FileElement | KeyElement)
    }
    return {**state, **changed}


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
    """GetJobBookmark's answer. On the wire its members have AWS's names, and None is left out."""

    job_name: str
    version: int
    run: int
    attempt: int
    previous_run_id: str | None = None
    run_id: str | None = None
    job_bookmark: str
