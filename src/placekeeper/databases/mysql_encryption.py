"""Encryption of connections to MySQL and MariaDB.

Old versions of PyMySQL go on without encryption where the server offers none, so each connection is
looked at.
"""

import re
import ssl
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from placekeeper.model.databases import Login
from placekeeper.model.errors import DatabaseFailed, UsageError
from placekeeper.rules.databases.driver_parameters import mysql_encryption

_OF_THE_SERVER: Final = "SHOW VARIABLES LIKE 'require_secure_transport'"
_OF_THE_USER: Final = "SHOW CREATE USER CURRENT_USER()"
_REQUIRES: Final = re.compile(r" REQUIRE (?!NONE\b)[A-Z]")


def encryption_of(login: Login) -> dict[str, Any]:
    """What PyMySQL is told of encryption. Raises UsageError for an sslMode or a file that there is not."""
    wanted = mysql_encryption(login)
    if not wanted.required:
        return {}
    try:
        context = ssl.create_default_context(cafile=wanted.authority or None)
    except OSError as error:  # ssl.SSLError too
        why = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise UsageError(
            f"{login.place}: serverSslCert or sslCa names {wanted.authority}, which cannot be used: {why}. "
            "It is the file with the certificate of the authority that has signed the server's, as PEM"
        ) from error
    context.check_hostname = wanted.checks_name
    context.verify_mode = ssl.CERT_REQUIRED if wanted.checks_certificate else ssl.CERT_NONE
    return {"ssl": context}


def check_encryption(connection: Any, login: Login) -> None:
    """Raises DatabaseFailed for a connection of PyMySQL in the clear where the login asks for encryption."""
    if mysql_encryption(login).required and not isinstance(connection._sock, ssl.SSLSocket):
        connection.close()
        raise DatabaseFailed(
            f"{login.place}: the server offers no encryption, and sslMode, useSSL or JDBC_ENFORCE_SSL asks "
            "for it. Let the server offer it, or take that out of the URL or the connection."
        )


def demands_encryption(connection: Connection) -> bool:
    """Whether the server, or the account of the user, takes no connection in the clear.

    PyMySQL encrypts where the server offers it, and others, which do not, would be told of a wrong password.
    """
    said = connection.exec_driver_sql(_OF_THE_SERVER).first()
    if said is not None and str(said[1]).upper() in ("ON", "1"):
        return True
    try:
        shown = connection.exec_driver_sql(_OF_THE_USER).scalar()
    except DBAPIError:  # an old server, or one that does not show a user its own account
        return False
    return _REQUIRES.search(str(shown)) is not None
