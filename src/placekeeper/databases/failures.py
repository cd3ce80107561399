"""What a driver's error becomes: one sentence with the place, the reason and what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from msgspec import Struct
from sqlalchemy.exc import DBAPIError

from placekeeper.model.databases import Login
from placekeeper.model.errors import DatabaseFailed


class Sign(Struct, frozen=True):
    """A piece of an error's text, what to do about that, whether the same may succeed later, and what it was
    as DatabaseFailed says it."""

    text: str
    advice: str
    may_pass: bool = False
    cause: str = ""


_SHORTEST_SECRET = 4
"""Shorter passwords are part of many words: they are hidden in URLs alone."""

_ALTERED = "Somebody alters or locks the table, or waits to do so; run again after that"
_OTHER_HOST = (
    "The server's certificate is of another host: let the url name that one, or check only who has signed it "
    "(sslmode=verify-ca; sslMode=VERIFY_CA of MySQL)"
)
_UNKNOWN_AUTHORITY = (
    "Nobody known here has signed the server's certificate: name the file of the authority that has, by "
    "sslrootcert in the url (serverSslCert of MySQL)"
)
_NO_ENCRYPTION = (
    "The server offers no encryption: let it, or take sslmode out of the url and JDBC_ENFORCE_SSL out of the "
    "connection"
)
_ENCRYPTION_ONLY = (
    "The server takes only encrypted connections: let the url say sslmode=require (sslMode=REQUIRED of MySQL)"
)
_LOGIN, _GONE, _SLOW = "InvalidCredentialsException", "EntityNotFoundException", "OperationTimeoutException"
_UNREACHED = "Check that host and port are right and can be reached from here"
_COMMON = (
    Sign("does not match host name", _OTHER_HOST),
    Sign("certificate is not valid for", _OTHER_HOST),
    Sign("certificate has expired", "Renew the server's certificate"),
    Sign("certificate verify failed", _UNKNOWN_AUTHORITY),
    Sign("root certificate file", "Check sslrootcert in the url: the file of the authority's certificate"),
    Sign("does not support SSL", _NO_ENCRYPTION),
    Sign("SSL is required but", _NO_ENCRYPTION),
    Sign("no encryption", _ENCRYPTION_ONLY),
    Sign("insecure transport", _ENCRYPTION_ONLY),
    Sign(
        "invalid response to SSL negotiation",
        "Something else than PostgreSQL answers there: check host and port in the url",
    ),
    Sign("invalid sslmode", "It is disable, allow, prefer, require, verify-ca or verify-full"),
    Sign("no pg_hba.conf entry", "Let the server's pg_hba.conf have this machine, user and database"),
    Sign("authentication failed", "Check user and password", cause=_LOGIN),
    Sign("Access denied", "Check user, password and rights", cause=_LOGIN),
    Sign(
        "no password supplied",
        "Give a password: option password, secretId or the connection's PASSWORD",
        cause=_LOGIN,
    ),
    Sign("permission denied", "Let the user read it: GRANT SELECT", cause="AccessDeniedException"),
    Sign("command denied", "Let the user read it: GRANT SELECT", cause="AccessDeniedException"),
    Sign("Unknown database", "Check the database's name in the url", cause=_GONE),
    Sign("unable to open database file", "Check the path in the url", cause=_GONE),
    Sign("file is not a database", "Check the path in the url"),
    Sign("is locked", "Another writer keeps the database busy; run again", may_pass=True),
    Sign("lock timeout", _ALTERED, may_pass=True),
    Sign("Lock wait timeout", _ALTERED, may_pass=True),
    Sign("statement timeout", "An index on the keys makes it quick; or run again", may_pass=True),
    Sign("too many c", "Let more connections in, or run fewer tasks at once", may_pass=True),
    Sign("Too many connections", "Let more connections in, or run fewer tasks at once", may_pass=True),
    Sign("terminating connection", "The server ended the connection; run again", may_pass=True),
    Sign("server closed the connection", "The server ended the connection; run again", may_pass=True),
    Sign("starting up", "The server starts; run again", may_pass=True),
    Sign("shutting down", "The server ends; run again when it is back", may_pass=True),
    Sign("connection is lost", "The server ended the connection; run again", may_pass=True),
    Sign("Lost connection", "The server ended the connection; run again", may_pass=True),
    Sign("gone away", "The server ended the connection; run again", may_pass=True),
    Sign("Can't connect", "Check that it runs, and host and port in the url", may_pass=True),
    Sign("Connection refused", "Check that it runs, and host and port in the url", may_pass=True),
    Sign("timed out", _UNREACHED, may_pass=True, cause=_SLOW),
    Sign("timeout expired", _UNREACHED, may_pass=True, cause=_SLOW),
    Sign("Could not connect to Snowflake", "Check the account in the url, and the way to it", may_pass=True),
    Sign("'idna' codec", "Check the host in the url"),
    Sign("resolve host", "Check the host in the url"),
    Sign("Name or service not known", "Check the host in the url"),
    Sign("syntax error", "Check the query"),
    Sign("error in your SQL syntax", "Check the query"),
    Sign("10K", "Dates beyond the year 9999 cannot be a key: correct them or choose other keys"),
)
HINTS = ("\t", "LINE ", "Either provide the file")
"""The beginnings of lines of drivers that our own advice stands for."""

_DATABASE_GONE = re.compile(r'database "[^"]*" does not exist')


@contextmanager
def answering(
    login: Login, errors: tuple[type[Exception], ...], signs: tuple[Sign, ...] = ()
) -> Iterator[None]:
    """Within it, a driver's errors are DatabaseFailed; `errors` are those that SQLAlchemy does not wrap."""
    try:
        yield
    except DBAPIError as error:
        raise failed(login, str(error.orig), signs, is_broken=error.connection_invalidated) from None
    except errors as error:
        raise failed(login, str(error), signs) from None


@contextmanager
def connecting(
    login: Login, errors: tuple[type[Exception], ...], signs: tuple[Sign, ...] = ()
) -> Iterator[None]:
    """The same while connecting, where a name of a server that cannot be encoded is an error too."""
    with answering(login, (*errors, UnicodeError), signs):
        yield


def failed(
    login: Login, said: str, signs: tuple[Sign, ...] = (), *, is_broken: bool = False
) -> DatabaseFailed:
    """The error for what a driver said."""
    reason = _one_line(said, login)
    if (sign := sign_in(reason, signs)) is not None:
        return DatabaseFailed(
            f"{login.place}: {reason}. {sign.advice}.", may_pass=sign.may_pass, cause=sign.cause
        )
    if _DATABASE_GONE.search(reason):
        return DatabaseFailed(f"{login.place}: {reason}. Check the database's name in the url.", cause=_GONE)
    advice = "Run again when the database is back" if is_broken else "Check the options of the source"
    return DatabaseFailed(f"{login.place}: {reason}. {advice}.", may_pass=is_broken)


def sign_in(reason: str, signs: tuple[Sign, ...] = ()) -> Sign | None:
    """What is known about an error that says this."""
    return next((sign for sign in (*signs, *_COMMON) if sign.text in reason), None)


def unpacked(said: str) -> str:
    """A driver's text, where it is in a tuple behind its number."""
    numbered = re.fullmatch(r"\((\d+), b?[\"'](.*)[\"']\)", said, re.DOTALL)
    return f"{numbered[2]} (error {numbered[1]})".replace("\\n", "\n") if numbered else said


def _one_line(said: str, login: Login) -> str:
    """A driver's text without line ends, hints of the client library and the password."""
    text = unpacked(said)
    lines = (line.strip() for line in text.splitlines() if not line.startswith(HINTS))
    shown = " ".join(line for line in lines if line.strip("^ ")).rstrip(". ")
    for secret in (login.password, quote(login.password, safe="")):
        if len(secret) >= _SHORTEST_SECRET:
            shown = shown.replace(secret, "***")
        elif secret:
            shown = shown.replace(f":{secret}@", ":***@")
    return shown
