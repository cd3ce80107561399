"""Why an object is read, or is not."""

from enum import StrEnum

import msgspec

from placekeeper.model.objects import ObjectMeta


class Reason(StrEnum):
    """What a run does with an object, and why (design §3)."""

    NEW = "new"  # no ledger row: read
    LATE = "late"  # no ledger row, and AWS's window would have lost it: read
    CHANGED = "changed"  # the content is not what was processed: read
    TOUCHED = "touched"  # only last_modified differs from what was processed: read
    DONE = "done"  # processed, and unchanged since
    DEFERRED = "deferred"  # modified after the run began: left for the next run
    EXCLUDED = "excluded"  # matches an exclusion of the source
    HIDDEN = "hidden"  # a name that begins with _ or ., or a folder marker: never data
    BAD = "bad"  # cannot be addressed (a name that is no UTF-8)

    @property
    def is_read(self) -> bool:
        """Whether an object with this reason is read by the run."""
        return self in _READ


_READ = frozenset({Reason.NEW, Reason.LATE, Reason.CHANGED, Reason.TOUCHED})


class Decision(msgspec.Struct, frozen=True):
    """One object and what is done with it; `processed_by` is the run of its newest ledger row."""

    object: ObjectMeta
    reason: Reason
    processed_by: str | None = None


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What a run reads of one source: the chosen decisions, sorted by path, and the count of every reason.

    `in_band` is the next state's list (see StateElement).
    """

    chosen: tuple[Decision, ...]
    counts: dict[Reason, int]
    in_band: tuple[tuple[str, int], ...] = ()
