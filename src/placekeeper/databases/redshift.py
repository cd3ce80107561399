"""Redshift, by PostgreSQL's driver: it speaks the protocol, and little else of PostgreSQL is there.

Statements carry their values as text, and rows come by a cursor of SQL: a session has one at a time.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import psycopg
import pyarrow as pa
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

from placekeeper.databases.arrow_rows import batches
from placekeeper.databases.bounded import CONNECT_SECONDS
from placekeeper.databases.columns import Column, subquery
from placekeeper.databases.described_product import DescribedProduct
from placekeeper.databases.inspected_product import TIMESTAMP, Typed
from placekeeper.databases.products import PRODUCTS
from placekeeper.databases.reading import Reading
from placekeeper.model.databases import Login
from placekeeper.rules.databases.driver_parameters import libpq_keywords

_CURSOR: Final = "placekeeper_rows"
_FETCHED: Final = 10_000
_CONNECTION: Final = MappingProxyType({"connect_timeout": str(CONNECT_SECONDS), "client_encoding": "utf8"})


class Redshift(DescribedProduct):
    """See databases.dialect.Dialect. A transaction sees one moment, which no other connection shares."""

    product = "redshift"
    tables = "svv_tables"
    described = "svv_columns"
    compares_rows = False
    begins_itself = True
    begins = ("SET TimeZone TO 'UTC'", "BEGIN READ ONLY")
    clock = (
        "SELECT CAST(EXTRACT(EPOCH FROM GETDATE()) AS BIGINT) * 1000000,"
        " CAST(EXTRACT(EPOCH FROM GETDATE()) AS BIGINT) * 1000000"
    )
    types: Mapping[str, Typed] = MappingProxyType(
        {
            **dict.fromkeys(("smallint", "int2"), (pa.int16(), "int")),
            **dict.fromkeys(("integer", "int4"), (pa.int32(), "int")),
            **dict.fromkeys(("bigint", "int8"), (pa.int64(), "int")),
            **dict.fromkeys(("real", "float4"), (pa.float32(), None)),
            **dict.fromkeys(("double precision", "float8"), (pa.float64(), "float")),
            **dict.fromkeys(("boolean", "bool"), (pa.bool_(), None)),
            **dict.fromkeys(("character varying", "varchar", "text"), (pa.string(), "text")),
            **dict.fromkeys(("character", "bpchar", "super"), (pa.string(), None)),
            "date": (pa.date32(), "date"),
            **dict.fromkeys(("timestamp without time zone", "timestamp"), (TIMESTAMP, "timestamp")),
            **dict.fromkeys(("timestamp with time zone", "timestamptz"), (TIMESTAMP, "timestamptz")),
            **dict.fromkeys(("time without time zone", "time"), (TIMESTAMP, None)),
        }
    )

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """See databases.dialect.Dialect."""
        return (psycopg.Error,)

    def engine(self, login: Login) -> Engine:
        """See databases.dialect.Dialect."""
        return create_engine(
            URL.create(PRODUCTS[self.product].driver),
            creator=lambda: _connected(login),
            poolclass=NullPool,
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",
            use_native_hstore=False,
        )

    def url(self, login: Login) -> URL:
        """See databases.inspected_product.InspectedProduct: the engine has a connection of its own making."""
        return URL.create(PRODUCTS[self.product].driver, host=login.host, database=login.database)

    def query_columns(self, connection: Connection, query: str) -> tuple[Column, ...]:
        """See databases.dialect.Dialect."""
        asked = sa.select(sa.text("*")).select_from(subquery(query)).limit(0)
        with connection.execute(asked) as found:
            described: Any = found.cursor.description if found.cursor else ()
        return tuple(self.column(one.name, _spelled(one), True) for one in described)

    def hashed(self, column: Column, name: str) -> str:
        """See databases.dialect.Dialect."""
        return f"FNV_HASH({name})"

    def stream(self, connection: Connection, login: Login, reading: Reading) -> Iterator[pa.RecordBatch]:
        """See databases.dialect.Dialect."""
        converts = [self.convert(column) for column in reading.columns]
        for statement in reading.statements:
            sent = literal(connection, statement)
            yield from batches(_rows(connection, sent), reading.schema, reading.columns, converts)


def literal(connection: Connection, statement: sa.Select[Any]) -> str:
    """A statement with its values in it, by the driver's own quoting."""
    compiled = statement.compile(dialect=connection.dialect)
    driver: Any = connection.connection.driver_connection
    return psycopg.ClientCursor(driver).mogrify(str(compiled), compiled.params)


def _rows(connection: Connection, statement: str) -> Iterator[tuple[Any, ...]]:
    driver: Any = connection.connection.driver_connection
    cursor = psycopg.ClientCursor[tuple[Any, ...]](driver)
    cursor.execute(f"DECLARE {_CURSOR} CURSOR FOR {statement}".encode())
    while found := cursor.execute(f"FETCH FORWARD {_FETCHED} FROM {_CURSOR}".encode()).fetchall():
        yield from found
    cursor.execute(f"CLOSE {_CURSOR}".encode())


def _connected(login: Login) -> "psycopg.Connection[Any]":
    info = make_conninfo(
        host=login.host or None,
        port=login.port or PRODUCTS[login.product].port,
        dbname=login.database or None,
        user=login.user or None,
        password=login.password or None,
        **{**_CONNECTION, **libpq_keywords(login)},
    )
    return psycopg.connect(info, autocommit=True, cursor_factory=psycopg.ClientCursor)


def _spelled(described: Any) -> str:
    """A column of a result as the type of a table's column is spelled."""
    found = psycopg.adapters.types.get(described.type_code)
    name = found.name if found is not None else f"type {described.type_code}"
    if name == "numeric" and described.precision:
        return f"numeric({described.precision},{described.scale or 0})"
    return name
