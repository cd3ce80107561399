"""The part of a run's session that reads samples: some files, at most so many records, and no bookmark."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from placekeeper.rules.selection.samples import FILES, PARTITIONS, SampleSize, record_count
from placekeeper.runtime.frames.frame import Frame
from placekeeper.runtime.run.context import RunContext

_KNOWN: Final = frozenset({PARTITIONS, FILES, "minPartitions", "targetPartitions"})


class SampleSession:
    """A part of JobSession."""

    _context: RunContext

    def sample(
        self,
        num: object,
        options: Mapping[str, Any],
        transformation_ctx: str,
        read: Callable[[SampleSize], Frame],
    ) -> Frame:
        """At most `num` records of what `read` gives of a sample; what has no effect is noted.

        Raises UsageError for a number that is none.
        """
        note = self._context.note
        count, size = record_count(num), SampleSize.of(options)
        for name in sorted(options.keys() - _KNOWN):
            note(f"a sample ignored the unknown option '{name}'; it knows {PARTITIONS} and {FILES}")
        if transformation_ctx:
            note(
                f"transformation_ctx '{transformation_ctx}' has no effect: a sample is read from all "
                "objects, and no bookmark follows it"
            )
        frame = read(size)
        return frame if count is None else frame.with_rows(lambda rows: rows.limit(count))
