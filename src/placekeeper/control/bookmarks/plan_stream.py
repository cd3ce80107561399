"""A plan while it is made: the decisions come as objects are listed, and the counts when all are."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from placekeeper.control.bookmarks.key_plan import KeyStream
from placekeeper.control.bookmarks.plan_file import Plan, SourcePlan
from placekeeper.model.marks import Mark
from placekeeper.model.plan import Decision, Reason
from placekeeper.model.source import Source
from placekeeper.rules.selection.join import Part


class SourceStream:
    """The plan of one source while it is made; `context` and `source` are known from the start."""

    def __init__(
        self,
        context: str,
        source: Source,
        parts: Iterable[Part],
        *,
        absent: Sequence[str],
        marks: Mapping[str, Mark],
        explains: bool,
    ) -> None:
        self.context = context
        self.source = source
        self._parts = parts
        self._absent = absent
        self._marks = marks
        self._explains = explains
        self._counts: Counter[Reason] = Counter()
        self._quarantined: list[Mark] = []

    def decisions(self) -> Iterator[Sequence[Decision]]:
        """The decisions that were asked for, sorted by path, some at a time; once.

        Raises ListingFailed and SegmentCorrupt, also after the first decisions.
        """
        for part in self._parts:
            self._counts.update(part.others)
            self._counts.update(decision.reason for decision in part.kept)
            self._quarantined += [
                self._marks[d.object.path] for d in part.kept if d.reason is Reason.QUARANTINED
            ]
            yield part.kept if self._explains else [d for d in part.kept if d.reason.is_read]

    def ended(self, decisions: Sequence[Decision] = ()) -> SourcePlan:
        """The plan of the source when all `decisions()` have come, with those that the caller has kept."""
        return SourcePlan(
            context=self.context,
            source=self.source,
            counts={reason: n for reason, n in self._counts.items() if n},
            decisions=decisions,
            absent=self._absent,
            quarantined=self._quarantined,
        )


class PlanStream(msgspec.Struct, frozen=True, kw_only=True):
    """A `Plan` whose decisions come while objects are listed."""

    name: str
    version: int
    state_version: int | None
    planned_ms: int
    sources: Sequence[SourceStream | KeyStream]

    def whole(self) -> Plan:
        """The plan as one value, with all decisions in memory."""
        return Plan(
            name=self.name,
            version=self.version,
            state_version=self.state_version,
            planned_ms=self.planned_ms,
            sources=tuple(
                source.ended(tuple(decision for some in source.decisions() for decision in some))
                for source in self.sources
            ),
        )
