"""The door to the writers of databases: their libraries are loaded when a script writes to one."""

import importlib
from collections.abc import Callable
from typing import Any

from placekeeper.model.databases import Login
from placekeeper.model.publication import RowsWritten
from placekeeper.ports.databases import DatabaseWriting
from placekeeper.ports.effects import EffectKind, RowsFound, RowsLook

Logins = Callable[[RowsWritten], Login]
"""The login of an effect with its password. Raises KeyMissing, and OSError if it is not to be had now."""


def login_of(effect: RowsWritten) -> Login:
    """The login as the effect has it, in the process that has made it."""
    return effect.login


def writing_at(login: Login) -> DatabaseWriting:
    """What writes to a database; nothing is connected yet."""
    made: DatabaseWriting = load("writes").Writing(login)
    return made


def load(name: str) -> Any:
    """A module of what writes, which needs SQLAlchemy."""
    return importlib.import_module(f"placekeeper.databases.writing.{name}")


class RowsPublisher:
    """Implements ports.effects.EffectKind and RowsLook. `checkpoint` is called at points of a publication."""

    def __init__(self, logins: Logins, checkpoint: Callable[[str], None] = lambda _name: None) -> None:
        self._logins = logins
        self._checkpoint = checkpoint

    def publish(self, effect: RowsWritten) -> None:
        """Move the rows into the table. Raises PublishFailed, OSError, MissingExtra, KeyMissing."""
        self._kind().publish(effect)

    def take_back(self, effect: RowsWritten) -> None:
        """Drop the rows that wait. Raises NotTakenBack if they are in the table, OSError."""
        self._kind().take_back(effect)

    def look(self, effect: RowsWritten) -> RowsFound:
        """See ports.effects.RowsLook."""
        return self._rows().look(effect)

    def give_up(self, effect: RowsWritten) -> RowsFound:
        """See ports.effects.RowsLook."""
        return self._rows().give_up(effect)

    def _rows(self) -> RowsLook:
        made: RowsLook = load("looking").RowsIn(self._logins)
        return made

    def _kind(self) -> EffectKind:
        made: EffectKind = load("publication").RowsInTables(self._logins, self._checkpoint)
        return made
