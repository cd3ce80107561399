"""The limits of one run: it takes the oldest objects first.

Source: docs/reference/bookmarks.md#order-of-bounded-runs.
"""

from collections.abc import Iterable, Sequence

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from placekeeper.model.objects import LISTING_SCHEMA
from placekeeper.model.plan import Decision
from placekeeper.model.policy import Policy, ReadingPolicy
from placekeeper.rules.selection.window import Window

TIMES = pa.schema([LISTING_SCHEMA.field(name) for name in ("path", "last_modified_ms")])

MOST_LISTED = 1000
"""The default of maxFilesInBand: AWS documents none, this one is commonly named. AWS's list is
never longer, and neither is ours, however many objects a run has read.

Source: docs/reference/bookmarks.md#objects-beyond-the-list.
"""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one run takes: `bounded_files` or `bounded_bytes` in all, `most_in_band` objects of the
    window's last part; None for any number. The next window lists `most_listed` objects beside the ledger.
    """

    bounded_files: int | None = None
    bounded_bytes: int | None = None
    most_in_band: int | None = None
    most_listed: int = MOST_LISTED

    @classmethod
    def of(cls, reading: ReadingPolicy) -> "Limits":
        """The limits of a source. AWS's list holds maxFilesInBand objects; the ledger has no such limit."""
        return cls(
            bounded_files=reading.bounded_files,
            bounded_bytes=reading.bounded_bytes,
            most_in_band=most_in_band(reading) if reading.policy is Policy.WINDOW else None,
            most_listed=max(MOST_LISTED, reading.max_files_in_band or 0),
        )

    @property
    def is_bounded(self) -> bool:
        """Whether one run may leave objects to the next, however old they are."""
        return self.bounded_files is not None or self.bounded_bytes is not None


def most_in_band(reading: ReadingPolicy) -> int:
    """The most objects of the window's last part in AWS's list (maxFilesInBand)."""
    return reading.max_files_in_band or MOST_LISTED


def oldest_within(limits: Limits, chosen: Iterable[Decision]) -> frozenset[str]:
    """The paths that boundedFiles or boundedSize let a run read, the oldest first; at least one."""
    paths: set[str] = set()
    size = 0
    for decision in sorted(chosen, key=_age):
        size += decision.object.size
        over_files = limits.bounded_files is not None and len(paths) >= limits.bounded_files
        over_bytes = limits.bounded_bytes is not None and size > limits.bounded_bytes
        if paths and (over_files or over_bytes):
            break
        paths.add(decision.object.path)
    return frozenset(paths)


def beyond_band(chosen: Iterable[Decision], window: Window, *, carried: int, most: int) -> frozenset[str]:
    """Paths of the window's last part that maxFilesInBand leaves to the next run: the youngest.

    Earlier runs have processed `carried` objects of that part; they stay in the list and count.
    """
    in_band = [d for d in chosen if window.is_in_band(d.object.last_modified_ms)]
    return frozenset(d.object.path for d in sorted(in_band, key=_age)[max(0, most - carried) :])


def in_band(processed: Sequence[pa.RecordBatch], window: Window) -> pa.Table:
    """The processed objects (TIMES) in the window's last part."""
    rows = pa.Table.from_batches(processed, TIMES)
    modified_ms = rows.column("last_modified_ms")
    begins_ms, ends_ms = window.band
    return rows.filter(pc.and_(pc.greater(modified_ms, begins_ms), pc.less_equal(modified_ms, ends_ms)))


def oldest_in_band(
    processed: Sequence[pa.RecordBatch], window: Window, most: int
) -> tuple[tuple[tuple[str, int], ...], int]:
    """The oldest `most` of the processed objects (TIMES) in the window's last part, by path, and how many
    others there are.
    """
    listed = rows = in_band(processed, window)
    if rows.num_rows > most:
        by_age = [("last_modified_ms", "ascending"), ("path", "ascending")]
        listed = rows.take(pc.select_k_unstable(rows, most, sort_keys=by_age))
    pairs = zip(*(column.to_pylist() for column in listed.columns), strict=True)
    return tuple(sorted(pairs)), rows.num_rows - listed.num_rows


def watermark(window: Window, left: Sequence[Decision]) -> int:
    """The instant (epoch ms) up to which a run has read everything, if it leaves objects; never before T1.

    It is T1 of the next run. An object that is left is not older, or lies within the band and not in the
    list, so AWS reads it too. An object that is older still came late; AWS's string cannot express it.
    """
    oldest = min((d.object.last_modified_ms for d in left), default=window.start_ms)
    lowest = oldest if window.previous_start_ms is None else max(oldest, window.previous_start_ms)
    return min(window.start_ms, lowest)


def band(window: Window, watermark_ms: int, left: Sequence[Decision]) -> int:
    """dt of the next run's window, in ms: this run's, or more, to keep the window open over the objects left.

    If the last run's dt was larger than this one's, that one may be needed.
    """
    still_open = [m for d in left if not window.is_closed_over(m := d.object.last_modified_ms)]
    return max(window.band_ms, watermark_ms - min(still_open, default=watermark_ms) + 1)


def _age(decision: Decision) -> tuple[int, bytes]:
    return decision.object.last_modified_ms, decision.object.path.encode()
