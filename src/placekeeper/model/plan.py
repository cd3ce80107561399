"""Decisions on objects, and their reasons."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.model.columns import RowSequence, in_batches
from placekeeper.model.element import NextWindow
from placekeeper.model.objects import LISTING_SCHEMA, ObjectMeta, ObjectMetas, listing_batch, object_rows


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
        return self in READ

    @property
    def is_left(self) -> bool:
        """Whether the run leaves an object with this reason to the next one, because it reads only a part."""
        return self in LEFT

    @property
    def is_wanted(self) -> bool:
        """Whether an object with this reason is read, by this run or a later one."""
        return self.is_read or self.is_left

    @property
    def is_processed(self) -> bool:
        """Whether an object with this reason counts as processed once the run has committed."""
        return self in PROCESSED


READ = frozenset({Reason.NEW, Reason.LATE, Reason.CHANGED, Reason.TOUCHED, Reason.AGAIN})
LEFT = frozenset({Reason.BOUNDED, Reason.UNPLANNED, Reason.QUARANTINED})
PROCESSED = READ | {Reason.DONE, Reason.ASSUMED, Reason.SEEDED}
"""The reasons of objects that are read, are left to a later run, and count as processed after the commit."""


class Decision(msgspec.Struct, frozen=True, gc=False):
    """One object and what is done with it; `processed_by` is the run of its newest ledger row.

    `on_aws` is AWS's decision, if it was asked for.
    """

    object: ObjectMeta
    reason: Reason
    processed_by: str | None = None
    on_aws: Reason | None = msgspec.field(default=None, name="elsewhere")


_REPEATED = pa.dictionary(pa.int32(), pa.string())

DECISION_SCHEMA = pa.schema(
    [
        *LISTING_SCHEMA,
        pa.field("reason", _REPEATED, nullable=False),
        pa.field("processed_by", _REPEATED),
        pa.field("on_aws", _REPEATED),
    ]
)
"""Columns of decisions: the object, then `Decision` in its order."""


class Decisions(RowSequence[Decision]):
    """Decisions, kept as batches of DECISION_SCHEMA: there may be millions."""

    @classmethod
    def of(cls, decisions: Iterable[Decision]) -> "Decisions":
        """The same decisions; those that are kept so already stay where they are."""
        return decisions if isinstance(decisions, cls) else cls(map(decision_batch, in_batches(decisions)))

    def rows_of(self, batch: pa.RecordBatch) -> Sequence[Decision]:
        """See RowSequence."""
        columns = [batch.column(name).to_pylist() for name in ("reason", "processed_by", "on_aws")]
        return [
            Decision(one, Reason(reason), run_id, None if on_aws is None else Reason(on_aws))
            for one, reason, run_id, on_aws in zip(object_rows(batch), *columns, strict=True)
        ]

    @property
    def objects(self) -> ObjectMetas:
        """Their objects."""
        return ObjectMetas(batch.select(LISTING_SCHEMA.names) for batch in self.batches)

    @property
    def counts(self) -> Counter[Reason]:
        """How many there are of each reason."""
        found: Counter[Reason] = Counter()
        for batch in self.batches:
            for row in pc.value_counts(batch.column("reason").cast(pa.string())).to_pylist():
                found[Reason(row["values"])] += row["counts"]
        return found

    def of_reasons(self, reasons: Iterable[Reason]) -> "Decisions":
        """Those with one of these reasons."""
        wanted = pa.array([reason.value for reason in reasons], pa.string())
        return Decisions(_with_reasons(batch, wanted) for batch in self.batches)

    def for_reason(self, reason: Reason) -> "Decisions":
        """The same objects, all with this reason."""
        place = DECISION_SCHEMA.get_field_index("reason")
        return Decisions(
            batch.set_column(
                place, DECISION_SCHEMA.field(place), pa.repeat(reason.value, batch.num_rows).cast(_REPEATED)
            )
            for batch in self.batches
        )


def _with_reasons(batch: pa.RecordBatch, wanted: pa.Array) -> pa.RecordBatch:
    mask = pc.is_in(batch.column("reason").cast(pa.string()), value_set=wanted)
    return batch if mask.true_count == batch.num_rows else batch.filter(mask)


def decision_batch(decisions: Sequence[Decision]) -> pa.RecordBatch:
    """Decisions as a batch of DECISION_SCHEMA."""
    told = (
        [decision.reason.value for decision in decisions],
        [decision.processed_by for decision in decisions],
        [None if decision.on_aws is None else decision.on_aws.value for decision in decisions],
    )
    return pa.RecordBatch.from_arrays(
        [
            *listing_batch([decision.object for decision in decisions]).columns,
            *(pa.array(column, pa.string()).dictionary_encode() for column in told),
        ],
        schema=DECISION_SCHEMA,
    )


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What a run reads of one source: the chosen decisions, sorted by path, and the count of every reason.

    `next_window` is the beginning of the next run's window. `remembered` are decisions on objects that become
    processed without being read, `quarantined` those on unreadable objects that have not changed. `decisions`
    are all of them, if they were asked for. What `select` returns is kept as columns (`Decisions`).
    """

    chosen: Sequence[Decision]
    counts: dict[Reason, int]
    next_window: NextWindow
    remembered: Sequence[Decision] = ()
    quarantined: Sequence[Decision] = ()
    decisions: Sequence[Decision] = ()

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
        return Decisions.of(self.chosen).objects.size
