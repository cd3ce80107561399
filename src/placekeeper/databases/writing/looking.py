"""A look where the rows of a write are: in their table, as its mark says, or in the staging table.

Source: docs/reference/database-writes.md#writes-that-wait.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.exc import SQLAlchemyError

from placekeeper.databases.effects import Logins
from placekeeper.databases.writing.connections import engine_of
from placekeeper.databases.writing.effect_marks import (
    DoneMeanwhile,
    change_mark,
    ensure_marks,
    insert_mark,
    mark_of,
)
from placekeeper.databases.writing.errors import is_gone, reason
from placekeeper.databases.writing.inspection import inspector_of
from placekeeper.databases.writing.statements import DONE, GIVEN_UP, REST, WITHIN, staging_of
from placekeeper.databases.writing.swaps import WAIT_S, give_up_pending, is_pending
from placekeeper.model.publication import RowsWritten
from placekeeper.ports.effects import RowsFound


class RowsIn:
    """Implements ports.effects.RowsLook."""

    def __init__(self, logins: Logins, wait_s: int = WAIT_S) -> None:
        """`wait_s` seconds are waited for another process that puts a table in place."""
        self._logins = logins
        self._wait_s = wait_s

    def look(self, effect: RowsWritten) -> RowsFound:
        """See ports.effects.RowsLook. A database that is gone has neither."""
        effect = replace(effect, login=self._logins(effect))
        try:
            with _told(effect):
                return _found(engine_of(effect.login), effect)
        except _Gone:
            return RowsFound(is_marked=False, is_staged=False)

    def give_up(self, effect: RowsWritten) -> RowsFound:
        """See ports.effects.RowsLook.

        The mark is unique, and a publication inserts it in the transaction of the rows: one of both loses.
        """
        effect = replace(effect, login=self._logins(effect))
        try:
            with _told(effect):
                engine = engine_of(effect.login)
                ensure_marks(engine, effect)
                with suppress(DoneMeanwhile), engine.begin() as connection:
                    insert_mark(connection, effect, GIVEN_UP)
                give_up_pending(engine, effect, wait_s=self._wait_s)
                with engine.begin() as connection:
                    if mark_of(connection, effect) in (REST, WITHIN):
                        change_mark(connection, effect, DONE)
                return _found(engine, effect)
        except _Gone:
            return RowsFound(is_marked=False, is_staged=False)


class _Gone(Exception):
    """The database itself is not there any more."""


@contextmanager
def _told(effect: RowsWritten) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        if is_gone(error):
            raise _Gone from error
        raise OSError(f"{effect.login.place}: {reason(error)}") from error


def _found(engine: sa.Engine, effect: RowsWritten) -> RowsFound:
    staging = staging_of(effect)
    with engine.connect() as connection:
        mark = mark_of(connection, effect)
        is_in_place = not is_pending(connection, effect, mark)
        return RowsFound(
            is_marked=mark not in (None, GIVEN_UP) and is_in_place,
            is_staged=inspector_of(connection).has_table(staging.name, schema=staging.schema or None),
            is_given_up=mark == GIVEN_UP,
            is_unfinished=mark in (REST, WITHIN) and is_in_place,
        )
