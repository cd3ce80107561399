"""The bookmark history in SQL: inserts and selects, no update but the tombstone's."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from placekeeper.model.bookmark import BookmarkState, BookmarkVersion, Change, segments_of, with_segments
from placekeeper.model.errors import VersionMismatchException
from placekeeper.model.record import Note
from placekeeper.model.segments import SegmentRef
from placekeeper.ports.keys import Keys
from placekeeper.rules.bookmarks.sealing import NO_KEYS
from placekeeper.rules.ledger.compaction import compacted
from placekeeper.store.damage import decoded, row_of
from placekeeper.store.prepared import Fields, Prepared
from placekeeper.store.rows.merges import SqlMergeRows
from placekeeper.store.rows.record import version_note
from placekeeper.store.schema import bookmark_versions as versions
from placekeeper.store.schema import bookmarks
from placekeeper.store.sealed import plain, stored

_EMPTY_STRING = "{}"
_OF_RUNS = (Change.OPEN.value, Change.COMMIT.value, Change.IMPORT.value, Change.REVERT.value)


class SqlBookmarkRows:
    """Implements ports.rows.bookmarks.BookmarkRows."""

    def __init__(self, connection: Connection, keys: Keys = NO_KEYS, notes: list[Note] | None = None) -> None:
        """`notes` is given what the record has to say of this transaction once it has committed."""
        self._connection = connection
        self._keys = keys
        self._notes: list[Note] = [] if notes is None else notes

    def live_id(self, name: str) -> int | None:
        """The id of the live bookmark of that name."""
        found = select(bookmarks.c.id).where(bookmarks.c.name == name, bookmarks.c.deleted_ms.is_(None))
        return self._connection.execute(found).scalar()

    def create(self, name: str, *, now_ms: int) -> int:
        """The id of the live bookmark of that name, made if there is none."""
        found = self.live_id(name)
        if found is not None:
            return found
        row = self._connection.execute(insert(bookmarks).values(name=name, created_ms=now_ms))
        assert row.inserted_primary_key is not None  # noqa: S101 - one row was inserted
        return int(row.inserted_primary_key[0])

    def mark_deleted(self, name: str, *, now_ms: int) -> None:
        """End the live bookmark of that name; its history stays."""
        bookmark_id = self.live_id(name)
        if bookmark_id is None:
            return
        self._notes.append(Note(bookmark_id=bookmark_id, name=name, deleted_ms=now_ms))
        self._connection.execute(
            update(bookmarks)
            .where(bookmarks.c.name == name, bookmarks.c.deleted_ms.is_(None))
            .values(deleted_ms=now_ms)
        )

    def append(
        self,
        bookmark_id: int,
        version: BookmarkVersion,
        *,
        state: BookmarkState | None = None,
        job_bookmark: str | None = None,
        key: str | None = None,
    ) -> None:
        """Insert one version; with `key`, encrypted. Raises VersionMismatchException when it exists."""
        about = _about(bookmark_id, version.version)
        row = msgspec.structs.asdict(version) | {
            "bookmark_id": bookmark_id,
            "change": version.change.value,
            "state": None if state is None else stored(msgspec.json.encode(state), key, about, self._keys),
            "job_bookmark": (
                None if job_bookmark is None else stored(job_bookmark.encode(), key, about, self._keys)
            ),
        }
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(versions).values(**row))
        except IntegrityError:
            newest = self.newest(bookmark_id)
            if newest is None or newest.version < version.version:
                raise
            raise VersionMismatchException(version.version - 1, newest.version) from None
        if version.change is not Change.OPEN:
            self._notes += [version_note(self._connection, bookmark_id, version)]

    def newest(self, bookmark_id: int) -> BookmarkVersion | None:
        """The newest version, whatever made it."""
        row = self._connection.execute(_history(bookmark_id).limit(1)).mappings().first()
        return None if row is None else _version(row)

    def at(self, bookmark_id: int, version: int) -> BookmarkVersion | None:
        """One version."""
        row = (
            self._connection.execute(_history(bookmark_id).where(versions.c.version == version))
            .mappings()
            .first()
        )
        return None if row is None else _version(row)

    def newest_entry(self, name: str) -> tuple[BookmarkVersion, str] | None:
        """The newest version of the live bookmark that is not an open, with AWS's string: one statement."""
        return self._entry(_NEWEST_ENTRY.first(self._connection, {"name": name}))

    def entry_of_run(self, name: str, run_id: str) -> tuple[BookmarkVersion, str] | None:
        """The version that a run committed, and AWS's string; None if that was taken back."""
        found = self._entry(_ENTRY_OF_RUN.first(self._connection, {"name": name, "run_id": run_id}))
        return None if found is None or found[0].change is Change.REVERT else found

    def last_of_run(self, bookmark_id: int, run_id: str) -> BookmarkVersion | None:
        """The newest version that a run made: its open, its commit, or the revert of its commit."""
        found = _history(bookmark_id).where(versions.c.run_id == run_id, versions.c.change.in_(_OF_RUNS))
        row = self._connection.execute(found.limit(1)).mappings().first()
        return None if row is None else _version(row)

    def has_commit_of(self, run_id: str) -> bool:
        """True if a run has committed a version of any bookmark."""
        made = (versions.c.run_id == run_id, versions.c.change == Change.COMMIT.value)
        return self._connection.execute(select(versions.c.version).where(*made).limit(1)).first() is not None

    def history(self, bookmark_id: int) -> Sequence[BookmarkVersion]:
        """All versions, newest first."""
        return [_version(row) for row in self._connection.execute(_history(bookmark_id)).mappings()]

    def state(self, bookmark_id: int, version: int | None) -> BookmarkState:
        """The state that the commit `version` stored, with the segments that merges have made of its own
        since; the empty state for None."""
        if version is None:
            return {}
        found = select(versions.c.state).where(
            versions.c.bookmark_id == bookmark_id, versions.c.version == version
        )
        text = self._connection.execute(found).scalar_one()
        state = self._dated(self._state(text, bookmark_id, version), bookmark_id)
        # What it stored was read when its run opened, in the version before: older merges are in it already.
        since = SqlMergeRows(self._connection, self._keys).of(bookmark_id, after_version=version - 1)
        return compacted(state, [row.merge for row in since])

    def stored_states(self, bookmark_id: int) -> Iterator[tuple[int, BookmarkState]]:
        """Every commit and the state that it stored, its segments as they were then."""
        found = select(versions.c.version, versions.c.state).where(
            versions.c.bookmark_id == bookmark_id, versions.c.state.is_not(None)
        )
        for version, text in self._connection.execute(found).all():
            yield version, self._dated(self._state(text, bookmark_id, version), bookmark_id)

    def all(self) -> Mapping[int, int | None]:
        """Every bookmark by its id: when it was deleted, None while it lives."""
        found = self._connection.execute(select(bookmarks.c.id, bookmarks.c.deleted_ms))
        return {row.id: row.deleted_ms for row in found}

    def newest_versions(self) -> Mapping[int, int]:
        """The newest version of every live bookmark, by its id."""
        found = (
            select(versions.c.bookmark_id, func.max(versions.c.version))
            .join(bookmarks, bookmarks.c.id == versions.c.bookmark_id)
            .where(bookmarks.c.deleted_ms.is_(None))
            .group_by(versions.c.bookmark_id)
        )
        return {row[0]: row[1] for row in self._connection.execute(found)}

    def names(self) -> Sequence[str]:
        """The names of the live bookmarks that have a version, in their order."""
        has_version = select(versions.c.version).where(versions.c.bookmark_id == bookmarks.c.id).exists()
        found = select(bookmarks.c.name).where(bookmarks.c.deleted_ms.is_(None), has_version)
        return self._connection.execute(found.order_by(bookmarks.c.name)).scalars().all()

    def turns(self, bookmark_id: int, between: tuple[int, int]) -> Sequence[int]:
        """Versions of a range at which the history took another way: all that are no open and no commit."""
        found = select(versions.c.version).where(
            versions.c.bookmark_id == bookmark_id,
            versions.c.version.between(*between),
            versions.c.change.not_in((Change.OPEN.value, Change.COMMIT.value)),
        )
        return sorted(self._connection.execute(found).scalars())

    def newest_before(self, bookmark_id: int, ms: int) -> int:
        """The newest version that was made before an instant, 0 when there is none."""
        found = select(func.max(versions.c.version)).where(
            versions.c.bookmark_id == bookmark_id, versions.c.created_ms < ms
        )
        return int(self._connection.execute(found).scalar() or 0)

    def segment_keys(self, *, dropped_before_ms: int) -> frozenset[str]:
        """The key of every segment that any version or merge points at, but for those dropped by then."""
        states = self._connection.execute(
            select(versions.c.state, versions.c.bookmark_id, versions.c.version).where(
                versions.c.state.is_not(None)
            )
        )
        committed = {
            segment.key
            for text, bookmark_id, version in states
            for segment in segments_of(self._state(text, bookmark_id, version))
        }
        merges = SqlMergeRows(self._connection, self._keys)
        merged = {row.merge.segment.key for some in merges.bookmark_ids() for row in merges.of(some)}
        return frozenset(committed | merged) - merges.dropped_before(dropped_before_ms)

    def _entry(self, row: Fields | None) -> tuple[BookmarkVersion, str] | None:
        if row is None:
            return None
        version = _version(row)
        about = _about(row["bookmark_id"], version.state_version)
        string = plain(row["job_bookmark"], about, self._keys)
        return version, string.decode()

    def _state(self, text: str, bookmark_id: int, version: int) -> BookmarkState:
        about = _about(bookmark_id, version)
        return decoded(plain(text, about, self._keys), BookmarkState, "bookmark_versions", about)

    def _dated(self, state: BookmarkState, bookmark_id: int) -> BookmarkState:
        """The same state; a segment that does not say its version yet has that of its run's commit.

        A segment's key begins with the id of the run that wrote it.
        """
        runs = {s.key.partition("/")[0] for s in segments_of(state) if not s.versions}
        if not runs:
            return state
        found = select(versions.c.run_id, versions.c.version).where(
            versions.c.bookmark_id == bookmark_id, versions.c.change == Change.COMMIT.value
        )
        committed = {run: version for run, version in self._connection.execute(found) if run in runs}

        def dated(segment: SegmentRef) -> SegmentRef:
            version = committed.get(segment.key.partition("/")[0])
            if segment.versions or version is None:
                return segment
            return msgspec.structs.replace(segment, versions=((version, version),))

        return with_segments(state, lambda _, segments: tuple(map(dated, segments)))


_COLUMNS = [versions.c[name] for name in BookmarkVersion.__struct_fields__]


def _history(bookmark_id: int) -> Select[tuple[object, ...]]:
    return select(*_COLUMNS).where(versions.c.bookmark_id == bookmark_id).order_by(versions.c.version.desc())


def _entries(*conditions: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    """Entries as GetJobBookmark shows them, with the string of the commit whose state is in force."""
    commits = versions.alias("commits")
    return (
        select(
            *_COLUMNS,
            versions.c.bookmark_id,
            func.coalesce(commits.c.job_bookmark, _EMPTY_STRING).label("job_bookmark"),
        )
        .select_from(
            bookmarks.join(versions, versions.c.bookmark_id == bookmarks.c.id).outerjoin(
                commits,
                (commits.c.bookmark_id == versions.c.bookmark_id)
                & (commits.c.version == versions.c.state_version),
            )
        )
        .where(
            bookmarks.c.name == bindparam("name"),
            bookmarks.c.deleted_ms.is_(None),
            versions.c.change != Change.OPEN.value,
            *conditions,
        )
        .order_by(versions.c.version.desc())
        .limit(1)
    )


_NEWEST_ENTRY = Prepared(_entries())
_ENTRY_OF_RUN = Prepared(
    _entries(
        versions.c.run_id == bindparam("run_id"), or_(*(versions.c.change == change for change in _OF_RUNS))
    )
)


def _about(bookmark_id: int, version: int | None) -> str:
    """The row that a sealed text belongs to: it opens in that row only."""
    return f"bookmark {bookmark_id}, version {version}"


def _version(row: Fields) -> BookmarkVersion:
    fields = {name: row[name] for name in BookmarkVersion.__struct_fields__}
    with row_of("bookmark_versions", f"version {fields['version']} of a bookmark"):
        return BookmarkVersion(**(fields | {"change": Change(fields["change"])}))
