"""PostgreSQL: one snapshot that other connections share, and who else has a transaction open."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import psycopg
import pyarrow as pa
import sqlalchemy as sa
from adbc_driver_manager import Error as AdbcError
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

from placekeeper.databases import postgresql_marks as marks
from placekeeper.databases import postgresql_types as types
from placekeeper.databases.bounded import CONNECT_SECONDS
from placekeeper.databases.columns import Column, Relation, subquery
from placekeeper.databases.dialect import Dialect
from placekeeper.databases.inspected import Found, described_keys
from placekeeper.databases.postgresql_moment import READER, joined, moment_of
from placekeeper.databases.postgresql_parts import parts_of
from placekeeper.databases.postgresql_stream import copied
from placekeeper.databases.products import PRODUCTS
from placekeeper.databases.reading import Reading
from placekeeper.model.databases import DatabaseTable, KeyValue, Login, Moment, Part, Past, Rows, TableMark
from placekeeper.rules.databases.driver_parameters import libpq_keywords
from placekeeper.rules.databases.key_values import INFINITIES, is_time

_CONNECTION: Final[Mapping[str, Any]] = {
    "application_name": READER,
    "client_encoding": "utf8",
    "connect_timeout": str(CONNECT_SECONDS),
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",  # ms; a machine that vanished is noticed
    "keepalives": "1",
    "options": "-c DateStyle=ISO -c IntervalStyle=postgres -c lock_timeout=60s "
    "-c extra_float_digits=1 -c bytea_output=hex -c idle_in_transaction_session_timeout=0",
}
_TABLES: Final = """
SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples,
    c.relkind = 'r' AND i.is_parent AS has_children, c.relkind IN ('r', 'm') AND NOT i.is_parent
    AND has_column_privilege(c.oid, CAST(-2 AS smallint), 'SELECT') AS has_versions
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid) AS is_parent) i
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND lower(c.relname) = lower(:name) AND lower(n.nspname) = lower(:schema)
ORDER BY c.relname = :name AND n.nspname = :schema DESC
"""
"""Column -2 is xmin. A partition or child that is attached brings rows with an xmin of long ago."""

_ALL_TABLES: Final = """
SELECT n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND n.nspname NOT LIKE 'pg\\_temp\\_%%' AND has_table_privilege(c.oid, 'SELECT')
    AND NOT c.relispartition
"""
_COLUMNS: Final = """
SELECT a.attname, a.atttypid, a.atttypmod, NOT a.attnotnull
FROM pg_attribute a WHERE a.attrelid = :oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_SEQUENCE: Final = """
SELECT n.nspname AS place, q.relname AS name, s.seqincrement AS step
FROM pg_class c JOIN pg_namespace t ON t.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = :column
JOIN pg_depend d ON d.refclassid = CAST('pg_class' AS regclass) AND d.refobjid = c.oid
    AND d.refobjsubid = a.attnum AND d.classid = CAST('pg_class' AS regclass) AND d.deptype IN ('a', 'i')
JOIN pg_class q ON q.oid = d.objid AND q.relkind = 'S' AND has_sequence_privilege(q.oid, 'SELECT')
JOIN pg_namespace n ON n.oid = q.relnamespace AND has_schema_privilege(n.oid, 'USAGE')
JOIN pg_sequence s ON s.seqrelid = q.oid
WHERE c.relname = :name AND t.nspname = :schema
"""
_KEYS: Final = """
SELECT i.indisprimary AS is_primary, i.indisunique AS is_unique, ARRAY(
    SELECT CAST(a.attname AS text) FROM generate_series(0, i.indnkeyatts - 1) AS k(place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.place] ORDER BY k.place
) AS names
FROM pg_index i
WHERE i.indrelid = :oid AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
"""
"""Indexes of all rows by columns alone: others say nothing about rows. The inspector takes much longer."""


class PostgreSQL(Dialect):
    """See databases.dialect.Dialect."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """See databases.dialect.Dialect."""
        return (psycopg.Error, AdbcError)

    def engine(self, login: Login) -> Engine:
        """See databases.dialect.Dialect."""
        row = PRODUCTS[login.product]
        return create_engine(
            URL.create(row.driver),
            creator=lambda: psycopg.connect(_conninfo(login), autocommit=True),
            poolclass=NullPool,
            hide_parameters=True,
        )

    def begin(self, connection: Connection, *, asks: bool, snapshot: str | None) -> Moment:
        """See databases.dialect.Dialect."""
        connection.execution_options(isolation_level="AUTOCOMMIT")
        return moment_of(connection) if asks else joined(connection, snapshot)

    def relation(self, connection: Connection, table: DatabaseTable) -> Relation | Sequence[DatabaseTable]:
        """See databases.dialect.Dialect."""
        named = {"name": table.name, "schema": table.schema or PRODUCTS["postgresql"].schema}
        rows = connection.execute(sa.text(_TABLES), named).all()
        is_exact = bool(rows) and (rows[0].nspname, rows[0].relname) == (named["schema"], named["name"])
        if not rows or (len(rows) > 1 and not is_exact):
            others = rows or connection.exec_driver_sql(_ALL_TABLES).all()
            return [DatabaseTable(row.nspname, row.relname) for row in others]
        row = rows[0]
        found = DatabaseTable(row.nspname, row.relname)
        described = connection.execute(sa.text(_COLUMNS), {"oid": row.oid}).all()
        has_keys = row.relkind in ("r", "p", "m")
        primary, unique, indexed = _keys(connection, row.oid) if has_keys else ((), (), ())
        return Relation(
            table=found,
            columns=types.columns(connection, [tuple(column) for column in described]),
            primary_key=() if row.has_children else primary,  # rows of children may have equal ones
            unique=() if row.has_children else unique,
            indexed=indexed,
            rows=int(row.reltuples) if has_keys and row.reltuples >= 0 else None,
            has_versions=row.has_versions,
            is_stored=row.relkind in ("r", "m"),
        )

    def query_columns(self, connection: Connection, query: str) -> tuple[Column, ...]:
        """See databases.dialect.Dialect."""
        with connection.execute(sa.select(sa.text("*")).select_from(subquery(query)).limit(0)) as result:
            described: Any = result.cursor.description if result.cursor else ()
        return types.columns(
            connection,
            [(column.name, column.type_code, types.modifier(column), True) for column in described],
        )

    def next_number(self, connection: Connection, relation: Relation, column: str) -> int | None:
        """See databases.dialect.Dialect: by the sequence that belongs to the column."""
        asked = {"schema": relation.table.schema, "name": relation.table.name, "column": column}
        row = connection.execute(sa.text(_SEQUENCE), asked).one_or_none()
        if row is None:
            return None
        sequence = sa.table(sa.quoted_name(row.name, True), schema=sa.quoted_name(row.place, True))
        counter = sa.select(sa.column("last_value", sa.BigInteger), sa.column("is_called", sa.Boolean))
        last, is_called = connection.execute(counter.select_from(sequence)).one()
        return int(last) + (int(row.step) if is_called else 0)

    def changed_since(self, xid: int) -> sa.ColumnElement[bool]:
        """See databases.dialect.Dialect."""
        return sa.literal_column(f"({marks.made_since(xid)})")

    def table_mark(self, connection: Connection, relation: Relation) -> TableMark | None:
        """See databases.dialect.Dialect."""
        return marks.table_mark(connection, relation)

    def past(
        self, connection: Connection, relation: Relation, column: str, was: TableMark, now: TableMark
    ) -> Past:
        """See databases.dialect.Dialect."""
        return marks.past(connection, relation, was, now)

    def bound(self, column: Column, value: KeyValue) -> sa.ColumnElement[Any]:
        """See databases.dialect.Dialect."""
        text = f"\\x{value.text}" if value.type == "bytes" else value.text
        return sa.bindparam(None, text, unique=True, type_=types.Bound(column.bound))

    def selected(self, column: Column, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """See databases.dialect.Dialect."""
        if types.is_list(column):
            values = types.listed(expression)
            return (sa.cast(values, sa.ARRAY(sa.Text())) if column.as_text else values).label(column.name)
        if not column.as_text:
            return expression
        if column.bound == types.INET:  # a cast adds /128
            return sa.func.textin(sa.func.inet_out(expression)).label(column.name)
        return sa.cast(expression, sa.Text()).label(column.name)

    def as_key(self, column: Column, expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """See databases.dialect.Dialect: a float4 as the number that it is compared as, times as texts, since
        the driver knows no infinity."""
        if column.key_type is not None and is_time(column.key_type):
            return sa.cast(expression, sa.Text())
        return sa.cast(expression, sa.Double()) if column.key_type == "float" else expression

    def key_value(self, column: Column, value: Any) -> KeyValue:
        """See databases.dialect.Dialect."""
        found = value
        if column.key_type is not None and is_time(column.key_type):
            if value in INFINITIES:
                return KeyValue(column.key_type, value)
            found = datetime.fromisoformat(value)
            found = found.date() if column.key_type == "date" else found
        return super().key_value(column, found)

    def parts(self, connection: Connection, relation: Relation, rows: Rows, wanted: int) -> Sequence[Part]:
        """See databases.dialect.Dialect."""
        return parts_of(self, connection, relation, rows, wanted)

    def hashed(self, column: Column, name: str) -> str:
        """See databases.dialect.Dialect."""
        return f"CAST(hashtext(CAST({name} AS text)) AS bigint)"

    def stream(self, connection: Connection, login: Login, reading: Reading) -> Iterator[pa.RecordBatch]:
        """See databases.dialect.Dialect: by COPY on a connection of its own, which joins the snapshot."""
        asked = [_with_dimensions(statement, reading) for statement in reading.statements]
        sent = [_literal(connection, statement) for statement in asked]
        yield from copied(_conninfo(login), login, sent, reading)


def _keys(connection: Connection, oid: int) -> Found:
    """The primary key, and other keys and indexes, as `described_keys` gives them."""
    rows = connection.execute(sa.text(_KEYS), {"oid": oid}).all()
    primary = next((tuple(row.names) for row in rows if row.is_primary), ())
    return described_keys(primary, [(row.is_unique, tuple(row.names)) for row in rows])


def _conninfo(login: Login) -> str:
    return make_conninfo(
        host=login.host or None,
        port=login.port or PRODUCTS[login.product].port,
        dbname=login.database or None,
        user=login.user or None,
        password=login.password or None,
        **{**_CONNECTION, **libpq_keywords(login)},
    )


def _with_dimensions(statement: sa.Select[Any], reading: Reading) -> sa.Select[Any]:
    """The statement, and behind its columns how many dimensions the arrays among them have."""
    (table,) = statement.get_final_froms()
    arrays = [table.c[column.name] for column in reading.columns if types.is_list(column)]
    return statement.add_columns(*map(types.dimensions, arrays))


def _literal(connection: Connection, statement: sa.Select[Any]) -> str:
    """The statement with its parameters in it, by the driver's own quoting: COPY takes none."""
    compiled = statement.compile(dialect=connection.dialect)
    driver: Any = connection.connection.driver_connection
    return psycopg.ClientCursor(driver).mogrify(str(compiled), compiled.params)
