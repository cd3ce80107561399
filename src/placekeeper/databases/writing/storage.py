"""What follows the columns of a table that a write makes: engine and character set of MySQL and MariaDB.

Source: docs/reference/database-writes.md#tables-that-are-made.
"""

import re
from typing import Final

import sqlalchemy as sa

_CHARSET: Final = sa.text(
    "SELECT default_character_set_name FROM information_schema.schemata "
    "WHERE schema_name = COALESCE(NULLIF(:place, ''), DATABASE())"
)
_ALL_CHARACTERS: Final = "utf8mb4"
ENGINE: Final = " ENGINE = InnoDB"
"""The engine of MySQL that has transactions, whatever the server takes by itself."""


def storage(connection: sa.Connection, schema: str, options: str = "") -> str:
    """The end of a CREATE TABLE in a schema; `options` are the script's, which count more.

    A database of MySQL may have a character set that has not all characters, such as latin1. One that has
    them keeps its collation.
    """
    own = f" {options}" if options else ""
    if connection.dialect.name != "mysql":
        return own
    engine = "" if re.search(r"\bENGINE\b", options, re.IGNORECASE) else ENGINE
    says_characters = re.search(r"\b(CHARSET|CHARACTER\s+SET|COLLATE)\b", options, re.IGNORECASE)
    return engine + ("" if says_characters else _characters(connection, schema)) + own


def _characters(connection: sa.Connection, schema: str) -> str:
    known = connection.execute(_CHARSET, {"place": schema}).scalar()
    return "" if known is None or str(known) == _ALL_CHARACTERS else f" CHARACTER SET {_ALL_CHARACTERS}"
