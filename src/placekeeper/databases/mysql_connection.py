"""Connections of MySQL's driver, as they are made and closed here."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import pymysql
from pymysql.cursors import SSCursor
from sqlalchemy import Connection

from placekeeper.databases.bounded import CONNECT_SECONDS
from placekeeper.databases.mysql_encryption import check_encryption, encryption_of
from placekeeper.databases.mysql_waits import wait_for_rows
from placekeeper.databases.products import PRODUCTS
from placekeeper.model.databases import Login
from placekeeper.rules.databases.driver_parameters import TinyintOfOne, tinyint_of_one

_CONNECTION: Final[Mapping[str, Any]] = {
    "charset": "utf8mb4",
    "connect_timeout": CONNECT_SECONDS,
    "read_timeout": CONNECT_SECONDS,  # until it is connected
    "write_timeout": 60,
    "autocommit": True,
    "init_command": "SET net_write_timeout = 900, innodb_lock_wait_timeout = 60, lock_wait_timeout = 60",
}
_READ_SECONDS: Final = 900
"""Between two packets."""


def url_of(login: Login) -> str:
    """The login as ConnectorX takes it."""
    who = f"{quote(login.user, safe='')}:{quote(login.password, safe='')}"
    port = login.port or PRODUCTS[login.product].port
    return f"mysql://{who}@{login.host or 'localhost'}:{port}/{quote(login.database, safe='')}"


class _Stream(SSCursor):  # type: ignore[misc, unused-ignore]
    """Rows from the stream. Of a broken connection, no rest is read before it is closed."""

    def close(self) -> None:
        """Close the cursor, which reads what waits."""
        connection: Any = self.connection
        if connection is not None and not connection.open:
            if self._result is not None:
                self._result.unbuffered_active = False  # else the driver reads on when it is collected
            self.connection: Any = None
        super().close()

    __del__ = close


class _Connection(pymysql.Connection):  # type: ignore[misc, type-arg, unused-ignore]
    """A connection of MySQL's driver, with streams that can be closed when it is broken."""

    tinyint: TinyintOfOne

    def cursor(self, cursor: Any = None) -> Any:
        """A cursor of a class, or of the usual one."""
        return super().cursor(_Stream if cursor is SSCursor else cursor)


def connected(login: Login) -> Any:
    """A connection of MySQL's driver. Raises pymysql.Error, and DatabaseFailed without encryption."""
    connection = _Connection(
        host=login.host or "localhost",
        port=login.port or PRODUCTS[login.product].port,
        user=login.user or None,
        password=login.password,
        database=login.database or None,
        **_CONNECTION,
        **encryption_of(login),
    )
    check_encryption(connection, login)
    wait_for_rows(connection, _READ_SECONDS)
    connection.tinyint = tinyint_of_one(login)
    return connection


def tinyint(connection: Connection) -> TinyintOfOne:
    """What `tinyint(1)` is, as the login of a connection says."""
    driver: Any = connection.connection.driver_connection
    found: TinyintOfOne = driver.tinyint
    return found
