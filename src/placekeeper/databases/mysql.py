"""MySQL and MariaDB: a consistent snapshot of one connection, in UTC."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
import pymysql
import sqlalchemy as sa
from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from placekeeper.databases import mysql_marks as marks
from placekeeper.databases import mysql_types as types
from placekeeper.databases.arrow_rows import Convert
from placekeeper.databases.columns import Column, Relation, subquery
from placekeeper.databases.dialect import Dialect
from placekeeper.databases.inspected import Found, described_keys
from placekeeper.databases.mysql_account import account_of
from placekeeper.databases.mysql_connection import connected, tinyint, url_of
from placekeeper.databases.mysql_encryption import demands_encryption
from placekeeper.databases.mysql_stream import sliced, slicing_key
from placekeeper.databases.parts import by_numbers
from placekeeper.databases.products import PRODUCTS
from placekeeper.databases.reading import Reading
from placekeeper.model.databases import (
    DatabaseTable,
    Login,
    Moment,
    OpenTransaction,
    Part,
    Past,
    Rows,
    TableMark,
)
from placekeeper.rules.databases.driver_parameters import mysql_encryption

_IDLE: Final = "DO SLEEP(0.11)"
"""The server keeps the list of transactions until nobody has read it for 0.1 seconds."""

_OPEN: Final = """
SELECT COALESCE(CONCAT(p.user, ', connection ', p.id), CONCAT('prepared transaction ', t.trx_id)) AS name,
    TIMESTAMPDIFF(MICROSECOND, '1970-01-01', CONVERT_TZ(t.trx_started, 'SYSTEM', '+00:00')) AS since
FROM information_schema.innodb_trx t
LEFT JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
WHERE t.trx_mysql_thread_id <> CONNECTION_ID() AND t.trx_is_read_only = 0
"""
"""Without a connection: XA PREPARE, after which that one has ended."""

_NOW: Final = """
SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)),
    TIMESTAMPDIFF(MICROSECOND, '1970-01-01', NOW(6))
"""
_TABLES: Final = """
SELECT table_schema AS place, table_name AS name, table_rows AS estimate FROM information_schema.tables
WHERE table_schema = :place AND lower(table_name) = lower(:name)
ORDER BY BINARY table_name = BINARY :name DESC
"""
_OTHER_TABLES: Final = """
SELECT table_schema AS place, table_name AS name FROM information_schema.tables
WHERE table_schema = :place LIMIT 10000
"""
_COLUMNS: Final = """
SELECT column_name, column_type, is_nullable = 'YES' FROM information_schema.columns
WHERE table_schema = :place AND table_name = :name ORDER BY ordinal_position
"""
_INDEXES: Final = """
SELECT index_name AS index_of, non_unique OR sub_part IS NOT NULL AS has_equals, column_name AS name
FROM information_schema.statistics WHERE table_schema = :place AND table_name = :name
ORDER BY index_name, seq_in_index
"""
_COUNTED: Final = re.compile(
    r"^ +([`\"])(?P<column>.+?)\1 (?:(?! COMMENT ').)*\bAUTO_INCREMENT\b", re.MULTILINE
)
_NEXT: Final = re.compile(r" AUTO_INCREMENT=(\d+)")
_NO_PROCESS_RIGHT: Final = 1227


class MySQL(Dialect):
    """See databases.dialect.Dialect."""

    compares_rows = False
    rows_ahead = 16  # the driver has each row from the stream, without asking the server; a row may be large

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """See databases.dialect.Dialect."""
        return (pymysql.Error,)

    def engine(self, login: Login) -> Engine:
        """See databases.dialect.Dialect."""
        return create_engine(
            URL.create(PRODUCTS[login.product].driver),
            creator=lambda: connected(login),
            poolclass=NullPool,
            hide_parameters=True,
        )

    def begin(self, connection: Connection, *, asks: bool, snapshot: str | None) -> Moment:
        """See databases.dialect.Dialect. Transactions are asked for before and after the moment: one that
        ended in between was open then, and one that began in between is not in the first list."""
        before = _open(connection) if asks else None
        now, local = connection.exec_driver_sql(_NOW).one()
        connection.exec_driver_sql("SET time_zone = '+00:00'")
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        then, _ = connection.exec_driver_sql(_NOW).one()
        after = _open(connection) if asks else None
        knows = before is not None and after is not None
        found = {transaction for group in (before, after) for transaction in group or ()}
        return Moment(
            now_us=int(then),
            bound_us=int(now),
            local_us=int(local),
            open=tuple(sorted(found, key=lambda one: (one.since_us, one.name))),
            knows_open=knows,
            unseen="" if knows or not asks else _unseen(connection),
        )

    def relation(self, connection: Connection, table: DatabaseTable) -> Relation | Sequence[DatabaseTable]:
        """See databases.dialect.Dialect."""
        ours = connection.exec_driver_sql("SELECT DATABASE()").scalar_one()
        place = table.schema or ours
        rows = connection.execute(sa.text(_TABLES), {"place": place, "name": table.name}).all()
        if not rows or (len(rows) > 1 and rows[0].name != table.name):
            others = rows or connection.execute(sa.text(_OTHER_TABLES), {"place": place}).all()
            return [_named(row, ours) for row in others]
        found = _named(rows[0], ours)
        described = connection.execute(sa.text(_COLUMNS), {"place": place, "name": found.name}).all()
        primary, unique, indexed = _keys(connection, place, found.name)
        return Relation(
            table=found,
            columns=tuple(
                types.column(name, spelled, bool(null), tinyint(connection))
                for name, spelled, null in described
            ),
            primary_key=primary,
            unique=unique,
            indexed=indexed,
            rows=None if rows[0].estimate is None else int(rows[0].estimate),
        )

    def query_columns(self, connection: Connection, query: str) -> tuple[Column, ...]:
        """See databases.dialect.Dialect."""
        with connection.execute(sa.select(sa.text("*")).select_from(subquery(query)).limit(0)) as result:
            cursor: Any = result.cursor
            found = tinyint(connection)
            return tuple(types.of_result(field, found) for field in cursor._result.fields)

    def next_number(self, connection: Connection, relation: Relation, column: str) -> int | None:
        """See databases.dialect.Dialect: by the statement that makes the table.

        information_schema may tell the number of yesterday (information_schema_stats_expiry).
        """
        table = relation.table
        name = connection.dialect.identifier_preparer.format_table(
            sa.Table(table.name, sa.MetaData(), schema=table.schema or None)
        )
        shown = connection.execute(sa.text(f"SHOW CREATE TABLE {name}".replace(":", "\\:"))).one()
        if all(found["column"] != column for found in _COUNTED.finditer(shown[1])):
            return None
        options = shown[1].rpartition("\n)")[2].partition(" COMMENT=")[0]
        number = _NEXT.search(options)
        return 1 if number is None else int(number[1])

    def table_mark(self, connection: Connection, relation: Relation) -> TableMark | None:
        """See databases.dialect.Dialect."""
        return marks.table_mark(connection, relation)

    def past(
        self, connection: Connection, relation: Relation, column: str, was: TableMark, now: TableMark
    ) -> Past:
        """See databases.dialect.Dialect."""
        found = marks.past(was, now)
        is_counted = found != "kept" or self.next_number(connection, relation, column) is not None
        return found if is_counted else "unknown"  # DELETE lets others give the same numbers

    def selected(self, column: Column, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """See databases.dialect.Dialect: the text of a FLOAT has six digits, that of a DOUBLE all."""
        return sa.cast(expression, sa.Double()).label(column.name) if column.bound == "float" else expression

    def as_key(self, column: Column, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """See databases.dialect.Dialect."""
        return self.selected(column, expression)

    def parts(self, connection: Connection, relation: Relation, rows: Rows, wanted: int) -> Sequence[Part]:
        """See databases.dialect.Dialect."""
        return by_numbers(self, connection, relation, rows, wanted)

    def hashed(self, column: Column, name: str) -> str:
        """See databases.dialect.Dialect."""
        return f"CRC32({name})"

    def stream(self, connection: Connection, login: Login, reading: Reading) -> Iterator[pa.RecordBatch]:
        """See databases.dialect.Dialect: by ConnectorX where nobody needs the moment of the session,
        nor encryption."""
        is_apart = reading.is_apart and not mysql_encryption(login).required
        key = slicing_key(connection, reading) if is_apart and not demands_encryption(connection) else None
        if key is None:
            yield from super().stream(connection, login, reading)
        else:
            yield from sliced(url_of(login), login, connection, reading, key)

    def convert(self, column: Column) -> Convert | None:
        """See databases.dialect.Dialect."""
        return types.convert(column)


def _named(row: Any, ours: str | None) -> DatabaseTable:
    """A table, without its database where that is the connection's."""
    return DatabaseTable("" if row.place == ours else row.place, row.name)


def _keys(connection: Connection, place: str, name: str) -> Found:
    indexes: dict[str, list[Any]] = {}
    for row in connection.execute(sa.text(_INDEXES), {"place": place, "name": name}):
        indexes.setdefault(row.index_of, []).append(row)
    primary = tuple(row.name for row in indexes.get("PRIMARY", ()))
    whole = [rows for rows in indexes.values() if all(row.name is not None for row in rows)]
    return described_keys(
        primary,
        [(not any(row.has_equals for row in rows), tuple(row.name for row in rows)) for rows in whole],
    )


def _unseen(connection: Connection) -> str:
    user, account = account_of(connection)
    return (
        f"the user {user} may not see which transactions others have open, nor that a table was emptied. To "
        f"let it: GRANT PROCESS ON *.* TO {account}"
    )


def _open(connection: Connection) -> list[OpenTransaction] | None:
    """Who has a transaction open; None if the user may not know (right PROCESS)."""
    try:
        connection.exec_driver_sql(_IDLE)
        rows = connection.exec_driver_sql(_OPEN).all()
    except DBAPIError as error:
        if error.orig is not None and error.orig.args[:1] == (_NO_PROCESS_RIGHT,):
            return None
        raise
    return [OpenTransaction(name=row.name, since_us=int(row.since)) for row in rows]
