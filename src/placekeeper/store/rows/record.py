"""The rows that a state's record tells about, for a comparison of the two."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, tuple_

from placekeeper.model.bookmark import BookmarkVersion, Change
from placekeeper.model.record import Known, Note, Recorded
from placekeeper.store.schema import bookmark_versions as versions
from placekeeper.store.schema import bookmarks, identity, job_runs, marks, publications

_Item = TypeVar("_Item")
_AT_ONCE = 400
"""SQLite takes no more than a thousand or so values in a statement, and a pair has two."""

_CHANGES_STATE = versions.c.change != Change.OPEN.value


def version_note(connection: Connection, bookmark_id: int, version: BookmarkVersion) -> Note:
    """The record's note about a version that was appended."""
    name = connection.execute(select(bookmarks.c.name).where(bookmarks.c.id == bookmark_id)).scalar()
    return Note(
        bookmark_id=bookmark_id,
        name=str(name),
        version=version.version,
        created_ms=version.created_ms,
        run_id=version.run_id,
    )


class SqlRecordRows:
    """Implements ports.record.RecordRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def state_id(self) -> str | None:
        """The state that the database belongs to, None for one that was never asked."""
        return self._connection.execute(select(identity.c.state_id)).scalar()

    def identify(self, state_id: str) -> None:
        """Make it the database of that state."""
        self._connection.execute(delete(identity))
        self._connection.execute(insert(identity).values(one=1, state_id=state_id))

    def notes(self) -> Sequence[Note]:
        """All notes that the record of this database must have."""
        newest = (
            select(versions.c.bookmark_id, func.max(versions.c.version))
            .where(_CHANGES_STATE)
            .group_by(versions.c.bookmark_id)
        )
        pairs = [(row[0], row[1]) for row in self._connection.execute(newest)]
        deleted = select(bookmarks.c.id, bookmarks.c.name, bookmarks.c.deleted_ms).where(
            bookmarks.c.deleted_ms.is_not(None)
        )
        published = (
            select(publications.c.run_id)
            .where(publications.c.version.is_(None))
            .order_by(publications.c.created_ms.desc())
            .limit(1)
        )
        marked = select(marks.c.bookmark_id, func.max(marks.c.number)).group_by(marks.c.bookmark_id)
        last = [(row[0], row[1]) for row in self._connection.execute(marked)]
        return [
            *(
                _note(row)
                for some in _parts(pairs)
                for row in self._connection.execute(_notes().where(_pair().in_(some)))
            ),
            *(
                Note(bookmark_id=row.id, name=row.name, deleted_ms=row.deleted_ms)
                for row in self._connection.execute(deleted)
            ),
            *(
                Note(bookmark_id=row.bookmark_id, name=row.name, mark=row.number, created_ms=row.created_ms)
                for row in self._marks(last)
            ),
            *(Note(published=run_id) for run_id in self._connection.execute(published).scalars()),
        ]

    def live(self) -> Mapping[int, str]:
        """The names of the bookmarks that are not deleted, by their ids."""
        found = select(bookmarks.c.id, bookmarks.c.name).where(bookmarks.c.deleted_ms.is_(None))
        rows = self._connection.execute(found.order_by(bookmarks.c.name))
        return {row.id: row.name for row in rows}

    def newest(self, bookmark_id: int) -> Note | None:
        """The newest version of a bookmark that changes its state."""
        found = _notes().where(versions.c.bookmark_id == bookmark_id, _CHANGES_STATE)
        row = self._connection.execute(found.order_by(versions.c.version.desc()).limit(1)).first()
        return None if row is None else _note(row)

    def known(self, recorded: Recorded | None, runs: Collection[str]) -> Known:
        """What the database knows of what the record says, and which of these runs."""
        said = Recorded.nothing() if recorded is None else recorded
        pairs = [(note.bookmark_id, note.version) for note in said.newest.values()]
        there = [
            row
            for some in _parts(pairs)
            for row in self._connection.execute(_notes().where(_pair().in_(some), _CHANGES_STATE))
        ]
        lost = said.newest.keys() - {row.bookmark_id for row in there}
        newest = {
            id_: note.version for id_ in lost if (note := self.newest(id_)) is not None and note.version
        }
        return Known(
            state_id=self.state_id(),
            holds_versions=self._connection.execute(select(versions.c.version).limit(1)).first() is not None,
            newest=newest | {row.bookmark_id: row.version for row in there},
            recorded={(row.bookmark_id, row.version): row.created_ms for row in there},
            deleted=frozenset(self._among(bookmarks.c.id, said.deleted, bookmarks.c.deleted_ms.is_not(None))),
            marks={
                (row.bookmark_id, row.number): row.created_ms
                for row in self._marks((note.bookmark_id, note.mark) for note in said.marked.values())
            },
            published=bool(self._among(publications.c.run_id, [said.published] if said.published else [])),
            runs=frozenset(self._among(job_runs.c.id, runs)),
        )

    def _marks(self, pairs: Iterable[tuple[int | None, int | None]]) -> Iterator[Any]:
        """Those of the (bookmark id, number) that are there."""
        found = select(marks.c.bookmark_id, bookmarks.c.name, marks.c.number, marks.c.created_ms).join(
            bookmarks, bookmarks.c.id == marks.c.bookmark_id
        )
        pair = tuple_(marks.c.bookmark_id, marks.c.number)
        for some in _parts(pairs):
            yield from self._connection.execute(found.where(pair.in_(some)))

    def _among(self, column: Any, values: Iterable[object], *conditions: Any) -> list[Any]:
        return [
            found
            for some in _parts(values)
            for found in self._connection.execute(
                select(column).where(column.in_(some), *conditions)
            ).scalars()
        ]


def _notes() -> Select[Any]:
    return select(
        versions.c.bookmark_id, bookmarks.c.name, versions.c.version, versions.c.created_ms, versions.c.run_id
    ).join(bookmarks, bookmarks.c.id == versions.c.bookmark_id)


def _pair() -> Any:
    return tuple_(versions.c.bookmark_id, versions.c.version)


def _note(row: Row[Any]) -> Note:
    return Note(
        bookmark_id=row.bookmark_id,
        name=row.name,
        version=row.version,
        created_ms=row.created_ms,
        run_id=row.run_id,
    )


def _parts(values: Iterable[_Item]) -> Iterator[list[_Item]]:
    rest = iter(values)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
