"""The bookmark history in SQL: inserts and selects, no update but the tombstone's."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from placekeeper.model.bookmark import BookmarkState, BookmarkVersion, Change
from placekeeper.model.errors import VersionMismatchException
from placekeeper.store.schema import bookmark_versions as versions
from placekeeper.store.schema import bookmarks

_EMPTY_STRING = "{}"
_OF_RUNS = (Change.OPEN.value, Change.COMMIT.value, Change.REVERT.value)


class SqlBookmarkRows:
    """Implements ports.store.BookmarkRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def live_id(self, name: str) -> int | None:
        """The id of the live bookmark of that name."""
        found = select(bookmarks.c.id).where(bookmarks.c.name == name, bookmarks.c.deleted_ms.is_(None))
        return self._connection.execute(found).scalar()

    def create(self, name: str, *, now_ms: int) -> int:
        """The id of the live bookmark of that name, made if there is none."""
        found = self.live_id(name)
        if found is not None:
            return found
        try:
            with self._connection.begin_nested():
                row = self._connection.execute(insert(bookmarks).values(name=name, created_ms=now_ms))
        except IntegrityError:  # another transaction made it first: ux_bookmarks_live_name
            found = self.live_id(name)
            if found is None:
                raise
            return found
        assert row.inserted_primary_key is not None  # noqa: S101 - one row was inserted
        return int(row.inserted_primary_key[0])

    def entomb(self, name: str, *, now_ms: int) -> None:
        """End the live bookmark of that name; its history stays."""
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
    ) -> None:
        """Insert one version. Raises VersionMismatchException when that version exists."""
        row = msgspec.structs.asdict(version) | {
            "bookmark_id": bookmark_id,
            "change": version.change.value,
            "state": None if state is None else msgspec.json.encode(state).decode(),
            "job_bookmark": job_bookmark,
        }
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(versions).values(**row))
        except IntegrityError:
            newest = self.newest(bookmark_id)
            if newest is None or newest.version < version.version:
                raise
            raise VersionMismatchException(version.version - 1, newest.version) from None

    def newest(self, bookmark_id: int) -> BookmarkVersion | None:
        """The newest version, whatever made it."""
        row = self._connection.execute(_history(bookmark_id).limit(1)).first()
        return None if row is None else _version(row)

    def at(self, bookmark_id: int, version: int) -> BookmarkVersion | None:
        """One version."""
        row = self._connection.execute(_history(bookmark_id).where(versions.c.version == version)).first()
        return None if row is None else _version(row)

    def newest_entry(self, name: str) -> tuple[BookmarkVersion, str] | None:
        """The newest version of the live bookmark that is no open, and AWS's string: one statement."""
        return _entry(self._connection.execute(_NEWEST_ENTRY, {"name": name}).first())

    def entry_of_run(self, name: str, run_id: str) -> tuple[BookmarkVersion, str] | None:
        """The version that a run committed, and AWS's string; None if that was taken back."""
        found = _entry(self._connection.execute(_ENTRY_OF_RUN, {"name": name, "run_id": run_id}).first())
        return None if found is None or found[0].change is Change.REVERT else found

    def last_of_run(self, bookmark_id: int, run_id: str) -> BookmarkVersion | None:
        """The newest version that a run made: its open, its commit, or the revert of its commit."""
        found = _history(bookmark_id).where(
            versions.c.run_id == run_id,
            versions.c.change.in_(_OF_RUNS),
        )
        row = self._connection.execute(found.limit(1)).first()
        return None if row is None else _version(row)

    def history(self, bookmark_id: int) -> Sequence[BookmarkVersion]:
        """All versions, newest first."""
        return [_version(row) for row in self._connection.execute(_history(bookmark_id))]

    def state(self, bookmark_id: int, version: int | None) -> BookmarkState:
        """The state that the commit `version` stored; the empty state for None."""
        if version is None:
            return {}
        found = select(versions.c.state).where(
            versions.c.bookmark_id == bookmark_id, versions.c.version == version
        )
        return msgspec.json.decode(self._connection.execute(found).scalar_one(), type=BookmarkState)

    def segment_keys(self) -> frozenset[str]:
        """The key of every segment that any version points at."""
        states = self._connection.execute(select(versions.c.state).where(versions.c.state.is_not(None)))
        return frozenset(
            segment.key
            for (state,) in states
            for element in msgspec.json.decode(state, type=BookmarkState).values()
            for segment in element.segments
        )


_COLUMNS = [versions.c[name] for name in BookmarkVersion.__struct_fields__]


def _history(bookmark_id: int) -> Select[tuple[object, ...]]:
    return select(*_COLUMNS).where(versions.c.bookmark_id == bookmark_id).order_by(versions.c.version.desc())


def _entries(*conditions: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    """Entries as GetJobBookmark shows them, with the string of the commit whose state is in force."""
    commits = versions.alias("commits")
    return (
        select(*_COLUMNS, func.coalesce(commits.c.job_bookmark, _EMPTY_STRING).label("job_bookmark"))
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


# Built once: composing them costs more than running them.
_NEWEST_ENTRY = _entries()
_ENTRY_OF_RUN = _entries(versions.c.run_id == bindparam("run_id"), versions.c.change.in_(_OF_RUNS))


def _entry(row: Row[tuple[object, ...]] | None) -> tuple[BookmarkVersion, str] | None:
    return None if row is None else (_version(row), row._mapping["job_bookmark"])


def _version(row: Row[tuple[object, ...]]) -> BookmarkVersion:
    fields = {name: row._mapping[name] for name in BookmarkVersion.__struct_fields__}
    return BookmarkVersion(**(fields | {"change": Change(fields["change"])}))
