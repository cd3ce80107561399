"""Bookmarks to and from AWS (invariant 6): import, export, and the objects that an export would lose."""

from collections.abc import Iterable, Sequence

import msgspec

from placekeeper.control.bookmarks.history import Bookmarks
from placekeeper.control.bookmarks.plan_file import SourcePlan
from placekeeper.control.bookmarks.planner import Planner
from placekeeper.control.publications import Publications
from placekeeper.control.security_configurations import bookmark_key
from placekeeper.model.bookmark import BookmarkEntry, BookmarkState, source_elements
from placekeeper.model.element import FileElement
from placekeeper.model.errors import AlreadyExistsException, EntityNotFoundException
from placekeeper.model.objects import ObjectMeta
from placekeeper.model.plan import Decision
from placekeeper.model.policy import Policy
from placekeeper.ports.clock import Clock
from placekeeper.ports.keys import Keys
from placekeeper.ports.store import Store
from placekeeper.rules.bookmarks import aws_string, versions
from placekeeper.rules.selection.window import Window


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """An object about which AWS's window and the ledger disagree."""

    context: str
    decision: Decision


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as AWS has it, and the objects that AWS would never read if it went on from it."""

    entry: BookmarkEntry
    lost: Sequence[Disagreement]


class Transfer:
    """Imports bookmarks from AWS, and exports them."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        publications: Publications,
        bookmarks: Bookmarks,
        planner: Planner,
        keys: Keys,
    ) -> None:
        self._store = store
        self._clock = clock
        self._publications = publications
        self._bookmarks = bookmarks
        self._planner = planner
        self._keys = keys

    def take(self, name: str, entry: BookmarkEntry, *, replace: bool) -> BookmarkEntry:
        """Make AWS's entry the newest of the bookmark `name`; its history stays.

        Raises AlreadyExistsException for a bookmark that is not empty, unless `replace`; UsageError and
        UnsupportedFeature for a string that cannot be imported.
        """
        state = aws_string.decode_state(entry.job_bookmark)
        now_ms = self._clock.now_ms()
        with self._store.write() as tx:
            bookmark_id = tx.bookmarks.create(name, now_ms=now_ms)
        with self._publications.settled(bookmark_id) as tx:
            last = tx.bookmarks.newest(bookmark_id)
            if last is not None and last.state_version is not None and not replace:
                raise AlreadyExistsException(
                    f"The bookmark {name} is not empty. To replace it with AWS's, give --replace. To compare "
                    f"both: placekeeper bookmark compare {name} --file FILE"
                )
            version = versions.imported(last, entry, now_ms=now_ms)
            job = tx.jobs.get(name)
            tx.bookmarks.append(
                bookmark_id,
                version,
                state=state,
                job_bookmark=entry.job_bookmark,
                key=None if job is None else bookmark_key(tx, job.spec, self._keys),
            )
        return self._bookmarks.get(name)

    def give(self, name: str) -> Export:
        """The newest entry, and the objects that AWS would lose. Raises EntityNotFoundException.

        Its string lists all objects of the window; the bookmark's own string leaves the youngest out.
        """
        entry, (_, state) = self._bookmarks.get(name), self._bookmarks.state(name)
        try:
            sources = self._planner.plan(name, only_objects=True).sources
        except EntityNotFoundException:  # imported, and no run has named its sources yet: nothing is lost
            sources = ()
        if any(element.unlisted for element in source_elements(state).values()):
            whole = aws_string.encode(_all_listed(state, sources))
            entry = msgspec.structs.replace(entry, job_bookmark=whole)
        return Export(entry=entry, lost=[d for d in _differences(sources) if _is_lost(d.decision)])

    def compare(self, name: str, entry: BookmarkEntry | None = None) -> Sequence[Disagreement]:
        """Objects that only one of the two would read, the ledger or AWS's window.

        AWS's window is that of `entry`, by default that of this bookmark's own string. The policy of a source
        is ignored. Raises EntityNotFoundException when the bookmark remembers no source.
        """
        aws = None if entry is None else aws_string.decode_state(entry.job_bookmark)
        return _differences(self._planner.plan(name, aws=aws, policy=Policy.EXACT, only_objects=True).sources)


def _differences(sources: Sequence[SourcePlan]) -> Sequence[Disagreement]:
    return [
        Disagreement(context=source.context, decision=decision)
        for source in sources
        for decision in source.decisions
        if decision.on_aws is not None and decision.reason.is_wanted != decision.on_aws.is_read
    ]


def _all_listed(state: BookmarkState, sources: Sequence[SourcePlan]) -> BookmarkState:
    """The state, whose list has every processed object of the window that still exists."""
    processed = {
        source.context: [d.object for d in source.decisions if d.reason.is_processed and not d.reason.is_read]
        for source in sources
    }
    listed = {
        context: msgspec.structs.replace(
            element, in_band=_in_band(element, processed.get(context, ())), unlisted=0
        )
        for context, element in source_elements(state).items()
        if element.unlisted
    }
    return {**state, **listed}


def _in_band(element: FileElement, objects: Iterable[ObjectMeta]) -> tuple[tuple[str, int], ...]:
    window = Window(start_ms=element.watermark_ms, band_ms=element.band_ms)
    return tuple(
        (one.path, one.last_modified_ms) for one in objects if window.is_in_band(one.last_modified_ms)
    )


def _is_lost(decision: Decision) -> bool:
    return decision.reason.is_wanted and decision.on_aws is not None and not decision.on_aws.is_read
