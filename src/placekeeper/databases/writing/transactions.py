"""Whether the transaction of a publication is the one that it began: statements of scripts may end it.

Source: docs/reference/database-writes.md.
"""

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from placekeeper.databases.writing.errors import may_pass
from placekeeper.databases.writing.products import family
from placekeeper.model.databases import Login
from placekeeper.model.errors import PublishFailed

_NUMBER = "SELECT CAST(txid_current() AS text)"
_SAVEPOINT = "placekeeper_begun"
_WITH_SAVEPOINTS = frozenset({"mysql", "sqlite"})
"""Products where a savepoint goes with its transaction, and a release tells so without other harm."""


class TransactionEnded(PublishFailed):
    """A statement of the script has ended the transaction of the write: what was done so far may stay."""


class Watched:
    """The transaction that a connection is in. Products that tell nothing of theirs are not watched."""

    def __init__(self, connection: sa.Connection, login: Login) -> None:
        self._connection = connection
        self._login = login
        self._number = ""
        self._begin()

    def check(self, option: str, what: str) -> None:
        """Raises TransactionEnded if statements of an option have ended it; `what` of the write is done."""
        if self._has_ended():
            raise TransactionEnded(
                f"{self._login.place}: a statement of {option} has ended the transaction of the write. "
                f"{what}, and what the statements have done so far may stay. Take out what commits"
            )
        self._begin()

    def _begin(self) -> None:
        if family(self._login.product) == "postgresql":
            self._number = str(self._connection.exec_driver_sql(_NUMBER).scalar())
        elif family(self._login.product) in _WITH_SAVEPOINTS:
            self._connection.exec_driver_sql(f"SAVEPOINT {_SAVEPOINT}")

    def _has_ended(self) -> bool:
        if family(self._login.product) == "postgresql":
            return str(self._connection.exec_driver_sql(_NUMBER).scalar()) != self._number
        if family(self._login.product) in _WITH_SAVEPOINTS:
            try:
                self._connection.exec_driver_sql(f"RELEASE SAVEPOINT {_SAVEPOINT}")
            except SQLAlchemyError as error:
                if may_pass(error):
                    raise
                return True
        return False
