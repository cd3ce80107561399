"""Changes of the Data Catalog by runs, in SQL: which of them can still be taken back."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, insert, or_, select, update

from placekeeper.model.catalog import ChangeState
from placekeeper.store.catalog_schema import catalog_changes as changes

_AT_ONCE: Final = 1000


class SqlChangeRows:
    """Implements ports.rows.catalog.ChangeRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def make(self, id: str, *, now_ms: int) -> ChangeState:
        """The state of a change; one that is not known is made now."""
        known = self._state(id)
        if known is None:
            self._insert(id, ChangeState.MADE, now_ms)
        return known or ChangeState.MADE

    def undecided(self, ids: Collection[str]) -> frozenset[str]:
        """Those among `ids` that may still be taken back."""
        if not ids:
            return frozenset()
        found = select(changes.c.id).where(changes.c.id.in_(ids), changes.c.state == ChangeState.MADE.value)
        return frozenset(self._connection.execute(found).scalars())

    def unsettled(self, ids: Collection[str], *, since_ms: int) -> frozenset[str]:
        """Those among `ids` that may still be taken back, or were made at `since_ms` or later."""
        found: set[str] = set()
        wanted = sorted(ids)
        for begin in range(0, len(wanted), _AT_ONCE):
            some = wanted[begin : begin + _AT_ONCE]
            counts = or_(changes.c.state == ChangeState.MADE.value, changes.c.created_ms >= since_ms)
            found.update(
                self._connection.execute(select(changes.c.id).where(changes.c.id.in_(some), counts)).scalars()
            )
        return frozenset(found)

    def keep(self, ids: Collection[str]) -> None:
        """From now on these are never taken back."""
        for id in ids:
            self._connection.execute(
                update(changes).where(changes.c.id == id).values(state=ChangeState.KEPT.value)
            )

    def take_back(self, id: str, *, now_ms: int) -> bool:
        """From now on this one cannot be made any more, whether it was or not; False if it is kept."""
        known = self._state(id)
        if known is None:
            self._insert(id, ChangeState.TAKEN_BACK, now_ms)
        elif known is ChangeState.MADE:
            self._connection.execute(
                update(changes).where(changes.c.id == id).values(state=ChangeState.TAKEN_BACK.value)
            )
        return known is not ChangeState.KEPT

    def _state(self, id: str) -> ChangeState | None:
        state = self._connection.execute(select(changes.c.state).where(changes.c.id == id)).scalar()
        return None if state is None else ChangeState(state)

    def _insert(self, id: str, state: ChangeState, now_ms: int) -> None:
        self._connection.execute(insert(changes).values(id=id, state=state.value, created_ms=now_ms))
