"""Whether the transaction of a publication is the one that it began: statements of scripts may end it.

Source: docs/reference/databases.md#writing.
"""

from types import MappingProxyType
from typing import Final

import sqlalchemy as sa

from placekeeper.databases.writing.products import family
from placekeeper.model.databases import Login
from placekeeper.model.errors import PublishFailed

_ASKED: Final = MappingProxyType(
    {"postgresql": "SELECT CAST(txid_current() AS text)", "mysql": "SELECT @@autocommit"}
)
"""What stays the same for as long as a transaction lasts, in products that tell it."""


def in_progress(connection: sa.Connection, login: Login) -> str:
    """The transaction that a connection is in, "" where the product does not tell it."""
    asked = _ASKED.get(family(login.product))
    return str(connection.exec_driver_sql(asked).scalar()) if asked else ""


def check_same(connection: sa.Connection, login: Login, begun: str, option: str) -> None:
    """Raises PublishFailed if another transaction is in progress than the one that has `begun`."""
    if in_progress(connection, login) != begun:
        raise PublishFailed(
            f"{login.place}: a statement of {option} has ended the transaction of the write. No rows are in "
            "the table, and what the statements have done so far may stay. Take out what commits"
        )
