"""Choices: the rule, the window and the limits by which a run takes objects of a source.

The plan, the run and a range of runs each begin with a factory; `select` (join.py) follows the choice.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import msgspec

from placekeeper.model.element import FileElement
from placekeeper.model.marks import Mark, MarkKind
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Reason
from placekeeper.model.policy import Policy
from placekeeper.model.segments import SegmentRef
from placekeeper.model.source import SourceOfObjects
from placekeeper.rules.selection.bounds import Limits
from placekeeper.rules.selection.candidates import candidate_filter
from placekeeper.rules.selection.decisions import ByWindow, Exact, InRange, Rule
from placekeeper.rules.selection.window import IncludeList, RangeEnd, ReadSince, Window

_NO_BOUND_MS = 2**62
"""A start (epoch ms) so late that no object comes after it."""


_NO_LIMITS = Limits()

Filter = Callable[[str], Reason | None]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """How the objects of a source are chosen, given the ledger in `segments`.

    `excluded` returns why a path is not a candidate (hidden, excluded), or None. `marks` are those in force,
    by path. `planned` are the only objects that may be read, by path; None allows any. With `explains`, every
    decision is kept, together with that of the rule `on_aws`.
    """

    source: SourceOfObjects
    rule: Rule
    window: Window
    excluded: Filter
    limits: Limits = _NO_LIMITS
    segments: tuple[SegmentRef, ...] = ()
    marks: Mapping[str, Mark] = MappingProxyType({})
    planned: Mapping[str, ObjectMeta] | None = None
    explains: bool = False
    on_aws: Rule | None = None

    @classmethod
    def next_run(cls, source: SourceOfObjects, element: FileElement | None, *, start_ms: int) -> "Choice":
        """The choice of a run that goes on from an element, by the policy of its source.

        `start_ms` is the run's start (T2) by the clock of the source's store.
        """
        by_policy = cls.windowed if source.reading.policy is Policy.WINDOW else cls.exact
        return by_policy(source, element, start_ms=start_ms)

    @classmethod
    def exact(cls, source: SourceOfObjects, element: FileElement | None, *, start_ms: int) -> "Choice":
        """A choice in which the ledger decides."""
        window = Window.between(element, start_ms=start_ms, band_ms=source.max_band_ms)
        imported = IncludeList.of(element) if element is not None and element.is_imported else None
        rule = Exact(window, source.reading, imported)
        return cls._of(source, rule, window, element, Limits.of(source.reading))

    @classmethod
    def windowed(cls, source: SourceOfObjects, element: FileElement | None, *, start_ms: int) -> "Choice":
        """A choice in which AWS's window decides."""
        window = Window.between(element, start_ms=start_ms, band_ms=source.max_band_ms)
        rule = ByWindow(
            window,
            IncludeList.of(element),
            partitions=source.partitions,
            latest=element,
            read_since=ReadSince.of(element),
            imported=element is not None and element.is_imported,
        )
        return cls._of(source, rule, window, element, Limits.of(source.reading))

    @classmethod
    def whole(cls, source: SourceOfObjects) -> "Choice":
        """A choice of all objects, for a source without a bookmark."""
        window = Window(start_ms=_NO_BOUND_MS, band_ms=source.max_band_ms)
        return cls._of(source, Exact(window), window, None)

    @classmethod
    def of_range(
        cls, source: SourceOfObjects, begin: FileElement | None, end: FileElement | None, *, after: int
    ) -> "Choice":
        """The objects between the states after two runs (pause with from and to).

        `after` is the version of the first; `begin` and `end` are its elements, None where it had none.
        """
        if source.reading.policy is not Policy.WINDOW or end is None:
            window = Window(start_ms=_NO_BOUND_MS, band_ms=0)
            return cls._of(source, InRange(after), window, end)
        window = Window.between(begin, start_ms=end.watermark_ms, band_ms=end.band_ms)
        rule = ByWindow(
            window,
            IncludeList.of(begin, up_to=after),
            partitions=source.partitions,
            latest=begin,
            read_since=ReadSince.of(begin, up_to=after),
            end=RangeEnd(IncludeList.of(end), ReadSince.of(end), end),
        )
        return cls._of(source, rule, window, end)

    def with_marks(self, marks: Iterable[Mark]) -> "Choice":
        """The same choice with the marks in force."""
        return msgspec.structs.replace(self, marks={mark.path: mark for mark in marks})

    def by_plan(self, planned: Mapping[str, ObjectMeta] | None) -> "Choice":
        """The same choice, limited to planned objects by path; None allows any."""
        return msgspec.structs.replace(self, planned=planned)

    def explained(self, aws: FileElement | None) -> "Choice":
        """The same choice that keeps every decision, together with that of AWS's rule from the element `aws`,
        of which AWS's rule sees only what its string says."""
        theirs = Window.between(aws, start_ms=self.window.start_ms, band_ms=self.window.band_ms)
        rule = ByWindow(theirs, IncludeList.of(aws), partitions=self.source.partitions, latest=aws)
        return msgspec.structs.replace(self, explains=True, on_aws=rule)

    @classmethod
    def _of(
        cls,
        source: SourceOfObjects,
        rule: Rule,
        window: Window,
        element: FileElement | None,
        limits: Limits = _NO_LIMITS,
    ) -> "Choice":
        return cls(
            source=source,
            rule=rule,
            window=window,
            excluded=candidate_filter(
                source.paths, source.exclusions, recurse=source.recurse, predicates=source.predicates
            ),
            limits=limits,
            segments=() if element is None else element.segments,
        )

    @property
    def is_partial(self) -> bool:
        """Whether the choice may leave objects to the next run."""
        return self.limits.is_bounded or self.planned is not None or self._has_quarantines

    @property
    def _has_quarantines(self) -> bool:
        return any(mark.kind is MarkKind.QUARANTINED for mark in self.marks.values())
