"""A look where the rows of a write are: in their table, as its mark says, or in the staging table.

Source: docs/reference/databases.md#writes-that-wait.
"""

from msgspec.structs import replace
from sqlalchemy.exc import SQLAlchemyError

from placekeeper.databases.effects import Logins
from placekeeper.databases.writing.connections import engine_of
from placekeeper.databases.writing.effect_marks import mark_of
from placekeeper.databases.writing.errors import is_gone, reason
from placekeeper.databases.writing.inspection import inspector_of
from placekeeper.databases.writing.statements import staging_of
from placekeeper.model.publication import RowsWritten
from placekeeper.ports.effects import RowsFound


class RowsIn:
    """Implements ports.effects.RowsLook."""

    def __init__(self, logins: Logins) -> None:
        self._logins = logins

    def look(self, effect: RowsWritten) -> RowsFound:
        """See ports.effects.RowsLook. A database that is gone has neither."""
        effect = replace(effect, login=self._logins(effect))
        staging = staging_of(effect)
        try:
            with engine_of(effect.login).connect() as connection:
                return RowsFound(
                    is_marked=mark_of(connection, effect) is not None,
                    is_staged=inspector_of(connection).has_table(staging.name, schema=staging.schema or None),
                )
        except SQLAlchemyError as error:
            if is_gone(error):
                return RowsFound(is_marked=False, is_staged=False)
            raise OSError(f"{effect.login.place}: {reason(error)}") from error
