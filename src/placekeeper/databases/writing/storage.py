"""What follows the columns of a table that a write makes: engine and character set of MySQL and MariaDB.

Source: docs/reference/databases.md#tables-that-are-made.
"""

from typing import Final

import sqlalchemy as sa

_CHARSET: Final = sa.text(
    "SELECT default_character_set_name FROM information_schema.schemata "
    "WHERE schema_name = COALESCE(NULLIF(:place, ''), DATABASE())"
)
_ALL_CHARACTERS: Final = "utf8mb4"
ENGINE: Final = " ENGINE = InnoDB"
"""The engine of MySQL that has transactions, whatever the server takes by itself."""


def storage(connection: sa.Connection, schema: str) -> str:
    """The end of a CREATE TABLE in a schema; "" for other products.

    A database of MySQL may have a character set that has not all characters, such as latin1. One that has
    them keeps its collation.
    """
    return "" if connection.dialect.name != "mysql" else ENGINE + charset(connection, schema)


def charset(connection: sa.Connection, schema: str) -> str:
    """The character set where that of the database does not do, "" else."""
    known = connection.execute(_CHARSET, {"place": schema}).scalar()
    return "" if known is None or str(known) == _ALL_CHARACTERS else f" CHARACTER SET {_ALL_CHARACTERS}"
