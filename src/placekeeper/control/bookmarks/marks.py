"""Marks: objects that a run could not read, and people's decisions on single objects."""

from collections.abc import Mapping, Sequence

import msgspec

from placekeeper.control.bookmarks.run_ends import no_bookmark, not_found
from placekeeper.control.fence import check_going_on, check_has_job
from placekeeper.control.security_configurations import bookmark_key
from placekeeper.model.errors import EntityNotFoundException, KeyMissing, VersionMismatchException
from placekeeper.model.exchange import BadFilesRequest
from placekeeper.model.jobs import JobRun
from placekeeper.model.marks import Mark, MarkKind
from placekeeper.ports.clock import Clock
from placekeeper.ports.keys import Keys
from placekeeper.ports.store import Store, Transaction
from placekeeper.rules.bookmarks.sealing import NO_KEYS
from placekeeper.rules.selection.marks import OF_RUNS, in_force


class MarksStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The number of objects quarantined now, by the bookmark's name, and of all quarantines ever."""

    quarantined: Mapping[str, int]
    times: int


class Marks:
    """The use cases of marks."""

    def __init__(self, store: Store, clock: Clock, keys: Keys = NO_KEYS) -> None:
        self._store = store
        self._clock = clock
        self._keys = keys

    def of(self, name: str) -> Sequence[Mark]:
        """The marks of a bookmark that are in force, by path; none where there is no bookmark."""
        with self._store.read() as tx:
            bookmark_id = tx.bookmarks.live_id(name)
            return () if bookmark_id is None else marks_in_force(tx, bookmark_id)

    def events(self, name: str) -> Sequence[Mark]:
        """Every mark that a bookmark ever had, oldest first; none where there is no bookmark."""
        with self._store.read() as tx:
            bookmark_id = tx.bookmarks.live_id(name)
            return () if bookmark_id is None else tx.marks.of(bookmark_id)

    def note(self, run: JobRun, request: BadFilesRequest) -> None:
        """Quarantine objects that a run cannot read, and hold tables. A repeated call changes nothing.

        Raises VersionMismatchException when another run, a reset or a rewind came in between;
        EntityNotFoundException and AccessDeniedException as a commit does.
        """
        with self._store.write() as tx:
            check_going_on(tx, run)
            check_has_job(tx, run)
            bookmark_id = tx.bookmarks.live_id(request.name)
            if bookmark_id is None:
                raise not_found(request.name)
            newest = tx.bookmarks.newest(bookmark_id)
            if newest is None or (newest.version, newest.run_id) != (request.version, run.id):
                raise VersionMismatchException(request.version, newest.version if newest else 0)
            known = {mark.path: mark for mark in marks_in_force(tx, bookmark_id)}
            key = bookmark_key(tx, run.job_spec, self._keys)
            for bad in request.bad:
                before = known.get(bad.object.path)
                if before is not None and (before.run_id, before.object) == (run.id, bad.object):
                    continue
                mark = Mark(
                    path=bad.object.path,
                    kind=MarkKind.QUARANTINED if bad.upto is None else MarkKind.HELD,
                    version=newest.version,
                    at_ms=self._clock.now_ms(),
                    object=bad.object,
                    context=bad.context,
                    error=bad.error,
                    run_id=run.id,
                    upto=bad.upto,
                )
                tx.marks.append(bookmark_id, mark, key=key)

    def skip(self, name: str, path: str) -> bool:
        """Leave an object out of every run; False if it was left out already.

        Neither the object nor a run of the bookmark has to exist.
        """
        with self._store.write() as tx:
            bookmark_id = tx.bookmarks.create(name, now_ms=self._clock.now_ms())
            before = _of_path(tx, bookmark_id, path)
            if before is not None and before.kind is MarkKind.SKIPPED:
                return False
            self._append(tx, name, bookmark_id, path, MarkKind.SKIPPED)
        return True

    def retry(self, name: str, path: str) -> Mark:
        """Let the next run read a quarantined or skipped object. Returns the mark that was in force.

        Raises EntityNotFoundException for an object that is neither.
        """
        with self._store.write() as tx:
            bookmark_id = tx.bookmarks.live_id(name)
            before = None if bookmark_id is None else _of_path(tx, bookmark_id, path)
            if bookmark_id is None or before is None:
                why = f"{path} is neither quarantined nor skipped" if bookmark_id else no_bookmark(name)
                raise EntityNotFoundException(
                    f"Nothing to retry: {why}. To see the objects left out: placekeeper bookmark bad {name}"
                )
            self._append(tx, name, bookmark_id, path, MarkKind.RETRIED)
        return before

    def noted_by(self, run_id: str) -> int:
        """How many objects a run has quarantined so far."""
        with self._store.read_once() as tx:
            return tx.marks.count(MarkKind.QUARANTINED, run_id=run_id)

    def standing(self) -> MarksStanding:
        """The figures of all live bookmarks, without those whose key is not configured."""
        with self._store.read() as tx:
            counts = {}
            for bookmark_id, name in tx.marks.marked_bookmarks().items():
                try:
                    found = marks_in_force(tx, bookmark_id)
                except KeyMissing:
                    continue
                counts[name] = sum(mark.kind is MarkKind.QUARANTINED for mark in found)
            return MarksStanding(quarantined=counts, times=tx.marks.count(MarkKind.QUARANTINED))

    def _append(self, tx: Transaction, name: str, bookmark_id: int, path: str, kind: MarkKind) -> None:
        job = tx.jobs.get(name)
        append_mark(
            tx,
            bookmark_id,
            path,
            kind,
            now_ms=self._clock.now_ms(),
            key=None if job is None else bookmark_key(tx, job.spec, self._keys),
        )


def append_mark(
    tx: Transaction,
    bookmark_id: int,
    path: str,
    kind: MarkKind,
    *,
    now_ms: int,
    key: str | None,
    run_id: str | None = None,
) -> None:
    """Append a mark without an error as the newest of a path."""
    newest = tx.bookmarks.newest(bookmark_id)
    version = 0 if newest is None else newest.version
    tx.marks.append(
        bookmark_id, Mark(path=path, kind=kind, version=version, at_ms=now_ms, run_id=run_id), key=key
    )


def marks_in_force(tx: Transaction, bookmark_id: int) -> tuple[Mark, ...]:
    """The quarantines, skips and held tables of a bookmark that are in force, by path."""
    marks = tx.marks.of(bookmark_id)
    quarantined = [mark.version for mark in marks if mark.kind in OF_RUNS]
    newest = tx.bookmarks.newest(bookmark_id) if quarantined else None
    turns = () if newest is None else tx.bookmarks.turns(bookmark_id, (min(quarantined) + 1, newest.version))
    found = [version for turn in turns if (version := tx.bookmarks.at(bookmark_id, turn)) is not None]
    return tuple(mark for _, mark in sorted(in_force(marks, found).items()))


def _of_path(tx: Transaction, bookmark_id: int, path: str) -> Mark | None:
    return next((mark for mark in marks_in_force(tx, bookmark_id) if mark.path == path), None)
