"""Parameters of JDBC URLs, as the drivers here name them: encryption, certificates, time to connect.

Source: docs/reference/databases.md#parameters-of-urls.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from placekeeper.model.databases import Login
from placekeeper.model.errors import UsageError

_LIBPQ: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sslmode": "sslmode",
        "sslrootcert": "sslrootcert",
        "sslcert": "sslcert",
        "sslkey": "sslkey",
        "sslpassword": "sslpassword",
        "connecttimeout": "connect_timeout",
    }
)
"""Parameters of PostgreSQL and Redshift in lower case, and libpq's names of them."""

_POSTGRESQL: Final = frozenset({"postgresql", "redshift"})
_MYSQL: Final = frozenset({"mysql", "mariadb"})
_SSL_MODES: Final[Mapping[str, tuple[bool, bool, bool]]] = MappingProxyType(
    {
        "disable": (False, False, False),
        "disabled": (False, False, False),
        "preferred": (False, False, False),
        "trust": (True, False, False),
        "required": (True, False, False),
        "verify-ca": (True, True, False),
        "verify_ca": (True, True, False),
        "verify-full": (True, True, True),
        "verify_identity": (True, True, True),
    }
)
"""sslMode of MySQL and MariaDB: whether connections are encrypted, certificates checked, and their names."""

_MYSQL_NAMES: Final = frozenset(
    {
        *("usessl", "requiressl", "sslmode", "verifyservercertificate", "serversslcert", "sslca"),
        *("connecttimeout", "tinyint1isbit"),
    }
)
_CERTIFICATES: Final = frozenset({"sslrootcert", "sslcert", "sslkey", "serversslcert", "sslca"})
_TRUE: Final = "true"
_DIGITS: Final = 10
"""So long a number of seconds is longer than any."""


TinyintOfOne = Literal["boolean", "truth", "number"]
"""A boolean of 0 and 1 alone; one of any number, as MySQL's own driver takes them; or the number."""

_TINYINTS: Final[Mapping[str, TinyintOfOne]] = MappingProxyType(
    {"": "boolean", _TRUE: "truth", "false": "number"}
)
"""By tinyInt1isBit."""


class MysqlEncryption(msgspec.Struct, frozen=True):
    """Whether a connection to MySQL must be encrypted, whether the server's certificate and its name are
    checked, and the file of the authority that signed it ("" for those of the machine)."""

    required: bool = False
    checks_certificate: bool = False
    checks_name: bool = False
    authority: str = ""


def libpq_keywords(login: Login) -> dict[str, str]:
    """What libpq is told beside server, database and user. Raises UsageError for a timeout that is none."""
    said = _lowered(login)
    found = {keyword: said[name] for name, keyword in _LIBPQ.items() if said.get(name)}
    if said.get("ssl", "").lower() in (_TRUE, "") and "ssl" in said and "sslmode" not in found:
        found["sslmode"] = "verify-full"  # as PostgreSQL's JDBC driver takes ssl=true
    if not found.get("connect_timeout", "0").isdecimal():
        raise UsageError(f"connectTimeout of {login.place} is a number of seconds, not a text")
    return found


def with_short_connect(login: Login, seconds: int) -> Login:
    """The login with no longer a connectTimeout than that; 0, which is without end, is longer."""

    def short(name: str, value: str) -> str:
        if name.lower() != "connecttimeout" or not value.isdecimal():
            return value
        return value if len(value) < _DIGITS and 0 < int(value) <= seconds else str(seconds)

    return replace(login, parameters={name: short(name, value) for name, value in login.parameters.items()})


def certificate_files(login: Login) -> list[str]:
    """The paths of the certificates and keys that the parameters name."""
    said = _lowered(login)
    return [said[name] for name in sorted(_CERTIFICATES) if said.get(name)]


def mysql_encryption(login: Login) -> MysqlEncryption:
    """How connections to MySQL and MariaDB are encrypted. Raises UsageError for an unknown sslMode."""
    said = _lowered(login)
    mode = said.get("sslmode", "").lower()
    if mode and mode not in _SSL_MODES:
        raise UsageError(f"sslMode of {login.place} is one of {', '.join(_SSL_MODES)}, not '{mode}'")
    required, checks, checks_name = _SSL_MODES.get(mode, (False, False, False))
    if not mode and _TRUE in (said.get("usessl", "").lower(), said.get("requiressl", "").lower()):
        required = True
        checks = said.get("verifyservercertificate", "").lower() == _TRUE
    authority = said.get("serversslcert") or said.get("sslca", "")
    return MysqlEncryption(required, checks or (required and bool(authority)), checks_name, authority)


def tinyint_of_one(login: Login) -> TinyintOfOne:
    """What `tinyint(1)` of MySQL and MariaDB is. Raises UsageError for a tinyInt1isBit that is none."""
    said = _lowered(login).get("tinyint1isbit", "").lower()
    if said not in _TINYINTS:
        raise UsageError(f"tinyInt1isBit of {login.place} is true or false, not '{said}'")
    return _TINYINTS[said]


def without_effect(login: Login) -> list[str]:
    """A sentence for each parameter of a URL that no driver here is told of."""
    if login.product in _POSTGRESQL:
        known = {*_LIBPQ, "ssl", "currentschema"}
    elif login.product in _MYSQL:
        known = {*_MYSQL_NAMES}
    else:
        return []
    return [
        f"parameter {name} of the URL has no effect: it is about Java's driver"
        for name in login.parameters
        if name.lower() not in known
    ]


def _lowered(login: Login) -> dict[str, str]:
    return {name.lower(): value for name, value in login.parameters.items()}
