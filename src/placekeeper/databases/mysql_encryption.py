"""Encryption of connections to MySQL and MariaDB.

Old versions of PyMySQL go on without encryption where the server offers none, so each connection is
looked at.
"""

import ssl
from typing import Any

from placekeeper.model.databases import Login
from placekeeper.model.errors import DatabaseFailed
from placekeeper.rules.databases.driver_parameters import mysql_encryption


def encryption_of(login: Login) -> dict[str, Any]:
    """What PyMySQL is told of encryption. Raises UsageError for an sslMode that there is not."""
    wanted = mysql_encryption(login)
    if not wanted.required:
        return {}
    context = ssl.create_default_context(cafile=wanted.authority or None)
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
