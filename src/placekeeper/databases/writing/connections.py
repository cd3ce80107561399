"""Connections that write: every transaction is said in so many words."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import NullPool

from placekeeper.databases.bounded import CONNECT_SECONDS
from placekeeper.databases.databases import load_driver
from placekeeper.databases.files import check_sqlite
from placekeeper.databases.mysql_encryption import check_encryption, encryption_of
from placekeeper.databases.mysql_waits import wait_for_rows
from placekeeper.databases.oracle import url_of as service_url
from placekeeper.databases.snowflake import arguments_of
from placekeeper.databases.snowflake import url_of as snowflake_url
from placekeeper.databases.writing.errors import told
from placekeeper.databases.writing.inspection import PRODUCT
from placekeeper.databases.writing.products import family
from placekeeper.model.databases import Login
from placekeeper.model.errors import DatabaseFailed
from placekeeper.rules.databases.driver_parameters import libpq_keywords
from placekeeper.rules.databases.url_parts import UrlWrong, check_host

_DRIVERS: Final = MappingProxyType(
    {
        "postgresql": ("postgresql+psycopg", "psycopg", "postgres"),
        "redshift": ("postgresql+psycopg", "psycopg", "postgres"),
        "mysql": ("mysql+pymysql", "pymysql", "mysql"),
        "sqlite": ("sqlite", "sqlite3", ""),
        "sqlserver": ("mssql+pymssql", "pymssql", "sqlserver"),
        "oracle": ("oracle+oracledb", "oracledb", "oracle"),
        "snowflake": ("snowflake", "snowflake.sqlalchemy", "snowflake"),
    }
)
_WAIT_S: Final = 60
_LOCK_S: Final = 120
"""Nobody waits longer for a lock that another transaction has: the write is tried again later."""


def engine_of(login: Login) -> sa.Engine:
    """SQLAlchemy's engine for a database, without a pool. Raises MissingExtra without its driver."""
    name, library, extra = _DRIVERS[family(login.product)]
    load_driver(library, f"writing to {login.place}", extra)
    url = _url(login, name)
    engine = sa.create_engine(
        url,
        poolclass=NullPool,
        connect_args=_arguments(login),
        hide_parameters=True,
        execution_options={PRODUCT: login.product},
        **({"use_native_hstore": False} if login.product == "redshift" else {}),
    )
    event.listen(engine, "do_connect", partial(_check_address, login))
    if family(login.product) == "sqlite":
        event.listen(engine, "begin", _begin_sqlite)
    if family(login.product) == "mysql":
        event.listen(engine, "connect", partial(_set_mysql, login))
    return engine


@contextmanager
def transaction(login: Login, what: str) -> Iterator[sa.Connection]:
    """A connection in a transaction, which is committed at the end. Raises DatabaseFailed, MissingExtra."""
    engine = engine_of(login)
    with told(login, what), engine.begin() as connection:
        yield connection


def _arguments(login: Login) -> dict[str, Any]:
    if login.product == "redshift":
        return {"connect_timeout": CONNECT_SECONDS, "client_encoding": "utf8", **libpq_keywords(login)}
    if login.product == "postgresql":
        return {
            "connect_timeout": CONNECT_SECONDS,
            "client_encoding": "utf8",  # COPY sends texts as UTF-8, whatever the database stores
            "options": f"-c timezone=UTC -c lock_timeout={_LOCK_S}s",
            **libpq_keywords(login),
        }
    if family(login.product) == "mysql":
        waits = {"connect_timeout": CONNECT_SECONDS, "read_timeout": CONNECT_SECONDS}
        return {**waits, "charset": "utf8mb4", **encryption_of(login)}
    if family(login.product) == "sqlite":
        return {"timeout": _WAIT_S, "isolation_level": None}
    if login.product == "snowflake":
        return {**arguments_of(login), "session_parameters": {"TIMEZONE": "UTC"}}
    return {}


def _url(login: Login, name: str) -> sa.URL:
    if login.product == "oracle":
        return service_url(login)
    if login.product == "snowflake":
        return snowflake_url(login)
    url = sa.URL.create(name, database=login.database or None)
    if family(login.product) == "sqlite":
        return url
    return url.set(
        username=login.user or None,
        password=login.password or None,
        host=login.host or None,
        port=login.port or None,
    )


def _check_address(login: Login, *_: object) -> None:
    """Refuse what a driver would not tell of, or wait for."""
    if family(login.product) == "sqlite":
        check_sqlite(login.database)
    try:
        check_host(login.host)
    except UrlWrong as error:
        raise DatabaseFailed(f"{login.place} {error}. Check the host in the url.") from None


def _begin_sqlite(connection: sa.Connection) -> None:
    """Take the lock now: SQLite's driver would begin at the first row, and never before DDL."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _set_mysql(login: Login, connection: Any, _record: object) -> None:
    """Times are of UTC, and a value that does not fit is an error, and 0 is no next id."""
    check_encryption(connection, login)
    wait_for_rows(connection, None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SET time_zone = '+00:00', "
            "sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'), "
            f"lock_wait_timeout = {_LOCK_S}, innodb_lock_wait_timeout = {_LOCK_S}"
        )
