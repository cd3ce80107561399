"""Bookmarks: get, reset, rewind, open, commit (docs/reference/bookmarks.md#changes-of-a-bookmark)."""

from collections.abc import Callable, Mapping, Sequence

from placekeeper.control.bookmarks.marks import append_mark, marks_in_force
from placekeeper.control.bookmarks.run_ends import (
    end_of_range,
    end_of_run,
    no_bookmark,
    not_found,
    refuse_if_dropped,
)
from placekeeper.control.fence import check_going_on, check_has_job
from placekeeper.control.publications import Publications
from placekeeper.control.security_configurations import bookmark_key
from placekeeper.model.bookmark import BookmarkEntry, BookmarkOption, BookmarkState, BookmarkVersion, Change
from placekeeper.model.errors import (
    EntityNotFoundException,
    InvalidInputException,
    VersionMismatchException,
)
from placekeeper.model.exchange import CommitRequest, Committed, Opened, OpenedRange, OpenRequest
from placekeeper.model.jobs import JobRun
from placekeeper.model.marks import MarkKind
from placekeeper.model.source import Source
from placekeeper.ports.clock import Clock
from placekeeper.ports.keys import Keys
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.bookmarks import aws_string, versions
from placekeeper.rules.bookmarks.sealing import NO_KEYS

BookmarkCheck = Callable[[str, bool], None]
"""Refuses a bookmark that is not whole, given its name and whether a run will commit it
(control/state/wholeness.py)."""


def no_check(_name: str, _commits: bool) -> None:
    """Check nothing: for a state without a record."""


class Bookmarks:
    """The use cases of the bookmark history."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        publications: Publications,
        keys: Keys = NO_KEYS,
        check: BookmarkCheck = no_check,
    ) -> None:
        """`check` is called with a bookmark's name before its use, and refuses one that is not whole."""
        self._store = store
        self._check = check
        self._clock = clock
        self._publications = publications
        self._keys = keys

    def get(self, name: str, run_id: str | None = None) -> BookmarkEntry:
        """The newest entry of a bookmark, or the one that a run committed; never an uncommitted one.

        Raises EntityNotFoundException if nothing was ever committed, or nothing by that run.
        """
        with self._store.read_once() as tx:
            found = (
                tx.bookmarks.newest_entry(name) if run_id is None else tx.bookmarks.entry_of_run(name, run_id)
            )
        if found is None:
            raise not_found(name, run_id)
        return _entry(name, *found)

    def newest(self) -> Mapping[str, BookmarkVersion]:
        """The newest version of every bookmark, by its name."""
        with self._store.read() as tx:
            found = {name: _newest(tx, name)[1] for name in tx.bookmarks.names()}
        return {name: version for name, version in found.items() if version is not None}

    def history(self, name: str) -> Sequence[BookmarkVersion]:
        """All versions, newest first. Raises EntityNotFoundException."""
        with self._store.read() as tx:
            bookmark_id = tx.bookmarks.live_id(name)
            if bookmark_id is None:
                raise not_found(name)
            return tx.bookmarks.history(bookmark_id)

    def state(self, name: str) -> tuple[BookmarkVersion | None, BookmarkState]:
        """The newest version of a bookmark and the state in force; (None, {}) where there is none."""
        with self._store.read() as tx:
            bookmark_id, newest = _newest(tx, name)
            return newest, {} if newest is None else tx.bookmarks.state(bookmark_id, newest.state_version)

    def remembered(self, name: str) -> tuple[BookmarkVersion | None, BookmarkState, Mapping[str, Source]]:
        """The same as `state`, and the source of every context. If the state in force names no sources
        (after a reset or an import), they are those of the newest state that does. Raises StateNotWhole.
        """
        self._check(name, False)
        with self._store.read() as tx:
            bookmark_id, newest = _newest(tx, name)
            if newest is None:
                return None, {}, {}
            state = tx.bookmarks.state(bookmark_id, newest.state_version)
            return newest, state, _sources(state) or _sources_before(tx, bookmark_id)

    def reset(self, name: str, run_id: str | None = None) -> BookmarkEntry:
        """An empty state as the newest entry; with a run id, the state at the end of that run.

        A run that failed stands for the last success before it. An unfinished publication is settled first.
        Raises EntityNotFoundException when nothing was ever committed, or the run is unknown.
        """
        with self._store.read() as tx:
            bookmark_id = tx.bookmarks.live_id(name)
        if bookmark_id is None:
            raise not_found(name)
        with self._publications.settled(bookmark_id) as tx:
            newest = tx.bookmarks.newest(bookmark_id)
            if newest is None or tx.bookmarks.newest_entry(name) is None:
                raise not_found(name)
            now_ms = self._clock.now_ms()
            target = None if run_id is None else end_of_run(tx, name, bookmark_id, run_id)
            if target is None:
                version = versions.reset(newest, now_ms=now_ms)
            else:
                refuse_if_dropped(tx, bookmark_id, target)
                version = versions.rewound(newest, target, now_ms=now_ms)
            tx.bookmarks.append(bookmark_id, version)
            found = tx.bookmarks.newest_entry(name)
        assert found is not None  # noqa: S101 - appended in this transaction
        return _entry(name, *found)

    def open(self, run: JobRun, request: OpenRequest) -> Opened:
        """Job.init: take the newest state. With enable this appends a version, which fences older runs.

        An unfinished publication of an earlier run is settled first. A second open of a run changes nothing.
        Raises AccessDeniedException if the run has ended meanwhile, EntityNotFoundException if its job is
        gone, StateNotWhole if the database or the ledger lacks what the bookmark had.
        """
        if request.option is not BookmarkOption.DISABLE:
            self._check(request.name, request.option is BookmarkOption.ENABLE)
        if request.option is BookmarkOption.ENABLE:
            return self._append_open(run, request.name)
        if request.option is BookmarkOption.PAUSE and request.range is not None:
            return self._open_range(request.name, *request.range)
        return self._look(request.name, with_state=request.option is BookmarkOption.PAUSE)

    def _look(self, name: str, *, with_state: bool) -> Opened:
        """Open for pause or disable: append nothing, and note the newest version."""
        with self._store.read() as tx:
            bookmark_id, newest = _newest(tx, name)
            found = _found(bookmark_id, newest)
            if newest is None or not with_state:
                return Opened(name=name, run=versions.FIRST_RUN, attempt=0, found=found)
            return Opened(
                name=name,
                run=max(newest.run, versions.FIRST_RUN),
                attempt=0,
                state_version=newest.state_version,
                state=tx.bookmarks.state(bookmark_id, newest.state_version),
                found=found,
                marks=marks_in_force(tx, bookmark_id),
            )

    def _open_range(self, name: str, first: str, last: str) -> Opened:
        """Pause with from and to: the states after two runs (docs/reference/bookmarks.md#a-range-of-runs)."""
        with self._store.read() as tx:
            bookmark_id, newest = _newest(tx, name)
            if not bookmark_id:
                raise EntityNotFoundException(f"--job-bookmark-from: {no_bookmark(name)}")
            ends = [
                end_of_range(tx, name, bookmark_id, option, run_id)
                for option, run_id in (("--job-bookmark-from", first), ("--job-bookmark-to", last))
            ]
            for end in filter(None, ends):
                refuse_if_dropped(tx, bookmark_id, end)
            after, up_to = (0 if end is None else end.version for end in ends)
            if up_to < after:
                raise InvalidInputException(
                    f"--job-bookmark-to {last} came before --job-bookmark-from {first}: swap them."
                )
            return Opened(
                name=name,
                run=versions.FIRST_RUN if ends[1] is None else ends[1].run,
                attempt=0,
                state=tx.bookmarks.state(bookmark_id, up_to or None),
                range=OpenedRange(after=after, begin=tx.bookmarks.state(bookmark_id, after or None)),
                found=_found(bookmark_id, newest),
                marks=marks_in_force(tx, bookmark_id),
            )

    def _append_open(self, run: JobRun, name: str) -> Opened:
        now_ms = self._clock.now_ms()
        with self._store.write() as tx:
            check_going_on(tx, run)
            check_has_job(tx, run)
            bookmark_id = tx.bookmarks.create(name, now_ms=now_ms)
        with self._publications.settled(bookmark_id) as tx:
            check_going_on(tx, run)
            check_has_job(tx, run)  # a job that was deleted meanwhile took the bookmark with it
            newest = tx.bookmarks.newest(bookmark_id)
            if newest is not None and newest.change is Change.OPEN and newest.run_id == run.id:
                version = newest
            else:
                version = versions.opened(newest, run_id=run.id, now_ms=now_ms)
                tx.bookmarks.append(bookmark_id, version)
            return Opened(
                name=name,
                version=version.version,
                run=version.run,
                attempt=version.attempt,
                state_version=version.state_version,
                state=tx.bookmarks.state(bookmark_id, version.state_version),
                bookmark_key=bookmark_key(tx, run.job_spec, self._keys),
                marks=marks_in_force(tx, bookmark_id),
            )

    def commit(self, run: JobRun, request: CommitRequest) -> Committed:
        """Job.commit: version, segments and manifest in one transaction. Repeating it changes nothing.

        Elements of contexts that this run did not touch are carried over. Raises VersionMismatchException
        when another run, a reset or a rewind came in between; EntityNotFoundException when the job or the
        bookmark was deleted meanwhile; AccessDeniedException when the run has ended; InvalidInputException
        for a second commit with output.
        """
        with self._store.write() as tx:
            check_going_on(tx, run)
            check_has_job(tx, run)
            bookmark_id = tx.bookmarks.live_id(request.name)
            if bookmark_id is None:
                raise not_found(request.name)
            opening = tx.bookmarks.at(bookmark_id, request.version)
            if opening is None or opening.run_id != run.id:
                newest = tx.bookmarks.newest(bookmark_id)
                raise VersionMismatchException(request.version, newest.version if newest else 0)
            version = versions.committed(opening, now_ms=self._clock.now_ms())
            done = tx.bookmarks.at(bookmark_id, version.version)
            if done is not None and done.change is Change.COMMIT and done.run_id == run.id:
                return Committed(version=version.version)
            if request.manifest and tx.publications.get(run.id, request.ordinal) is not None:
                raise InvalidInputException(
                    f"Run {run.id} has already published this output: call job.init() before the next "
                    "job.commit()."
                )
            state = tx.bookmarks.state(bookmark_id, opening.state_version) | request.elements
            key = bookmark_key(tx, run.job_spec, self._keys)
            tx.bookmarks.append(
                bookmark_id,
                version,
                state=state,
                job_bookmark=aws_string.encode(state),
                key=key,
            )
            for path in request.mended:
                append_mark(
                    tx, bookmark_id, path, MarkKind.MENDED, now_ms=version.created_ms, key=key, run_id=run.id
                )
            if request.manifest:
                tx.publications.insert(
                    run.id,
                    request.manifest,
                    ordinal=request.ordinal,
                    bookmark_id=bookmark_id,
                    version=version.version,
                    now_ms=version.created_ms,
                )
        return Committed(version=version.version)


def _sources(state: BookmarkState) -> dict[str, Source]:
    return {context: element.source for context, element in state.items() if element.source is not None}


def _sources_before(tx: Transaction, bookmark_id: int) -> dict[str, Source]:
    """The sources of the newest state in the history that names them."""
    states = dict.fromkeys(version.state_version for version in tx.bookmarks.history(bookmark_id))
    found = (_sources(tx.bookmarks.state(bookmark_id, version)) for version in states)
    return next(filter(None, found), {})


def _newest(tx: Transaction, name: str) -> tuple[int, BookmarkVersion | None]:
    """The id of a live bookmark and its newest version; (0, None) where there is none."""
    bookmark_id = tx.bookmarks.live_id(name)
    return (0, None) if bookmark_id is None else (bookmark_id, tx.bookmarks.newest(bookmark_id))


def _found(bookmark_id: int, newest: BookmarkVersion | None) -> tuple[int, int]:
    """The value of Opened.found for a bookmark that a run only looks at."""
    return bookmark_id, 0 if newest is None else newest.version


def _entry(name: str, version: BookmarkVersion, job_bookmark: str) -> BookmarkEntry:
    return BookmarkEntry(
        job_name=name,
        version=version.version,
        run=version.run,
        attempt=version.attempt,
        previous_run_id=version.previous_run_id,
        run_id=version.run_id,
        job_bookmark=job_bookmark,
    )
