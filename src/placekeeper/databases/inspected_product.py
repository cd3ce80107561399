"""Products without a module of their own for types: SQLAlchemy's inspector describes their tables."""

import datetime
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeEngine

from placekeeper.databases.arrow_rows import Convert, on_first_day
from placekeeper.databases.columns import Column, Relation
from placekeeper.databases.dialect import Dialect
from placekeeper.databases.inspected import as_stored, keys_of
from placekeeper.databases.parts import by_numbers
from placekeeper.databases.products import PRODUCTS
from placekeeper.databases.type_texts import TypeText, decimal_type
from placekeeper.model.databases import DatabaseTable, KeyType, Login, Moment, Part, Rows

TIMESTAMP: Final = pa.timestamp("us", tz="UTC")
Typed = tuple[Any, KeyType | None]


class InspectedProduct(Dialect):
    """See databases.dialect.Dialect. `types` are those of the product by their names in lower case."""

    product: str
    types: Mapping[str, Typed]
    begins: Sequence[str]
    """The statements that begin a transaction which only reads."""
    begins_itself = False
    """Whether the statements begin the transaction, and not the driver."""
    clock: str
    """A query of the clock: microseconds since 1970 in UTC, and the same as it shows them."""

    def engine(self, login: Login) -> Engine:
        """See databases.dialect.Dialect."""
        return create_engine(
            self.url(login),
            connect_args=self.arguments(login),
            poolclass=NullPool,
            hide_parameters=True,
            **({"isolation_level": "AUTOCOMMIT"} if self.begins_itself else {}),
        )

    @abstractmethod
    def url(self, login: Login) -> sa.URL:
        """SQLAlchemy's URL."""

    def arguments(self, login: Login) -> dict[str, Any]:
        """What the driver is told beside the URL."""
        return {}

    def begin(self, connection: Connection, *, asks: bool, snapshot: str | None) -> Moment:
        """See databases.dialect.Dialect. Who else has a transaction open is not asked."""
        for statement in self.begins:
            connection.exec_driver_sql(statement)
        now, local = connection.exec_driver_sql(self.clock).one()
        return Moment(now_us=int(now), local_us=int(local))

    def relation(self, connection: Connection, table: DatabaseTable) -> Relation | Sequence[DatabaseTable]:
        """See databases.dialect.Dialect."""
        inspector = sa.inspect(connection)
        schema = table.schema or PRODUCTS[self.product].schema or None
        stored = as_stored(connection.dialect)
        named = {
            stored(name): name
            for name in (*inspector.get_table_names(schema), *inspector.get_view_names(schema))
        }
        alike = [name for name in named if name.lower() == table.name.lower()]
        name = table.name if table.name in named else alike[0] if len(alike) == 1 else None
        if name is None:
            return [DatabaseTable(schema or "", other) for other in alike or named]
        primary, unique, indexed = keys_of(connection, DatabaseTable(schema or "", named[name]))
        return Relation(
            table=DatabaseTable(schema or "", name),
            columns=tuple(
                self.column(stored(one["name"]), self.spelled(connection, one["type"]), one["nullable"])
                for one in inspector.get_columns(named[name], schema)
            ),
            primary_key=tuple(map(stored, primary)),
            unique=tuple(tuple(map(stored, columns)) for columns in unique),
            indexed=tuple(map(stored, indexed)),
        )

    def spelled(self, connection: Connection, type: TypeEngine[Any]) -> str:
        """A type as the product spells it."""
        return type.compile(dialect=connection.dialect)

    def column(self, name: str, spelled: str, is_nullable: bool) -> Column:
        """A column by the type that the product spells."""
        arrow, key = self.typed(TypeText.of(spelled.partition(" COLLATE ")[0]))
        return Column(name=name, sql_type=spelled, arrow=arrow, key_type=key, nullable=is_nullable)

    def typed(self, text: TypeText) -> Typed:
        """A type in Arrow and as a key."""
        if text.base in ("decimal", "numeric", "number"):
            return self.number(text)
        return self.types.get(text.base, (None, None))

    def number(self, text: TypeText) -> Typed:
        """A decimal number."""
        found = decimal_type(text.precision, text.scale)
        return found, "int" if text.precision is not None and not text.scale else "decimal"

    def parts(self, connection: Connection, relation: Relation, rows: Rows, wanted: int) -> Sequence[Part]:
        """See databases.dialect.Dialect."""
        return by_numbers(self, connection, relation, rows, wanted)

    def convert(self, column: Column) -> Convert | None:
        """See databases.dialect.Dialect."""
        if column.arrow == pa.date32():
            return _day
        if column.arrow == TIMESTAMP:
            return _instant
        return str if column.arrow == pa.string() else None


def _day(value: datetime.date) -> datetime.date:
    return value.date() if isinstance(value, datetime.datetime) else value


def _instant(value: datetime.datetime | datetime.time) -> datetime.datetime:
    return on_first_day(value) if isinstance(value, datetime.time) else value
