"""Marks of single objects in SQL: inserts and selects only."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection, func, insert, select

from placekeeper.model.marks import Mark, MarkKind
from placekeeper.model.record import Note
from placekeeper.ports.keys import Keys
from placekeeper.rules.bookmarks.sealing import NO_KEYS
from placekeeper.store.schema import bookmarks, marks
from placekeeper.store.sealed import plain, stored


class SqlMarkRows:
    """Implements ports.rows.marks.MarkRows. Errors tell of contents, so marks are sealed as states are."""

    def __init__(self, connection: Connection, keys: Keys = NO_KEYS, notes: list[Note] | None = None) -> None:
        """`notes` is given what the record has to say of this transaction once it has committed."""
        self._connection = connection
        self._keys = keys
        self._notes: list[Note] = [] if notes is None else notes

    def append(self, bookmark_id: int, mark: Mark, *, key: str | None = None) -> None:
        """Insert a mark as the newest, with `key` encrypted."""
        newest = select(func.max(marks.c.number)).where(marks.c.bookmark_id == bookmark_id)
        number = int(self._connection.execute(newest).scalar() or 0) + 1
        row = {
            "bookmark_id": bookmark_id,
            "number": number,
            "kind": mark.kind.value,
            "run_id": mark.run_id,
            "created_ms": mark.at_ms,
            "mark": stored(msgspec.json.encode(mark), key, _about(bookmark_id, number), self._keys),
        }
        self._connection.execute(insert(marks).values(**row))
        name = self._connection.execute(
            select(bookmarks.c.name).where(bookmarks.c.id == bookmark_id)
        ).scalar()
        self._notes.append(Note(bookmark_id=bookmark_id, name=str(name), mark=number, created_ms=mark.at_ms))

    def of(self, bookmark_id: int) -> Sequence[Mark]:
        """All marks of a bookmark, oldest first. Raises KeyMissing."""
        found = (
            select(marks.c.number, marks.c.mark)
            .where(marks.c.bookmark_id == bookmark_id)
            .order_by(marks.c.number)
        )
        return [
            msgspec.json.decode(plain(text, _about(bookmark_id, number), self._keys), type=Mark)
            for number, text in self._connection.execute(found)
        ]

    def marked_bookmarks(self) -> Mapping[int, str]:
        """The names of live bookmarks that have marks, by their ids."""
        found = (
            select(bookmarks.c.id, bookmarks.c.name)
            .where(bookmarks.c.deleted_ms.is_(None), bookmarks.c.id.in_(select(marks.c.bookmark_id)))
            .order_by(bookmarks.c.name)
        )
        return {row.id: row.name for row in self._connection.execute(found)}

    def count(self, kind: MarkKind, *, run_id: str | None = None) -> int:
        """The number of marks of a kind; with `run_id`, of those that a run noted."""
        found = select(func.count()).select_from(marks).where(marks.c.kind == kind.value)
        if run_id is not None:
            found = found.where(marks.c.run_id == run_id)
        return int(self._connection.execute(found).scalar() or 0)


def _about(bookmark_id: int, number: int) -> str:
    return f"bookmark {bookmark_id}, mark {number}"
