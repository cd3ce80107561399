"""Decisions on objects, and their reasons."""

from enum import StrEnum

import msgspec

from placekeeper.model.element import NextWindow
from placekeeper.model.objects import ObjectMeta


class Reason(StrEnum):
    """What a run does with an object, and why (docs/reference/bookmarks.md#reasons)."""

    NEW = "new"  # no ledger row: read
    LATE = "late"  # no ledger row, and AWS's window would have lost it: read
    CHANGED = "changed"  # the content is not what was processed: read
    TOUCHED = "touched"  # only last_modified differs from what was processed: read
    AGAIN = "again"  # processed in the range of runs asked for: read again
    DONE = "done"  # processed, and unchanged since
    DEFERRED = "deferred"  # modified after the run began: left for the next run
    BOUNDED = "bounded"  # beyond boundedFiles, boundedSize or maxFilesInBand: left for the next run
    UNPLANNED = "unplanned"  # not in the plan that the run follows: left for the next run
    QUARANTINED = "quarantined"  # could not be read, and is unchanged since
    LEFT_OUT = "left-out"  # `bookmark skip`: left out of every run until `bookmark retry`
    IGNORED = "ignored"  # changed or touched, and the policy is to ignore that
    REFUSED = "refused"  # changed, and the policy is to fail
    ASSUMED = "assumed"  # AWS's bookmark covered it when it was imported: remembered as processed
    SEEDED = "seeded"  # an unwanted backfill: remembered as processed
    SKIPPED = "skipped"  # policy window: AWS's window has closed over it, and no run has read it
    OUTSIDE = "outside"  # not processed in the range of runs asked for
    OVERWRITTEN = "overwritten"  # processed in the range asked for, and changed since: its content is gone
    GONE = "gone"  # processed in the range asked for, and deleted since
    EXCLUDED = "excluded"  # matches an exclusion of the source
    EXCLUDED_CLASS = "excluded-class"  # is in a storage class that the source excludes
    FOLDER = "folder"  # a folder in a source that is read without recurse: nothing in it is listed
    HIDDEN = "hidden"  # a name that begins with _ or ., or a folder marker: never data
    BAD = "bad"  # cannot be addressed (a name that is not UTF-8)

    __hash__ = str.__hash__  # millions are looked up in sets; an Enum's own is written in Python

    @property
    def is_read(self) -> bool:
        """Whether an object with this reason is read by the run."""
        return self in _READ

    @property
    def is_left(self) -> bool:
        """Whether the run leaves an object with this reason to the next one, because it reads only a part."""
        return self in _LEFT

    @property
    def is_wanted(self) -> bool:
        """Whether an object with this reason is read, by this run or a later one."""
        return self.is_read or self.is_left

    @property
    def is_processed(self) -> bool:
        """Whether an object with this reason counts as processed once the run has committed."""
        return self in _PROCESSED


_READ = frozenset({Reason.NEW, Reason.LATE, Reason.CHANGED, Reason.TOUCHED, Reason.AGAIN})
_LEFT = frozenset({Reason.BOUNDED, Reason.UNPLANNED, Reason.QUARANTINED})
_PROCESSED = _READ | {Reason.DONE, Reason.ASSUMED, Reason.SEEDED}


class Decision(msgspec.Struct, frozen=True):
    """One object and what is done with it; `processed_by` is the run of its newest ledger row.

    `on_aws` is AWS's decision, if it was asked for.
    """

    object: ObjectMeta
    reason: Reason
    processed_by: str | None = None
    on_aws: Reason | None = msgspec.field(default=None, name="elsewhere")


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What a run reads of one source: the chosen decisions, sorted by path, and the count of every reason.

    `next_window` is the beginning of the next run's window. `remembered` are decisions on objects that become
    processed without being read, `quarantined` those on unreadable objects that have not changed. `decisions`
    are all of them, if they were asked for.
    """

    chosen: tuple[Decision, ...]
    counts: dict[Reason, int]
    next_window: NextWindow
    remembered: tuple[Decision, ...] = ()
    quarantined: tuple[Decision, ...] = ()
    decisions: tuple[Decision, ...] = ()

    @property
    def leaves_some(self) -> bool:
        """Whether objects are left to the next run."""
        return any(reason.is_left for reason in self.counts)

    @property
    def objects_read(self) -> int:
        """How many objects the run reads."""
        return len(self.chosen)

    @property
    def bytes_read(self) -> int:
        """The size of these objects, in bytes."""
        return sum(decision.object.size for decision in self.chosen)
