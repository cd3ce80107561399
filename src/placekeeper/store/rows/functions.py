"""User-defined functions in SQL."""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, insert, select, tuple_, update

from placekeeper.model.catalog import Function
from placekeeper.model.errors import AlreadyExistsException
from placekeeper.model.page import Page
from placekeeper.ports.rows.functions import FunctionKey
from placekeeper.store.damage import decoded
from placekeeper.store.pages import STREAMED, page_of
from placekeeper.store.resource_schema import catalog_functions as functions


class SqlFunctionRows:
    """Implements ports.rows.functions.FunctionRows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, function: Function) -> None:
        """Raises AlreadyExistsException. The database must exist."""
        if self.get(function.database, function.name) is not None:
            raise AlreadyExistsException("Function already exists.")
        self._connection.execute(insert(functions).values(**_row(function)))

    def get(self, database: str, name: str) -> Function | None:
        """The function of that name, in any case of letters."""
        row = self._connection.execute(select(functions).where(_is(database, name))).mappings().first()
        return None if row is None else _function(row)

    def replace(self, function: Function) -> bool:
        """Replace a function; False if there is none of that name."""
        changed = update(functions).where(_is(function.database, function.name)).values(**_row(function))
        return self._connection.execute(changed).rowcount > 0

    def delete(self, database: str, name: str) -> bool:
        """Delete a function; False if there is none of that name."""
        return self._connection.execute(delete(functions).where(_is(database, name))).rowcount > 0

    def page(
        self,
        database: str | None,
        *,
        after: FunctionKey | None,
        limit: int,
        where: Callable[[Function], bool],
    ) -> Page[Function]:
        """Functions of a database, or of all, those after `after` for which `where` is true."""
        found = select(functions).order_by(functions.c.database, functions.c.key)
        if database is not None:
            found = found.where(functions.c.database == database)
        if after is not None:
            found = found.where(tuple_(functions.c.database, functions.c.key) > after)
        with self._connection.execute(found.execution_options(**STREAMED)).mappings() as rows:
            meant = (row for row in rows if where(_function(row)))
            return page_of(meant, limit, _function, "spec")


def _is(database: str, name: str) -> ColumnElement[bool]:
    return and_(functions.c.database == database, functions.c.key == name.lower())


def _row(function: Function) -> dict[str, object]:
    return {
        "database": function.database,
        "key": function.name.lower(),
        "spec": msgspec.json.encode(function.spec).decode(),
        "created_ms": function.created_ms,
    }


def _function(row: RowMapping) -> Function:
    key = f"{row['database']}.{row['key']}"
    spec = decoded(row["spec"], dict[str, Any], "catalog_functions", key)
    return Function(
        database=row["database"], name=spec["FunctionName"], spec=spec, created_ms=row["created_ms"]
    )
