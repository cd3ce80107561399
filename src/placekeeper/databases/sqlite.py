"""SQLite: columns have declared types, and each value a type of its own, which must fit."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from placekeeper.databases.arrow_rows import Convert
from placekeeper.databases.columns import Column, Relation
from placekeeper.databases.dialect import Dialect
from placekeeper.databases.files import check_sqlite
from placekeeper.databases.inspected import keys_of
from placekeeper.databases.parts import by_numbers
from placekeeper.databases.reading import Reading
from placekeeper.databases.type_texts import TypeText, decimal_type
from placekeeper.databases.unfit import Unheld
from placekeeper.model.databases import (
    DatabaseTable,
    KeyType,
    KeyValue,
    Login,
    Moment,
    Part,
    Rows,
)

_BUSY_SECONDS = 30
_NO_UTF8: Final = "Could not decode to UTF-8"
_NOW_US: Final = "SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"
_TABLES: Final = (
    "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND substr(name, 1, 7) <> 'sqlite_'"
)
_COUNTERS: Final = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"
_INT: Final = {
    *("int", "integer", "bigint", "smallint", "tinyint", "mediumint", "int2", "int8", "unsigned big int")
}
_FLOAT: Final = {"real", "double", "double precision", "float"}
_DECIMAL: Final = {"numeric", "decimal"}
_BOOL: Final = {"boolean", "bool"}
_PYTHON: Final[Mapping[str, type]] = {"int": int, "float": float, "text": str, "bytes": bytes}


class SQLite(Dialect):
    """See databases.dialect.Dialect."""

    rows_ahead = 16  # a row may be large, and there is no server to ask

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """See databases.dialect.Dialect."""
        return (sqlite3.Error,)

    def engine(self, login: Login) -> Engine:
        """See databases.dialect.Dialect."""
        return create_engine(
            URL.create("sqlite+pysqlite"),
            creator=_opening(login.database),
            poolclass=NullPool,
            hide_parameters=True,
        )

    def begin(self, connection: Connection, *, asks: bool, snapshot: str | None) -> Moment:
        """See databases.dialect.Dialect."""
        connection.exec_driver_sql("BEGIN DEFERRED")
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").all()  # the moment is that of a read
        now = connection.exec_driver_sql(_NOW_US).scalar_one()
        return Moment(now_us=now)

    def relation(self, connection: Connection, table: DatabaseTable) -> Relation | Sequence[DatabaseTable]:
        """See databases.dialect.Dialect."""
        names = list(connection.exec_driver_sql(_TABLES).scalars())
        alike = [name for name in names if name.lower() == table.name.lower()]
        if not alike:
            return [DatabaseTable("", name) for name in names]
        found = DatabaseTable("", alike[0])
        primary, unique, indexed = keys_of(connection, found, _primary_key(connection, found.name))
        return Relation(
            table=found,
            columns=_columns(connection, found.name),
            primary_key=primary,
            unique=unique,
            indexed=indexed,
        )

    def next_number(self, connection: Connection, relation: Relation, column: str) -> int | None:
        """See databases.dialect.Dialect. Without AUTOINCREMENT, there is no counter."""
        if relation.primary_key != (column,) or connection.exec_driver_sql(_COUNTERS).scalar() is None:
            return None
        counter: sa.Select[Any] = sa.select(sa.column("seq")).select_from(sa.table("sqlite_sequence"))
        last = connection.execute(counter.where(sa.column("name") == relation.table.name)).scalar()
        return None if last is None else int(last) + 1

    def query_columns(self, connection: Connection, query: str) -> tuple[Column, ...]:
        """See databases.dialect.Dialect."""
        connection.exec_driver_sql(f"CREATE TEMP VIEW placekeeper_query AS {query.strip().rstrip(';')}")
        try:
            return _columns(connection, "placekeeper_query")
        finally:
            connection.exec_driver_sql("DROP VIEW temp.placekeeper_query")

    def parts(self, connection: Connection, relation: Relation, rows: Rows, wanted: int) -> Sequence[Part]:
        """See databases.dialect.Dialect."""
        return by_numbers(self, connection, relation, rows, wanted)

    def hashed(self, column: Column, name: str) -> str:
        """See databases.dialect.Dialect: of texts, the length and the last characters, which differ most."""
        if column.key_type == "int":
            return name
        text = f"CAST({name} AS TEXT)"
        signs = (f"{10**place} * COALESCE(unicode(substr({text}, -{place}, 1)), 0)" for place in (1, 2, 3))
        return f"length({text}) + {' + '.join(signs)}"

    def remainder(self, number: str, parts: int) -> str:
        """See databases.dialect.Dialect."""
        return f"ABS(({number}) % {parts})"

    def stream(self, connection: Connection, login: Login, reading: Reading) -> Iterator[pa.RecordBatch]:
        """See databases.dialect.Dialect. Where the driver meets a text that is no UTF-8, it is looked for."""
        try:
            yield from super().stream(connection, login, reading)
        except DBAPIError as error:
            if _NO_UTF8 not in str(error.orig):
                raise
            driver: Any = connection.connection.driver_connection
            driver.text_factory = _with_odd_bytes
            for _ in super().stream(connection, login, reading):
                pass
            raise

    def convert(self, column: Column) -> Convert | None:
        """See databases.dialect.Dialect."""
        if pa.types.is_boolean(column.arrow):
            return _boolean
        if pa.types.is_decimal(column.arrow):
            return _decimal
        return _text if pa.types.is_string(column.arrow) else None

    def key_value(self, column: Column, value: Any) -> KeyValue:
        """See databases.dialect.Dialect."""
        if not isinstance(value, _PYTHON[column.key_type or "text"]):
            raise ValueError(f"{value!r} is no {column.sql_type}")
        return super().key_value(column, value)


def _opening(path: str) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        check_sqlite(path)
        where = f"file:{quote(str(Path(path).absolute()))}?mode=ro"
        return sqlite3.connect(
            where, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )

    return connect


def _primary_key(connection: Connection, name: str) -> tuple[str, ...]:
    """SQLAlchemy's inspector warns of types that it does not know when it is asked for it."""
    asked = sa.text("SELECT name FROM pragma_table_info(:name) WHERE pk > 0 ORDER BY pk")
    return tuple(connection.execute(asked, {"name": name}).scalars())


def _columns(connection: Connection, name: str) -> tuple[Column, ...]:
    rows = connection.execute(
        sa.text('SELECT name, type, "notnull", pk FROM pragma_table_info(:name)'), {"name": name}
    ).all()
    alone = sum(pk > 0 for *_, pk in rows) == 1
    found = []
    for column, sql_type, not_null, pk in rows:
        is_rowid = alone and pk == 1 and sql_type.lower() == "integer"
        arrow, key_type = _types(TypeText.of(sql_type))
        found.append(
            Column(
                name=column,
                sql_type=sql_type or "no type",
                arrow=arrow,
                key_type=key_type,
                nullable=not (not_null or is_rowid),
            )
        )
    return tuple(found)


def _types(text: TypeText) -> tuple[Any, KeyType | None]:
    if text.base in _INT:
        return pa.int64(), "int"
    if text.base in _FLOAT:
        return pa.float64(), "float"
    if text.base in _DECIMAL:
        return decimal_type(text.precision, text.scale), None
    if text.base in _BOOL:
        return pa.bool_(), None
    if text.base == "blob":
        return pa.binary(), "bytes"
    return pa.string(), "text"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unheld("no text")
    return value


def _with_odd_bytes(raw: bytes) -> str:
    """The text with signs in it that Arrow does not take."""
    return raw.decode(errors="surrogateescape")


def _boolean(value: Any) -> bool:
    if value not in (0, 1):
        raise Unheld("neither 0 nor 1")
    return bool(value)


def _decimal(value: Any) -> Decimal:
    if not isinstance(value, int | float | str):
        raise Unheld("bytes and no number")
    try:
        return Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise Unheld("no number") from None
