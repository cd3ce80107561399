"""Frequent reads of one row."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Select
from sqlalchemy.dialects import sqlite

from placekeeper.store.connection import by_driver, refuse_nul

Fields = Mapping[str, Any] | RowMapping
"""A row by the names of its columns."""


class Prepared:
    """A select of one row, composed and compiled once.

    On SQLite the driver runs it, past SQLAlchemy's ways to execute, which cost five times what the look
    does; over a network that is nothing. Columns and parameters are texts and whole numbers, which are the
    same on both. IN, which SQLAlchemy writes out at each execution, has no place here.
    """

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
        self._sql = str(compiled)
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}
        self._names = tuple(column.name for column in statement.selected_columns)

    def first(self, connection: Connection, parameters: Mapping[str, Any]) -> Fields | None:
        """The first row. Raises what a statement of SQLAlchemy would."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, parameters).mappings().first()
        if not connection.in_transaction():
            connection.begin()  # as SQLAlchemy would
        refuse_nul(connection, None, self._sql, parameters, None, False)
        row = by_driver(connection, self._sql, {**self._constants, **parameters})
        return None if row is None else dict(zip(self._names, row, strict=True))
